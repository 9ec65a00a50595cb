"""Remembers which process a lab's life hangs on, and tells whether that very process still lives.

A process number alone may have been given to somebody else since; the time of its start is kept beside it.
"""

import json
import os
import select
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.cluster.access import write_private

_START_TIME_FIELD = 22


def start_time(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; None if there is no such process, or only its remains."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the command's name may hold blanks and brackets
    return None if fields[0] in "ZX" else int(fields[_START_TIME_FIELD - 3])


@dataclass(frozen=True)
class Record:
    """Process 1 of the lab, by its number on the host. When it ends, the kernel ends everything in the lab."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Record":
        """The record of a running process."""
        return cls(pid, start_time(pid) or 0)

    @classmethod
    def read(cls, path: Path) -> "Record | None":
        """The stored record, or None if there is none or it is not readable."""
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Store it."""
        write_private(path, json.dumps(asdict(self)))

    def lives(self) -> bool:
        """Whether that very process still runs."""
        return self.started != 0 and start_time(self.pid) == self.started

    def end(self, grace_s: float) -> None:
        """Ask it to end, wait, insist. Returns when it is gone."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            for number, patience_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, None)):
                if not self.lives():
                    return
                signal.pidfd_send_signal(descriptor, number)
                if select.select([descriptor], [], [], patience_s)[0]:
                    return
        finally:
            os.close(descriptor)
