"""The processes of one `pulumi up`, and the signals a terminal, a machine or its loss sends them."""

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Family:
    """The CLI (`pid`) and all that it started, directly or not."""

    pid: int

    def members(self) -> list[int]:
        """The pids, parents first; those that have ended are not among them."""
        children: dict[int, list[int]] = {}
        for pid, parent in _parents():
            children.setdefault(parent, []).append(pid)
        found = [self.pid]
        for pid in found:
            found.extend(children.get(pid, ()))
        return [pid for pid in found if _lives(pid)]

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the CLI alone."""
        _send([self.pid], number)

    def suspend(self, members: list[int]) -> None:
        """SIGSTOP for some of them: they stand still, and do not know it."""
        _send(members, signal.SIGSTOP)

    def resume(self, members: list[int]) -> None:
        """They go on where they were."""
        _send(members, signal.SIGCONT)

    def perish(self) -> list[int]:
        """SIGKILL for all at once, as when the machine is lost; their pids."""
        gone = self.members()
        _send(gone, signal.SIGSTOP)  # none may act on the death of another
        _send(gone, signal.SIGKILL)
        return gone


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def await_end(pids: list[int], seconds: float) -> None:
    """Return when none of `pids` lives. Raises TimeoutError with those that do."""
    end = time.monotonic() + seconds
    while alive := [pid for pid in pids if _lives(pid)]:
        if time.monotonic() > end:
            raise TimeoutError(f"after {seconds:g} s these processes still live: {alive}")
        time.sleep(0.1)


def _parents() -> list[tuple[int, int]]:
    pids = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    return [(pid, int(fields[1])) for pid in pids if (fields := _stat(pid))]


def _lives(pid: int) -> bool:
    fields = _stat(pid)
    return bool(fields) and fields[0] not in ("Z", "X")


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third (state, parent, ...) on; none when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
