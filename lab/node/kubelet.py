"""The kubelet's port: ``kubectl logs``, ``exec`` and ``port-forward`` reach the pods of this node through it.

Plain HTTP/1.1 with one request a connection, because an upgraded connection is needed anyway. Only the node itself is
answered: that is where the API server calls from, after it has checked its caller's rights. It refuses to know how
containers are run.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from lab.node import logs, remote
from lab.node.network import NODE_IP
from lab.node.pod import Pod
from lab.node.registration import KUBELET_PORT
from lab.node.runner import Runner
from lab.node.spdy import Connection

log = logging.getLogger(__name__)

_HEAD_WITHIN_SECONDS = 10


class Pods(Protocol):
    """Where the pods of this node are found."""

    def pod(self, namespace: str, name: str) -> Pod | None:
        """The pod of that name, if it is here."""


class Refusal(Exception):
    """A request that cannot be served; the message is for whoever called ``kubectl``."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Call:
    """One HTTP request and the connection it came on."""

    path: tuple[str, ...]
    query: dict[str, list[str]]
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def flag(self, name: str) -> bool:
        """Whether a query parameter is set to something true."""
        return self.query.get(name, [""])[-1].lower() in ("1", "true")

    def number(self, name: str) -> int | None:
        """A query parameter as a number, if it is there."""
        return int(self.query[name][-1]) if name in self.query else None

    async def begin(self, status: HTTPStatus, **headers: str) -> None:
        """Send the head of the answer."""
        lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        await self.writer.drain()

    async def upgrade(self, protocol: str) -> Connection:
        """Turn the connection into streams; raises :class:`Refusal` if the caller wants anything but SPDY."""
        if "spdy/3.1" not in self.headers.get("upgrade", "").lower():
            raise Refusal(HTTPStatus.BAD_REQUEST, "the lab's node speaks SPDY/3.1 streams only, as kubectl asks for")
        accepted = {"X_Stream_Protocol_Version": protocol}
        await self.begin(HTTPStatus.SWITCHING_PROTOCOLS, Connection="Upgrade", Upgrade="SPDY/3.1", **accepted)
        return Connection(self.reader, self.writer)


class Kubelet:
    """Serves the port for ever, with the certificate the API server made for this machine."""

    def __init__(self, pods: Pods, state: Path) -> None:
        self._pods = pods
        self._pki = state / "pki"

    async def run(self) -> None:
        """Listen on the node's address; without a certificate there is no port, and the log says so."""
        certificate, key = self._pki / "apiserver.crt", self._pki / "apiserver.key"
        if not certificate.exists():
            log.warning("no %s: kubectl logs and exec will not work", certificate)
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = await asyncio.start_server(self._connected, NODE_IP, KUBELET_PORT, ssl=context)
        async with server:
            await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            if writer.get_extra_info("peername")[0] == NODE_IP:
                await self._answer(await _call(reader, writer))
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()

    async def _answer(self, call: Call) -> None:
        serve = {"containerLogs": self._logs, "exec": self._exec, "portForward": self._forward}.get(call.path[0])
        try:
            await (serve or self._nothing)(call)
        except (Refusal, ValueError) as error:
            status = error.status if isinstance(error, Refusal) else HTTPStatus.BAD_REQUEST
            await call.begin(status, Content_Type="text/plain", Connection="close")
            call.writer.write(f"{error}\n".encode())
            await call.writer.drain()

    async def _nothing(self, call: Call) -> None:
        raise Refusal(HTTPStatus.NOT_FOUND, f"the lab's node does not serve /{call.path[0]}")

    async def _logs(self, call: Call) -> None:
        pod, runner = self._found(call)
        life = runner.record.restarts - int(call.flag("previous"))
        path = pod.room.log(runner.record.name, life)
        if not path.exists():
            which = "previous terminated container" if call.flag("previous") else "container"
            raise Refusal(HTTPStatus.BAD_REQUEST, f"{which} {runner.record.name!r} in pod {pod.room.name!r} has no log")
        follow: Callable[[], bool] | None = (lambda: _lives(runner, life)) if call.flag("follow") else None
        await call.begin(HTTPStatus.OK, Content_Type="text/plain", Connection="close")
        async for data in logs.read(path, call.number("tailLines"), follow):
            call.writer.write(data)
            await call.writer.drain()

    async def _exec(self, call: Call) -> None:
        _, runner = self._found(call)
        request = remote.Request(
            command=call.query.get("command", []), stdin=call.flag("input"), stdout=call.flag("output"),
            stderr=call.flag("error"), tty=call.flag("tty"),
        )  # fmt: skip
        connection = await call.upgrade(remote.EXEC_PROTOCOL)
        await _while_connected(connection, asyncio.create_task(remote.execute(connection, runner, request)))

    async def _forward(self, call: Call) -> None:
        pod, _ = self._found(call)
        connection = await call.upgrade(remote.FORWARD_PROTOCOL)
        await _while_connected(connection, asyncio.create_task(remote.forward(connection, pod.room.address)))

    def _found(self, call: Call) -> tuple[Pod, Runner]:
        """The pod of ``/VERB/NAMESPACE/POD[/CONTAINER]`` and its container, by default the first."""
        namespace, name, *container = call.path[1:]
        pod = self._pods.pod(namespace, name)
        if pod is None:
            raise Refusal(HTTPStatus.NOT_FOUND, f"pod {namespace}/{name} does not run on this node")
        runner = pod.container(container[0]) if container else pod.residents.mains[0]
        if runner is None:
            raise Refusal(HTTPStatus.NOT_FOUND, f"pod {namespace}/{name} has no container {container[0]!r}")
        return pod, runner


def _lives(runner: Runner, life: int) -> bool:
    return runner.record.running and runner.record.restarts == life


async def _while_connected(connection: Connection, work: asyncio.Task[None]) -> None:
    """Let ``work`` finish, or end it when the other end is gone."""
    reading = asyncio.create_task(connection.run())
    await asyncio.wait({reading, work}, return_when=asyncio.FIRST_COMPLETED)
    for task in (reading, work):
        task.cancel()
    for outcome in await asyncio.gather(reading, work, return_exceptions=True):
        if isinstance(outcome, Exception):
            log.warning("a connection from kubectl ended badly: %s", outcome)


async def _call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Call:
    async with asyncio.timeout(_HEAD_WITHIN_SECONDS):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    target = urlsplit(first.split(" ")[1])
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    path = tuple(unquote(part) for part in target.path.strip("/").split("/"))
    return Call(path, parse_qs(target.query, keep_blank_values=True), headers, reader, writer)
