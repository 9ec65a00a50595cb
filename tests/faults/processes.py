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
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def perish(self) -> list[int]:
        """SIGKILL for all at once, as when the machine is lost; their pids."""
        gone = self.members()
        for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first: none may act on the death of another
            for pid in gone:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
        return gone


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
