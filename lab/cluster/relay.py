"""Carries bytes between listeners and addresses inside the lab, so that the host reaches what the namespace hides.

A socket belongs to the network namespace where it was opened: the launcher opens the host's listeners before it enters
the lab, and this process, which runs inside, inherits them. It refuses to know what the bytes mean.

Run as `python -m lab.cluster.relay SOURCE=HOST:PORT ...`; SOURCE is the number of an inherited listening socket, or an
address HOST:PORT to listen on inside.
"""

import asyncio
import contextlib
import socket
import struct
import sys
from dataclasses import dataclass

from lab.cluster.errors import LabError

_CHUNK = 64 * 1024
_CONNECT_TIMEOUT_S = 5.0
BACKLOG = 1024
_LINGER_NOT = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Route:
    """Connections accepted on `source` go to `host`:`port`."""

    source: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Route":
        """Read SOURCE=HOST:PORT."""
        source, separator, target = text.partition("=")
        host, colon, port = target.rpartition(":")
        if not (source and separator and colon and port.isdigit()):
            raise LabError(f"the relay route {text!r} is not of the form SOURCE=HOST:PORT")
        return cls(source, host, int(port))

    def __str__(self) -> str:
        return f"{self.source}={self.host}:{self.port}"

    def listener(self) -> socket.socket:
        """The listening socket: the inherited one, or a new one."""
        if self.source.isdigit():
            return socket.socket(fileno=int(self.source))
        host, _, port = self.source.rpartition(":")
        return socket.create_server((host, int(port)), backlog=BACKLOG)

    async def serve(self) -> asyncio.Server:
        """Accept from now on."""
        return await asyncio.start_server(self._carry, sock=self.listener(), limit=_CHUNK, backlog=BACKLOG)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            dialling = asyncio.open_connection(self.host, self.port, limit=_CHUNK)
            far = await asyncio.wait_for(dialling, _CONNECT_TIMEOUT_S)
        except (OSError, TimeoutError):
            _reset(writer)
            return
        await asyncio.gather(_pump(reader, far[1]), _pump(far[0], writer))
        for end in (writer, far[1]):
            end.close()
            with contextlib.suppress(OSError):
                await end.wait_closed()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Break a connection so that the other end sees a reset: an orderly end would make a cut-off body look whole."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the end of the stream, then pass the end on; a broken side breaks the other."""
    try:
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except (OSError, RuntimeError):
        _reset(writer)


async def relay(routes: list[Route]) -> None:
    """Serve all routes for ever."""
    servers = [await route.serve() for route in routes]
    await asyncio.gather(*(server.serve_forever() for server in servers))


def main() -> None:
    """Entry point of the process."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(relay([Route.parse(text) for text in sys.argv[1:]]))


if __name__ == "__main__":
    main()
