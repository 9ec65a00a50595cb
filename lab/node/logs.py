"""Reads the log file of a container: its last lines, and what is written to it from now on.

Programs write to the file themselves, without a time to each line; so ``--since`` and ``--timestamps`` of ``kubectl
logs`` have no effect here. It refuses to know containers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

_BLOCK = 64 * 1024
_FOLLOW_SECONDS = 0.2


def tail_offset(path: Path, lines: int) -> int:
    """Where the last ``lines`` lines of a file begin."""
    if lines <= 0:
        return path.stat().st_size
    with path.open("rb") as file:
        position = file.seek(0, 2)
        found, end = b"", position
        while position > 0 and found.count(b"\n", 0, len(found) - 1) < lines:
            position = max(position - _BLOCK, 0)
            file.seek(position)
            found = file.read(end - position)
    kept = found.splitlines(keepends=True)[-lines:]
    return end - sum(len(line) for line in kept)


async def read(path: Path, lines: int | None, alive: Callable[[], bool] | None = None) -> AsyncIterator[bytes]:
    """The file from its last ``lines`` lines (default: all); with ``alive``, what follows while that is true."""
    with path.open("rb") as file:
        if lines is not None:
            file.seek(tail_offset(path, lines))
        while True:
            more = alive is not None and alive()
            while data := file.read(_BLOCK):
                yield data
            if not more:
                return
            await asyncio.sleep(_FOLLOW_SECONDS)
