"""The few system calls behind a pod that Python 3.11 has no function for.

Standard library only: the launcher imports it before it has anything else. It refuses to know what it isolates.
"""

from __future__ import annotations

import ctypes
import os
import signal

NEWNS, NEWUTS, NEWIPC, NEWPID, NEWNET = 0x00020000, 0x04000000, 0x08000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x1, 0x2, 0x4, 0x8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x20, 0x1000, 0x4000, 1 << 18

_PR_SET_PDEATHSIG = 1
_MNT_DETACH = 2
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
# The same numbers on x86-64 and arm64, except pivot_root.
_SYS_MOUNT_SETATTR = 442
_SYS_PIVOT_ROOT = 155 if os.uname().machine == "x86_64" else 41

_libc = ctypes.CDLL(None, use_errno=True)


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


def _checked(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(kinds: int) -> None:
    """unshare(2)."""
    _checked(_libc.unshare(kinds), "unshare")


def enter(descriptor: int) -> None:
    """setns(2)."""
    _checked(_libc.setns(descriptor, 0), "setns")


def die_with(parent: int) -> None:
    """End this process by SIGKILL when its parent ends; at once if ``parent`` is no longer its parent."""
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """mount(2)."""
    data = options.encode() if options else None
    result = _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data)
    _checked(result, f"mount {source} on {target}")


def bind(source: str, target: str, *, readonly: bool) -> None:
    """Show ``source`` (a file, or a folder with everything mounted below it) at the existing path ``target``."""
    mount(source, target, "none", MS_BIND | MS_REC)
    if readonly:
        _protect(target)


def _protect(target: str) -> None:
    wanted = _MountAttributes(set=MS_RDONLY)
    result = _libc.syscall(
        _SYS_MOUNT_SETATTR, _AT_FDCWD, target.encode(), _AT_RECURSIVE, ctypes.byref(wanted), ctypes.sizeof(wanted)
    )
    if result:  # a kernel before 5.12: mounts below the target stay writable there
        mount("none", target, "none", MS_BIND | MS_REMOUNT | MS_RDONLY | _flags_in_force(target))


def _flags_in_force(target: str) -> int:
    # A user namespace may not take these away, so a remount has to repeat them.
    return os.statvfs(target).f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC)


def become_root(folder: str) -> None:
    """Make the mount point ``folder`` the root of this mount namespace; the old tree is gone afterwards."""
    os.chdir(folder)
    _checked(_libc.syscall(_SYS_PIVOT_ROOT, b".", b"."), "pivot_root")
    _checked(_libc.umount2(b".", _MNT_DETACH), "umount of the old root")
    os.chdir("/")
