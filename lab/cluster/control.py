"""Talks with a lab's supervisor over a socket in its state folder: one JSON request, one JSON answer a connection.

A Unix socket is reached from any network namespace, and its folder's permissions say who may use it. This module
refuses to know what the requests do.
"""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from lab.cluster.errors import LabError, LabNotRunning

_TIMEOUT_S = 15.0
_NAME = "control.sock"

Handler = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


@contextlib.contextmanager
def _short_path(folder: Path) -> Iterator[str]:
    """A name of the socket that fits the kernel's 108 bytes, however long the folder's own name is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{_NAME}"
    finally:
        os.close(descriptor)


async def serve(folder: Path, handler: Handler) -> asyncio.Server:
    """Answer requests from now on; an exception of the handler becomes the answer's `error`."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            reply = await handler(json.loads(await reader.readline()))
        except (LabError, ValueError, KeyError) as error:
            reply = {"error": str(error)}
        with contextlib.suppress(OSError):
            writer.write(json.dumps(reply).encode() + b"\n")
            await writer.drain()
        writer.close()

    (folder / _NAME).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    with _short_path(folder) as path:
        listener.bind(path)
    return await asyncio.start_unix_server(answer, sock=listener)


def ask(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Send one request and wait for the answer.

    Raises:
        LabNotRunning: nobody listens.
        LabError: the supervisor refused, or did not answer in time.
    """
    try:
        with socket.socket(socket.AF_UNIX) as sock, _short_path(folder) as path:
            sock.settimeout(_TIMEOUT_S)
            sock.connect(path)
            sock.sendall(json.dumps(request).encode() + b"\n")
            reply = json.loads(sock.makefile("rb").readline() or b'{"error": "the supervisor hung up"}')
    except TimeoutError as error:
        raise LabError(f"the lab's supervisor did not answer {request} within {_TIMEOUT_S:g} s") from error
    except OSError as error:
        raise LabNotRunning(f"no supervisor answers in {folder}: {error}") from error
    if "error" in reply:
        raise LabError(str(reply["error"]))
    return dict(reply)
