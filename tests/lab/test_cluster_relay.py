"""The relay, between real sockets."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from lab.cluster import LabError
from lab.cluster.relay import Route

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
TIMEOUT_S = 10


async def after_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers only once the client has closed its half."""
    data = await reader.read()
    writer.write(data[::-1])
    await writer.drain()
    writer.close()


@asynccontextmanager
async def relayed(handler: Handler) -> AsyncIterator[int]:
    """A server behind a relay whose listener was opened beforehand; yields the relay's port."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    listener = socket.create_server(("127.0.0.1", 0))
    port = int(listener.getsockname()[1])
    relay = await Route(str(listener.detach()), "127.0.0.1", server.sockets[0].getsockname()[1]).serve()
    async with server, relay:
        yield port
        await quiet()


async def quiet() -> None:
    """Every connection has ended; a failure here means that the relay left one open."""
    carrying = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*(task for task in carrying if "_carry" in repr(task) or "handler" in repr(task)))


async def reverse(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, TIMEOUT_S))


def test_the_end_of_one_direction_leaves_the_other_open() -> None:
    async def scenario() -> None:
        async with relayed(after_the_end) as port:
            assert await reverse(port, b"abc") == b"cba"

    run(scenario())


def test_a_body_larger_than_every_buffer_arrives_whole() -> None:
    body = bytes(range(256)) * 16 * 1024

    async def scenario() -> None:
        async with relayed(after_the_end) as port:
            assert await reverse(port, body) == body[::-1]

    run(scenario())


def test_many_connections_at_once_do_not_mix() -> None:
    async def scenario() -> None:
        async with relayed(after_the_end) as port:
            sent = [f"{number:05}".encode() for number in range(200)]
            answers = await asyncio.gather(*(reverse(port, data) for data in sent))
            assert answers == [data[::-1] for data in sent]

    run(scenario())


def test_a_client_that_resets_ends_the_connection_inside() -> None:
    async def scenario() -> None:
        ended = asyncio.Event()

        async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"hello")
            with suppress(ConnectionError):
                await reader.read()
            ended.set()
            writer.close()

        async with relayed(handler) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await reader.readexactly(5)
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
            await ended.wait()

    run(scenario())


def test_nobody_listening_inside_ends_the_connection_and_not_the_relay() -> None:
    async def scenario() -> None:
        closed = socket.create_server(("127.0.0.1", 0))
        port = int(closed.getsockname()[1])
        closed.close()
        listener = socket.create_server(("127.0.0.1", 0))
        outside = int(listener.getsockname()[1])
        async with await Route(str(listener.detach()), "127.0.0.1", port).serve():
            for _ in range(2):
                reader, writer = await asyncio.open_connection("127.0.0.1", outside)
                with pytest.raises(ConnectionError):
                    await reader.readexactly(1)
                writer.close()
            await quiet()

    run(scenario())


def test_a_route_reads_back_as_it_was_written() -> None:
    route = Route("10.43.0.1:443", "127.0.0.1", 6443)
    assert Route.parse(str(route)) == route


@pytest.mark.parametrize("text", ["", "3", "3=", "3=host", "=host:1", "3=host:x"])
def test_a_malformed_route_is_refused(text: str) -> None:
    with pytest.raises(LabError, match="SOURCE=HOST:PORT"):
        Route.parse(text)
