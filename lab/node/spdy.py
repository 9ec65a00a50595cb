"""SPDY/3.1 as far as an API server speaks it to a kubelet: many two-way streams in one upgraded connection.

Frames and streams only; it refuses to know what flows in them. Neither end of these connections does flow control.
"""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator, Mapping

_VERSION = 3
_SYN_STREAM, _SYN_REPLY, _RST_STREAM, _PING, _GOAWAY = 1, 2, 3, 6, 7
_CONTROL, _FIN = 0x8000, 0x01
# Data waiting in one stream, in frames: a reader that is slower stops the whole connection, as a pipe would.
_FRAMES_IN_HAND = 64
_CHUNK = 32 * 1024

# The words that both ends' header compression begins with (SPDY/3, section 2.6.10.1), as the protocol writes them.
_NAMES = """options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age
allow authorization cache-control connection content-base content-encoding content-language content-length
content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since
if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate
proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning
www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin"""
_TEXT = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden"
    "404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,"
    "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)


def _prefixed(word: str) -> bytes:
    return struct.pack(">I", len(word)) + word.encode()


DICTIONARY = b"".join(_prefixed(word.replace("_", " ")) for word in _NAMES.split()) + _TEXT.encode()


class Stream:
    """One stream the other end opened; ``headers`` have lower-case names."""

    def __init__(self, number: int, headers: Mapping[str, str], connection: Connection) -> None:
        self.number = number
        self.headers = headers
        self._connection = connection
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(_FRAMES_IN_HAND)
        self._closed = False

    async def received(self, data: bytes) -> None:
        """Keep what came in; empty data is the end."""
        await self._frames.put(data)

    async def read(self) -> AsyncIterator[bytes]:
        """What comes in, until the other end has finished."""
        while data := await self._frames.get():
            yield data

    async def write(self, data: bytes) -> None:
        """Send data to the other end."""
        for start in range(0, len(data), _CHUNK):
            await self._connection.send_data(self.number, data[start : start + _CHUNK], flags=0)

    async def close(self) -> None:
        """Say that nothing more will be sent; a second time does nothing."""
        if not self._closed:
            self._closed = True
            await self._connection.send_data(self.number, b"", flags=_FIN)


class Connection:
    """The server's end of an upgraded connection. :meth:`run` reads; :meth:`accept` gives the streams as they open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)
        self._deflate = zlib.compressobj(zdict=DICTIONARY)
        self._streams: dict[int, Stream] = {}
        self._opened: asyncio.Queue[Stream] = asyncio.Queue()

    async def accept(self) -> Stream:
        """The next stream the other end opens."""
        return await self._opened.get()

    async def run(self) -> None:
        """Read frames until the other end is gone; every stream then ends."""
        try:
            while True:
                first, second = struct.unpack(">II", await self._reader.readexactly(8))
                payload = await self._reader.readexactly(second & 0xFFFFFF)
                await self._frame(first, second >> 24, payload)
        except (asyncio.IncompleteReadError, ConnectionError, OSError):
            for stream in self._streams.values():
                await stream.received(b"")

    async def send_data(self, number: int, data: bytes, flags: int) -> None:
        """Send one data frame."""
        await self._send(struct.pack(">II", number, flags << 24 | len(data)) + data)

    async def _frame(self, first: int, flags: int, payload: bytes) -> None:
        if not first >> 16 & _CONTROL:
            await self._data(first & 0x7FFFFFFF, flags, payload)
            return
        kind = first & 0xFFFF
        if kind == _SYN_STREAM:
            await self._opens(flags, payload)
        elif kind == _RST_STREAM:
            await self._data(struct.unpack_from(">I", payload)[0], _FIN, b"")
        elif kind == _PING:
            await self._control(_PING, payload)
        elif kind == _GOAWAY:
            raise ConnectionError("the other end goes away")

    async def _data(self, number: int, flags: int, payload: bytes) -> None:
        stream = self._streams.get(number)
        if stream is not None and payload:
            await stream.received(payload)
        if stream is not None and flags & _FIN:
            await stream.received(b"")

    async def _opens(self, flags: int, payload: bytes) -> None:
        number = struct.unpack_from(">I", payload)[0] & 0x7FFFFFFF
        stream = Stream(number, self._headers(payload[10:]), self)
        self._streams[number] = stream
        nothing = self._deflate.compress(struct.pack(">I", 0)) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        await self._control(_SYN_REPLY, struct.pack(">I", number) + nothing)
        self._opened.put_nowait(stream)
        if flags & _FIN:
            await stream.received(b"")

    def _headers(self, block: bytes) -> dict[str, str]:
        plain = self._inflate.decompress(block)
        words, position = [], 4
        while position < len(plain):
            length = struct.unpack_from(">I", plain, position)[0]
            words.append(plain[position + 4 : position + 4 + length].decode())
            position += 4 + length
        return {name.lower(): value for name, value in zip(words[::2], words[1::2], strict=True)}

    async def _control(self, kind: int, payload: bytes) -> None:
        await self._send(struct.pack(">HHI", _CONTROL | _VERSION, kind, len(payload)) + payload)

    async def _send(self, frame: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(frame)
            await self._writer.drain()
