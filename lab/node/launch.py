"""The small program between the agent and a pod's processes: makes or joins the pod's namespaces, then becomes it.

It is run by path with ``python -I -S`` (start-up counts: it is in the way of every container and every exec probe), so
it imports only the standard library and its stdlib-only neighbours. What to do arrives as JSON on a descriptor. It
refuses to know Kubernetes.

- ``sandbox``: new network, host name and IPC namespaces with a network card, then ``sleep`` for the pod's life.
- ``run``: joins a sandbox, builds a root, and is parent of the container's process 1: passes signals down and exits
  with its code (128 + number after a signal). SIGUSR1 means SIGKILL for the container, which itself cannot be passed.
- ``exec``: joins a running container and becomes one more process in it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lab.node import netlink, rootfs, syscalls

NOT_STARTED = 128
_FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR2, signal.SIGWINCH)


def sandbox(order: dict[str, Any]) -> None:
    """Become a pod's sandbox: ``hostname``, ``interface`` (the lab's end of the cable), ``address``, ``gateway``."""
    syscalls.unshare(syscalls.NEWNET | syscalls.NEWUTS | syscalls.NEWIPC)
    _set_host_name(order["hostname"])
    netlink.up("lo")
    netlink.add_veth("eth0", order["interface"], os.getppid())
    netlink.up("eth0")
    netlink.add_address("eth0", order["address"])
    netlink.add_route(f"{order['gateway']}/32", "eth0")
    netlink.add_route("0.0.0.0/0", "eth0", gateway=order["gateway"])
    os.execvp("sleep", ["pause", "infinity"])  # noqa: S606 - becoming another program is what a launcher is for


def run(order: dict[str, Any]) -> None:
    """Run a container: ``sandbox`` (a process id or None), ``root``, ``mounts``, ``argv``, ``env``, ``cwd``."""
    if order["sandbox"]:
        _join(order["sandbox"], "net", "uts", "ipc")
    syscalls.unshare(syscalls.NEWNS | syscalls.NEWPID)
    syscalls.mount("none", "/", "none", syscalls.MS_REC | syscalls.MS_PRIVATE)
    rootfs.build(order["root"], rootfs.plan(rootfs.Mount.of(written) for written in order["mounts"]))
    _prepare_proc(order["root"])
    syscalls.become_root(order["root"])
    _parent_of(os.fork(), order, fresh_proc=True)


def exec_(order: dict[str, Any]) -> None:
    """Run a command in a container: ``container`` (its launcher's process id), ``argv``, ``env``, ``cwd``."""
    # The user may ask for it at the moment the container ends: then these files are gone, which is said as such.
    _join(order["container"], "net", "uts", "ipc", "pid_for_children", "mnt")
    _parent_of(os.fork(), order, fresh_proc=False)


def _join(process: int, *kinds: str) -> None:
    descriptors = [os.open(f"/proc/{process}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC) for kind in kinds]
    for descriptor in descriptors:
        syscalls.enter(descriptor)
        os.close(descriptor)


def _set_host_name(name: str) -> None:
    import socket  # noqa: PLC0415 - only a sandbox needs it

    socket.sethostname(name)


def _prepare_proc(root: str) -> None:
    # Stays when the kernel refuses a fresh /proc (inside some containers): /proc/self is right in either.
    syscalls.mount("/proc", f"{root}/proc", "none", syscalls.MS_BIND | syscalls.MS_REC)


def _parent_of(child: int, order: dict[str, Any], *, fresh_proc: bool) -> None:
    if child == 0:
        _become(order, fresh_proc=fresh_proc)
    _forward_signals_to(child)
    os.closerange(3, 4096)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _forward_signals_to(child: int) -> None:
    def forward(number: int, _frame: FrameType | None) -> None:
        os.kill(child, signal.SIGKILL if number == signal.SIGUSR1 else number)

    for number in (*_FORWARDED, signal.SIGUSR1):
        signal.signal(number, forward)


def _become(order: dict[str, Any], *, fresh_proc: bool) -> None:
    """In the child: finish the container's world and replace this program by the container's."""
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        syscalls.die_with(0)  # the parent is outside the new process tree, where it has the number 0
        if not os.isatty(0):
            os.setsid()
        if fresh_proc:
            _mount_proc()
        os.chdir(order["cwd"])
        os.execvpe(order["argv"][0], order["argv"], order["env"])  # noqa: S606 - as above
    except OSError as error:
        _fail(f"{order['argv'][0]!r} (in {order['cwd']}): {error.strerror}" if error.errno else str(error))


def _mount_proc() -> None:
    with contextlib.suppress(PermissionError):
        syscalls.mount("proc", "/proc", "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)


def _fail(message: str) -> None:
    """Tell the agent (through the descriptor it passed, which a successful exec closes) and end."""
    os.write(int(sys.argv[3]), message.encode())
    os._exit(NOT_STARTED)


def _order() -> dict[str, Any]:
    with os.fdopen(int(sys.argv[2]), encoding="utf-8") as file:
        order: dict[str, Any] = json.load(file)
    return order


def main() -> None:
    """``launch.py KIND ORDER-DESCRIPTOR STATUS-DESCRIPTOR PARENT``: never returns."""
    syscalls.die_with(int(sys.argv[4]))
    os.set_inheritable(int(sys.argv[3]), False)  # noqa: FBT003 - the standard library's own signature
    try:
        {"sandbox": sandbox, "run": run, "exec": exec_}[sys.argv[1]](_order())
    except OSError as error:
        _fail(str(error))


if __name__ == "__main__":
    main()
