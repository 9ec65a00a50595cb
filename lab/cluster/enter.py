"""Runs one command inside a running lab, as if it had been started there.

Run as `python -m lab.cluster.enter PID RESOLVER COMMAND...`, PID being the lab's process 1, RESOLVER a file or empty.
It refuses to know anything about the lab beyond that process's namespaces.
"""

import os
import signal
import sys
from pathlib import Path

from lab.cluster import namespaces
from lab.cluster.errors import LabError

_KINDS = (
    ("user", namespaces.CLONE_NEWUSER),
    ("net", namespaces.CLONE_NEWNET),
    ("mnt", namespaces.CLONE_NEWNS),
    ("pid", namespaces.CLONE_NEWPID),
)
_FORWARDED = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGINT, signal.SIGQUIT)
NOT_FOUND, NOT_RUNNABLE = 127, 126


def join(pid: int) -> None:
    """Enter the namespaces of a process; a child of this one is then inside entirely.

    Raises:
        LabError: the kernel refused.
    """
    folder = Path.cwd()
    try:
        links = [(Path(f"/proc/{pid}/ns/{name}"), kind) for name, kind in _KINDS]
        # The kernel refuses to re-enter one's own user namespace.
        foreign = [(link, kind) for link, kind in links if not link.samefile(f"/proc/self/ns/{link.name}")]
        # All are opened before the first is entered: afterwards /proc shows other processes.
        opened = [(os.open(link, os.O_RDONLY | os.O_CLOEXEC), kind) for link, kind in foreign]
        for descriptor, kind in opened:
            namespaces.setns(descriptor, kind)
            os.close(descriptor)
        os.chdir(folder)
    except OSError as error:
        raise LabError(
            f"entering the lab (process {pid}) failed: {error}. Only the user who started a lab can enter it."
        ) from error


def _execute(argv: list[str], resolver: str) -> None:
    namespaces.die_with_parent(signal.SIGKILL)
    if resolver:
        namespaces.unshare(namespaces.CLONE_NEWNS)
        namespaces.put_over({"/etc/resolv.conf": Path(resolver)})
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - no shell is wanted
    except OSError as error:
        print(f"lab: running {argv[0]!r} inside the lab failed: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUNNABLE)


def run(pid: int, argv: list[str], resolver: str = "") -> int:
    """Run a command inside, pass signals on to it, and return its exit code (128 + N for signal N), as a shell does.

    Args:
        pid: process 1 of the lab, by its number here.
        argv: the command.
        resolver: a resolv.conf for this command alone; empty for the lab's own.
    """
    join(pid)
    child = os.fork()
    if child == 0:
        _execute(argv, resolver)
    for number in _FORWARDED:
        signal.signal(number, lambda received, _: _forward(child, received))
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _forward(child: int, number: int) -> None:
    from_terminal = number in (signal.SIGINT, signal.SIGQUIT) and os.isatty(0)
    if not from_terminal:  # a terminal has told the child already
        os.kill(child, number)


def main(arguments: list[str]) -> int:
    """Entry point of the process."""
    pid, resolver, *argv = arguments
    return run(int(pid), argv, resolver)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LabError as error:
        sys.exit(f"lab: {error}")
