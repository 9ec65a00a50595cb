"""Runs one more command inside a running container, for probes, hooks and ``kubectl exec``.

It refuses to know why.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Sequence
from typing import Protocol

from lab.node.api import Json
from lab.node.process import Process, StartError

# What a probe's message may need; the rest of a talkative command's output is read and dropped.
_OUTPUT_LIMIT = 10 * 1024


class Inhabited(Protocol):
    """A container that may be running; ``order`` is how it was started."""

    process: Process | None
    order: Json


async def start(container: Inhabited, command: Sequence[str], stdin: int, stdout: int, stderr: int) -> Process:
    """Start ``command`` with the container's variables and working folder.

    Raises :class:`StartError` if the container does not run or has no such program.
    """
    if container.process is None:
        raise StartError("the container is not running")
    order = {"container": container.process.pid, "argv": list(command)}
    order |= {key: container.order[key] for key in ("env", "cwd")}
    return await Process.start_with("exec", order, stdin, stdout, stderr)


async def execute(container: Inhabited, command: Sequence[str]) -> tuple[int, str]:
    """The exit code and the output of a command; cancelling ends the command. Raises ``OSError`` if it cannot start."""
    process = await start(container, command, subprocess.DEVNULL, subprocess.PIPE, subprocess.STDOUT)
    try:
        output = await _read(process.asyncio)
        return await process.wait(), output.decode(errors="replace")
    except asyncio.CancelledError:
        await process.kill()
        raise


async def _read(process: asyncio.subprocess.Process) -> bytes:
    kept = b""
    while process.stdout is not None and (chunk := await process.stdout.read(4096)):
        kept = (kept + chunk)[:_OUTPUT_LIMIT]
    return kept
