"""Starts the launcher and follows what it runs, so that nothing else handles processes, signals and descriptors.

Every process dies with the agent (the kernel sees to it), so none is ever left over. It refuses to know pods.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.node import launch

_LAUNCHER = str(Path(launch.__file__).resolve())
_SHORTEST_PYTHON = (sys.executable, "-I", "-S", "-X", "frozen_modules=on")


class StartError(OSError):
    """The program could not be started at all; the message says which and why."""


class Process:
    """One launcher and what it became or started."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls, kind: str, order: Mapping[str, Any], output: Path | int, stdin: int = asyncio.subprocess.DEVNULL
    ) -> Process:
        """Run the launcher and wait until it has become (or started) the program; raises :class:`StartError`.

        ``output`` is a file to append both streams to, or an open descriptor.
        """
        descriptor = output if isinstance(output, int) else _append_to(output)
        try:
            return await cls.start_with(kind, order, stdin, descriptor, descriptor)
        finally:
            if descriptor is not output:
                os.close(descriptor)

    @classmethod
    async def start_with(cls, kind: str, order: Mapping[str, Any], stdin: int, stdout: int, stderr: int) -> Process:
        """As :meth:`start`, with three open descriptors (or ``subprocess`` constants)."""
        told, tell = os.pipe()
        written = _in_memory(json.dumps(order))
        try:
            arguments = (*_SHORTEST_PYTHON, _LAUNCHER, kind, str(written), str(tell), str(os.getpid()))
            process = await asyncio.create_subprocess_exec(
                *arguments, stdin=stdin, stdout=stdout, stderr=stderr, pass_fds=(tell, written), start_new_session=True
            )
        finally:
            os.close(tell)
            os.close(written)
        try:
            problem = await _read_to_end(told)
        except asyncio.CancelledError:
            process.kill()
            raise
        if problem:
            await process.wait()
            raise StartError(problem)
        return cls(process)

    @property
    def pid(self) -> int:
        """The launcher's process id, by which its namespaces are found."""
        return self._process.pid

    @property
    def asyncio(self) -> asyncio.subprocess.Process:
        """The process behind, for those who asked for pipes."""
        return self._process

    async def wait(self) -> int:
        """The exit code, 128 + number after a signal. Cancelling the wait leaves the process running."""
        code = await self._process.wait()
        return code if code >= 0 else 128 - code

    def terminate(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal to the container's process 1; one that has ended is all right."""
        if self._process.returncode is None:
            self._process.send_signal(number)

    async def end(self, within: float) -> int:
        """SIGTERM, then SIGKILL after ``within`` seconds; the exit code."""
        self.terminate()
        try:
            return await asyncio.wait_for(self.wait(), max(within, 0))
        except TimeoutError:
            # The launcher turns it into SIGKILL for the container and stays to see everything end.
            self.terminate(signal.SIGUSR1)
            return await self.wait()

    async def kill(self) -> None:
        """End it at once: for sandboxes and execs, which have nothing to finish."""
        if self._process.returncode is None:
            self._process.kill()
        await self.wait()


def _in_memory(text: str) -> int:
    """A descriptor to read ``text`` from; on a command line, every user could read the Secrets in it."""
    descriptor = os.memfd_create("order", os.MFD_CLOEXEC)
    with os.fdopen(descriptor, "w", closefd=False) as file:
        file.write(text)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _append_to(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)


async def _read_to_end(descriptor: int) -> str:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
    )
    try:
        return (await reader.read()).decode(errors="replace")
    finally:
        transport.close()
