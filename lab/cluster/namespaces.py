"""Linux namespaces by system call: a network, a mount tree and a process tree of one's own, without root.

Only what the standard library lacks is called through libc. It refuses to know what runs inside.
"""

import contextlib
import ctypes
import os
from pathlib import Path

from lab.cluster.errors import LabError

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x10000000, 0x20000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x2, 0x4, 0x8, 0x1000, 0x4000, 1 << 18
_PR_SET_PDEATHSIG = 1

REMEDY = """This kernel does not let this user create namespaces. One of these helps:
  - run as root, or
  - sysctl -w user.max_user_namespaces=10000 kernel.unprivileged_userns_clone=1 (Debian), or
  - sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 23.10 and later), or
  - in a container: --privileged, or --security-opt seccomp=unconfined --security-opt apparmor=unconfined."""

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """unshare(2); raises OSError."""
    _checked(_libc.unshare(flags), "unshare")


def setns(descriptor: int, kind: int = 0) -> None:
    """setns(2); raises OSError."""
    _checked(_libc.setns(descriptor, kind), "setns")


def die_with_parent(signal: int) -> None:
    """Ask the kernel to send `signal` to this process when its parent thread ends."""
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0), "prctl(PR_SET_PDEATHSIG)")


def mount(source: str, target: str, kind: str, flags: int) -> None:
    """mount(2); raises OSError."""
    result = _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), None)
    _checked(result, f"mount {target}")


def _become_mapped_root(user: int, group: int) -> None:
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def isolate() -> None:
    """Give this process namespaces of its own; its next child is process 1 of the new process tree.

    Root uses its own rights where they suffice; everybody else becomes root of a new user namespace.

    Raises:
        LabError: the kernel refused; the message says what helps.
    """
    user, group = os.geteuid(), os.getegid()
    wanted = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID
    if user == 0:
        try:
            return unshare(wanted)
        except OSError:
            pass  # root of a container without CAP_SYS_ADMIN: a user namespace may still be allowed
    try:
        unshare(CLONE_NEWUSER)
        _become_mapped_root(user, group)
        unshare(wanted)
    except OSError as error:
        raise LabError(f"creating the lab's namespaces as user {user} failed: {error}.\n{REMEDY}") from error


def own_mounts(replacements: dict[str, Path]) -> None:
    """Detach this mount tree from the host's, show this process tree in /proc and put our files over the host's.

    Args:
        replacements: absolute path on the host -> file to show there instead. Paths that do not exist are left out.
    """
    mount("none", "/", "none", _MS_REC | _MS_PRIVATE)
    with contextlib.suppress(PermissionError):
        # Some containers mask parts of /proc, and the kernel then refuses a fresh one; the host's works, too.
        mount("proc", "/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    put_over(replacements)


def put_over(replacements: dict[str, Path]) -> None:
    """Show files of ours in the place of others, in this mount tree (see `own_mounts`)."""
    for target, source in replacements.items():
        if Path(target).exists():
            mount(str(source), str(Path(target).resolve()), "none", _MS_BIND)
