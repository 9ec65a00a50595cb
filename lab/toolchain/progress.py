"""Tells a waiting person that a long build is alive: in place on a terminal, as sparse lines in a log.

Knows nothing of Go or of caches; whoever does the work calls the four methods of `Progress`.
"""

import sys
import threading
from typing import Protocol, TextIO

TTY_INTERVAL_S = 1.0
LOG_INTERVAL_S = 15.0
_ERASE_LINE = "\r\x1b[K"


class Progress(Protocol):
    """Who is told. Calls may come from several threads."""

    @property
    def interval_s(self) -> float:
        """Seconds between two calls of `beat`."""

    def started(self, name: str, doing: str) -> None:
        """Work on `name` begins; `doing` says what kind, such as "building 1.34.4"."""

    def beat(self, name: str, seconds: float, detail: str) -> None:
        """Work on `name` still goes on, after `seconds`."""

    def finished(self, name: str, seconds: float, outcome: str) -> None:
        """Work on `name` ended well after `seconds`."""


class Silent:
    """Tells nobody."""

    interval_s = LOG_INTERVAL_S

    def started(self, name: str, doing: str) -> None:
        """Nothing."""

    def beat(self, name: str, seconds: float, detail: str) -> None:
        """Nothing."""

    def finished(self, name: str, seconds: float, outcome: str) -> None:
        """Nothing."""


class Console:
    """Writes to `stream` (standard error unless told otherwise): a line that rewrites itself if that is a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._in_place = self._stream.isatty()
        self._lock = threading.Lock()
        self.interval_s = TTY_INTERVAL_S if self._in_place else LOG_INTERVAL_S

    def started(self, name: str, doing: str) -> None:
        """One line, `toolchain: NAME: building 1.34.4`."""
        self._line(f"{name}: {doing}")

    def beat(self, name: str, seconds: float, detail: str) -> None:
        """Overwrites the last heartbeat on a terminal; a line of its own elsewhere."""
        text = f"{name}: {seconds:.0f} s, {detail}"
        if self._in_place:
            self._write(f"{_ERASE_LINE}toolchain: {text}")
        else:
            self._line(text)

    def finished(self, name: str, seconds: float, outcome: str) -> None:
        """One line, `toolchain: NAME: ready in 95.1 s`."""
        self._line(f"{name}: {outcome} in {seconds:.1f} s")

    def _line(self, text: str) -> None:
        erase = _ERASE_LINE if self._in_place else ""
        self._write(f"{erase}toolchain: {text}\n")

    def _write(self, text: str) -> None:
        with self._lock:
            self._stream.write(text)
            self._stream.flush()
