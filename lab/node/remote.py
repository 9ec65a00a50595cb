"""``kubectl exec`` and ``kubectl port-forward`` over an upgraded connection, in the kubelet's protocols (v4, v1).

It refuses to know how a command gets into a container, and how the connection came to be.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import struct
import subprocess
import termios
from collections.abc import Sequence
from dataclasses import dataclass

from lab.node.api import Json
from lab.node.execution import Inhabited, start
from lab.node.process import Process, StartError
from lab.node.spdy import Connection, Stream

EXEC_PROTOCOL = "v4.channel.k8s.io"
FORWARD_PROTOCOL = "portforward.k8s.io"
_STREAMS_WITHIN_SECONDS = 30
_BLOCK = 32 * 1024


@dataclass(frozen=True)
class Request:
    """What to run, and which of its streams the caller wants."""

    command: Sequence[str]
    stdin: bool
    stdout: bool
    stderr: bool
    tty: bool

    @property
    def expected(self) -> int:
        """How many streams the caller will open; the error stream carries how it ended."""
        return 1 + self.stdin + self.stdout + (self.stderr and not self.tty) + self.tty


async def execute(connection: Connection, container: Inhabited, request: Request) -> None:
    """Run the request's command in ``container``, wired to the streams of ``connection``, and tell how it ended."""
    async with asyncio.timeout(_STREAMS_WITHIN_SECONDS):
        opened = [await connection.accept() for _ in range(request.expected)]
    streams = {stream.headers.get("streamtype", ""): stream for stream in opened}
    try:
        run = _with_terminal if request.tty else _with_pipes
        outcome = _outcome(await run(container, request, streams))
    except StartError as error:
        outcome = _failure(str(error))
    await streams["error"].write(json.dumps(outcome).encode())
    for stream in opened:
        await stream.close()


async def forward(connection: Connection, address: str) -> None:
    """Connect each pair of streams (data, error) to the port it names at ``address``, until cancelled."""
    halves: dict[str, Stream] = {}
    async with asyncio.TaskGroup() as group:
        while True:
            stream = await connection.accept()
            number = stream.headers.get("requestid", "")
            other = halves.pop(number, None)
            if other is None:
                halves[number] = stream
            else:
                data, error = (stream, other) if stream.headers.get("streamtype") == "data" else (other, stream)
                group.create_task(_forward_one(data, error, address))


async def _forward_one(data: Stream, error: Stream, address: str) -> None:
    port = int(data.headers["port"])
    try:
        reader, writer = await asyncio.open_connection(address, port)
    except OSError as problem:
        await error.write(f"connecting to {address}:{port} in the pod failed: {problem}".encode())
    else:
        sending = asyncio.create_task(_copy_in(data, writer))
        await _copy_out(reader, data)
        sending.cancel()
        writer.close()
    await data.close()
    await error.close()


async def _with_pipes(container: Inhabited, request: Request, streams: dict[str, Stream]) -> int:
    pipe, none = subprocess.PIPE, subprocess.DEVNULL
    wanted = (pipe if "stdin" in streams else none, pipe if "stdout" in streams else none)
    process = await start(container, request.command, *wanted, pipe if "stderr" in streams else none)
    ends = process.asyncio
    async with _ended_with_us(process):
        feeding = asyncio.create_task(_copy_in(streams["stdin"], ends.stdin)) if ends.stdin else None
        await asyncio.gather(
            *(_copy_out(end, streams[name]) for end, name in ((ends.stdout, "stdout"), (ends.stderr, "stderr")) if end)
        )
        code = await process.wait()
        if feeding:
            feeding.cancel()
    return code


async def _with_terminal(container: Inhabited, request: Request, streams: dict[str, Stream]) -> int:
    ours, theirs = os.openpty()
    try:
        process = await start(container, request.command, theirs, theirs, theirs)
    finally:
        os.close(theirs)
    reader, writer = await _opened(ours)
    async with _ended_with_us(process):
        beside = [asyncio.create_task(_resize(streams["resize"], ours))]
        if "stdin" in streams:
            beside.append(asyncio.create_task(_copy_in(streams["stdin"], writer)))
        await _copy_out(reader, streams["stdout"])
        code = await process.wait()
        for task in beside:
            task.cancel()
    writer.close()
    return code


class _ended_with_us(contextlib.AbstractAsyncContextManager[None]):  # noqa: N801 - reads as a statement
    """If the caller goes away, so does the command."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            await self._process.kill()


async def _opened(terminal: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The two directions of a terminal's descriptor, which the transports close."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(terminal), "rb", 0))
    transport, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, os.fdopen(terminal, "wb", 0)
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _copy_in(stream: Stream, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):  # it may end without reading everything
        async for data in stream.read():
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()


async def _copy_out(reader: asyncio.StreamReader, stream: Stream) -> None:
    with contextlib.suppress(OSError):  # a terminal whose program has ended gives an error instead of an end
        while data := await reader.read(_BLOCK):
            await stream.write(data)


async def _resize(stream: Stream, terminal: int) -> None:
    async for data in stream.read():
        size = json.loads(data)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size["Height"], size["Width"], 0, 0))


def _outcome(code: int) -> Json:
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    cause = {"reason": "ExitCode", "message": str(code)}
    failed = _failure(f"command terminated with non-zero exit code: {code}")
    return failed | {"reason": "NonZeroExitCode", "details": {"causes": [cause]}}


def _failure(message: str) -> Json:
    return {"metadata": {}, "status": "Failure", "reason": "InternalError", "message": message, "code": 500}
