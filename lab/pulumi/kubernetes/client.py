"""HTTP to one API server: JSON in, JSON out, errors as `ApiError`s.

Connections are kept and shared by all threads. This module refuses to know of kinds and paths; discovery does.
"""

import json
import ssl
import tempfile
import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError

from lab.pulumi.kubernetes.api_errors import RefusedError, UnreachableError
from lab.pulumi.kubernetes.kubeconfig import Access
from lab.pulumi.kubernetes.properties import Json

_CONNECTIONS = 64
_TIMEOUT = urllib3.Timeout(connect=10.0, read=60.0)
# An overloaded API server says when to come back.
_ATTEMPTS_WHEN_BUSY = 10
_USER_AGENT = "pulumi-kubernetes"


class KubeClient:
    """A pool of connections with the credentials of `access`; the first request opens the first connection."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._pool: urllib3.PoolManager | None = None
        self._lock = threading.Lock()

    @property
    def server(self) -> str:
        """The API server's base address."""
        return self._access.server

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """Read `path`. Raises `RefusedError` and `UnreachableError`."""
        return self.send("GET", path, query)

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
    ) -> Json:
        """Send one request and return the object in the answer. Raises `RefusedError` and `UnreachableError`."""
        url = f"{self._access.server}{path}" + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        for _ in range(_ATTEMPTS_WHEN_BUSY):
            answer = self._send_once(method, url, data, content_type)
            wait = answer.headers.get("Retry-After", "")
            if answer.status != HTTPStatus.TOO_MANY_REQUESTS or not wait.isdigit():
                break
            time.sleep(int(wait))
        else:
            raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, {"message": f"{url}: the API server stays overloaded"})
        return _object_in(answer)

    def _send_once(self, method: str, url: str, data: bytes | None, content_type: str) -> urllib3.BaseHTTPResponse:
        headers = {"Accept": "application/json", "User-Agent": _USER_AGENT}
        if data is not None:
            headers["Content-Type"] = content_type
        if authorization := self._access.authorization():
            headers["Authorization"] = authorization
        try:
            return self._connections().request(method, url, body=data, headers=headers)
        except (HTTPError, OSError) as problem:
            cause = problem.reason if isinstance(problem, MaxRetryError) else problem
            raise UnreachableError(f'{method.title()} "{url}": {cause}') from problem

    def _connections(self) -> urllib3.PoolManager:
        with self._lock:
            if self._pool is None:
                self._pool = _pool(self._access)
            return self._pool


def _pool(access: Access) -> urllib3.PoolManager:
    settings: dict[str, Any] = {"maxsize": _CONNECTIONS, "retries": False, "timeout": _TIMEOUT}
    if access.server.startswith("https:"):
        settings["ssl_context"] = _tls(access)
        if access.server_name:
            settings |= {"server_hostname": access.server_name, "assert_hostname": access.server_name}
    if access.proxy:
        return urllib3.ProxyManager(access.proxy, **settings)
    return urllib3.PoolManager(**settings)


def _tls(access: Access) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=_authorities(access))
    if not access.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        urllib3.disable_warnings()
    if access.certificate:
        # The ssl module takes a client's certificate and key from files only.
        with tempfile.TemporaryDirectory() as folder:
            certificate = _as_file(access.certificate, Path(folder) / "certificate")
            key = _as_file(access.key, Path(folder) / "key") if access.key else None
            context.load_cert_chain(certificate, key)
    return context


def _authorities(access: Access) -> str | None:
    if isinstance(access.ca, str):
        return Path(access.ca).read_text(encoding="utf-8")
    return access.ca.decode() if access.ca else None


def _as_file(material: bytes | str, place: Path) -> str:
    if isinstance(material, str):
        return material
    place.touch(mode=0o600)
    place.write_bytes(material)
    return str(place)


def _object_in(answer: urllib3.BaseHTTPResponse) -> Json:
    try:
        content = json.loads(answer.data) if answer.data else {}
    except ValueError:
        content = {"message": answer.data.decode(errors="replace").strip()}
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise RefusedError(answer.status, content if isinstance(content, dict) else {})
    return content if isinstance(content, dict) else {}
