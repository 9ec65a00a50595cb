"""A TCP proxy that speaks HTTP/1.1, with verified TLS on both sides where the server behind it has TLS.

Real clients connect to it over real sockets; what it does to them is what a broken network or an overloaded server
does. Which request meets which fault is the rules' business.
"""

import contextlib
import http.client
import os
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import yaml

from lab.cluster import Lab
from lab.cluster.access import write_private
from lab.faults.kinds import Answer, Cut, Delay, Hang, Late, Swallow, Trap
from lab.faults.rules import Rule, Rules, asked_now

CHUNK = 64 * 1024
UPSTREAM_TIMEOUT_S = 300.0  # longer than any watch; what is too slow is the client's business
HOP_BY_HOP = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 s


class FaultProxy:
    """Serves on a free port of 127.0.0.1 what `upstream` (http or https URL) serves, as `rules` let it.

    For an https upstream `certificate` and `key` are what this proxy shows, and the only one it trusts. Also a
    context manager.
    """

    def __init__(self, upstream: str, certificate: Path | None = None, key: Path | None = None) -> None:
        parts = urlsplit(upstream)
        self.rules = Rules()
        self.host, self.port = parts.hostname or "", parts.port or 0
        self.shown = self.trusted = None
        if parts.scheme == "https" and certificate and key:
            self.shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.shown.load_cert_chain(certificate, key)
            self.trusted = ssl.create_default_context(cadata=certificate.read_text())
        self._server = _Server(self)
        scheme = "https" if self.shown else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name=f"faults {self.url}", daemon=True
        ).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop; whatever hangs is cut."""
        self.rules.clear()
        self._server.shutdown()
        self._server.server_close()

    def dial(self) -> http.client.HTTPConnection:
        """A new connection to the server."""
        if self.trusted is None:
            return http.client.HTTPConnection(self.host, self.port, timeout=UPSTREAM_TIMEOUT_S)
        return http.client.HTTPSConnection(self.host, self.port, timeout=UPSTREAM_TIMEOUT_S, context=self.trusted)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, proxy: FaultProxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that broke is what this proxy is for, and no news."""


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        self.proxy = self.server.proxy
        if self.proxy.rules.is_dark:
            self.proxy.rules.await_light()
            raise ConnectionAbortedError
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.proxy.shown:
            self.request = self.proxy.shown.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()
        with contextlib.suppress(OSError, ValueError):
            self.request.close()

    def log_message(self, *_: object) -> None:
        """Nothing: the rules keep the record."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = asked_now(self.command, self.path, self.headers.get("User-Agent", ""))
        rule = self.proxy.rules.meet(asked)
        if self.proxy.rules.is_dark:
            self.proxy.rules.await_light()
            return self._reset()
        return self._suffer(rule, body) if rule else self._forward(body)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """`do_GET` and the like: every method is served alike."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _suffer(self, rule: Rule, body: bytes) -> None:
        match rule.fault:
            case Delay(seconds=seconds):
                time.sleep(seconds)
                self._forward(body)
            case Late(now=now):
                now.wait()
                self._forward(body)
            case Cut():
                self._reset()
            case Swallow():
                self._carry_out(body)
                self._reset()
            case Hang():
                rule.lifted.wait()
                self._reset()
            case Answer() as answer:
                self._say(answer)
            case Trap(act=act, forwarded=forwarded):
                if forwarded:
                    self._carry_out(body)
                act()
                self._reset()

    def _say(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    @contextlib.contextmanager
    def _asked(self, body: bytes) -> Iterator[http.client.HTTPResponse]:
        connection = self.proxy.dial()
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        try:
            connection.request(self.command, self.path, body or None, {**headers, "Connection": "close"})
            with connection.getresponse() as answer:
                yield answer
        finally:
            connection.close()

    def _carry_out(self, body: bytes) -> None:
        with self._asked(body) as answer:
            answer.read()

    def _forward(self, body: bytes) -> None:
        try:
            with self._asked(body) as answer:
                self._pass_on(answer)
        except (OSError, http.client.HTTPException):
            self._reset()  # as the client would have seen it without us

    def _pass_on(self, answer: http.client.HTTPResponse) -> None:
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP]
        streamed = answer.length is None and answer.status != HTTPStatus.NO_CONTENT and self.command != "HEAD"
        self.send_response_only(answer.status, answer.reason)
        for name, value in [*kept, *([("Transfer-Encoding", "chunked")] if streamed else [])]:
            self.send_header(name, value)
        self.end_headers()
        while data := answer.read1(CHUNK):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if streamed else data)
        if streamed:
            self.wfile.write(b"0\r\n\r\n")

    def _reset(self) -> None:
        """End the connection with a reset: an orderly end could pass for a whole answer."""
        self.close_connection = True
        with contextlib.suppress(OSError, ValueError):
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            os.close(self.request.detach())


def kubeconfig_through(lab: Lab, proxy: FaultProxy, path: Path) -> Path:
    """Write the lab's kubeconfig to `path` with the proxy in place of the API server; returns `path`."""
    document = yaml.safe_load(Path(lab.env()["KUBECONFIG"]).read_text())
    document["clusters"][0]["cluster"]["server"] = proxy.url
    write_private(path, yaml.safe_dump(document))
    return path


def api_proxy(lab: Lab) -> FaultProxy:
    """A proxy in front of a lab's API server; it shows the API server's own certificate."""
    document = yaml.safe_load(Path(lab.env()["KUBECONFIG"]).read_text())
    pki = lab.paths.pki
    return FaultProxy(document["clusters"][0]["cluster"]["server"], pki / "apiserver.crt", pki / "apiserver.key")


def prometheus_proxy(lab: Lab) -> FaultProxy:
    """A proxy in front of a lab's Prometheus."""
    return FaultProxy(lab.env()["LAB_PROMETHEUS_URL"])
