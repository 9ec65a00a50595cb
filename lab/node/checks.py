"""Asks a running container one question: an HTTP request, a connection, a gRPC health call or a command inside it.

It refuses to know what an answer leads to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

_EXCERPT = 200
_GOOD = range(200, 400)
# A command's exit code and what it printed.
Execute = Callable[[list[str]], Awaitable[tuple[int, str]]]


@dataclass(frozen=True)
class Answer:
    """Whether it passed, and if not, in what words (those of the kubelet)."""

    passed: bool
    message: str = ""


@dataclass(frozen=True)
class Target:
    """Where a container is reached: its pod's address, its named ports, and a way to run a command in it."""

    address: str
    ports: Mapping[str, int]
    execute: Execute
    http: aiohttp.ClientSession

    def port(self, written: int | str) -> int:
        """A port by number or name; raises ``LookupError`` for a name the container does not declare."""
        if isinstance(written, int) or written.isdigit():
            return int(written)
        if written not in self.ports:
            raise LookupError(f"the container has no port named {written!r}")
        return self.ports[written]


async def ask(handler: Mapping[str, Any], target: Target, seconds: float) -> Answer:
    """One answer within ``seconds``; never raises for what the container does."""
    try:
        async with asyncio.timeout(seconds):
            return await _ask(handler, target)
    except TimeoutError:
        return Answer(passed=False, message=f"no answer within {seconds:g}s")
    except aiohttp.ClientConnectorError as error:
        return Answer(passed=False, message=f"dial tcp {error.host}:{error.port}: {error.os_error.strerror}")
    except (aiohttp.ClientError, OSError, LookupError, ValueError) as error:
        return Answer(passed=False, message=str(error) or type(error).__name__)


async def _ask(handler: Mapping[str, Any], target: Target) -> Answer:
    if request := handler.get("httpGet"):
        return await _http(request, target)
    if socket := handler.get("tcpSocket"):
        return await _connect(socket, target)
    if command := handler.get("exec"):
        code, output = await target.execute(command["command"])
        return Answer(code == 0, message=output.strip()[:_EXCERPT] or f"command ended with {code}")
    if call := handler.get("grpc"):
        return await _grpc(call, target)
    return Answer(passed=False, message=f"no handler the lab knows in {', '.join(handler)}")


async def _http(request: Mapping[str, Any], target: Target) -> Answer:
    host = request.get("host") or target.address
    scheme = (request.get("scheme") or "HTTP").lower()
    path = "/" + (request.get("path") or "/").removeprefix("/")
    headers = {"User-Agent": "kube-probe/1.34", "Accept": "*/*"}
    headers |= {header["name"]: header["value"] for header in request.get("httpHeaders") or []}
    url = f"{scheme}://{host}:{target.port(request['port'])}{path}"
    # A redirect counts as an answer; following it would ask somebody else.
    async with target.http.get(url, headers=headers, allow_redirects=False) as response:
        good = response.status in _GOOD
        return Answer(good, "" if good else f"HTTP probe failed with statuscode: {response.status}")


async def _connect(socket: Mapping[str, Any], target: Target) -> Answer:
    _, writer = await asyncio.open_connection(socket.get("host") or target.address, target.port(socket["port"]))
    writer.close()
    return Answer(passed=True)


async def _grpc(call: Mapping[str, Any], target: Target) -> Answer:
    import grpc  # noqa: PLC0415 - slow to load, and few pods ask this way

    service = (call.get("service") or "").encode()
    # grpc.health.v1.HealthCheckRequest: field 1 is the service's name; the response's field 1 is 1 when serving.
    request = b"\x0a" + bytes([len(service)]) + service if service else b""
    async with grpc.aio.insecure_channel(f"{target.address}:{call['port']}") as channel:
        check = channel.unary_unary("/grpc.health.v1.Health/Check", bytes, bytes)
        try:
            response = await check(request)
        except grpc.aio.AioRpcError as error:
            return Answer(passed=False, message=f"gRPC health check failed: {error.code().name}: {error.details()}")
    return Answer(response == b"\x08\x01", f"gRPC health check answered {response.hex()}")
