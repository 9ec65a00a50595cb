"""The API server as `watch` wants it: a kubeconfig's credentials, JSON, and streamed lines.

Not the official client: its own watch builds a model of every object, loading them costs half a second of CPU, and
routing reads four kinds of plain JSON. It knows kubeconfigs with certificates or a token, no login plugins.
"""

from __future__ import annotations

import base64
import json
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import urllib3
import yaml
from urllib3.exceptions import HTTPError

from lab.mesh.watch import NOT_FOUND, WATCH_SECONDS, ApiError

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
CONNECTIONS = 8
BAD_REQUEST = 400
SPLIT_GROUP = "split.smi-spec.io"


class KubernetesApi:
    """An API server reached with a kubeconfig's current context.

    Raises:
        ValueError: the kubeconfig lacks something; the message names the file.
    """

    def __init__(self, kubeconfig: Path) -> None:
        cluster, user = _current(kubeconfig)
        self._server = str(cluster["server"]).rstrip("/")
        headers = {"Accept": "application/json"}
        if "token" in user:
            headers["Authorization"] = f"Bearer {user['token']}"
        context = _tls(cluster, user, kubeconfig.parent)
        self._pool = urllib3.PoolManager(CONNECTIONS, headers, ssl_context=context, retries=False, maxsize=CONNECTIONS)

    def get(self, path: str, query: Mapping[str, str]) -> Any:
        """See `watch.Api`."""
        try:
            return json.loads(self._request(path, query, READ_SECONDS).data)
        except (HTTPError, ValueError) as error:
            raise ApiError(0, f"reading {path} failed: {error}") from error

    def lines(self, path: str, query: Mapping[str, str]) -> Iterator[bytes]:
        """See `watch.Api`."""
        response = self._request(path, query, WATCH_SECONDS + READ_SECONDS)
        try:
            yield from _split_lines(response.stream())
        except HTTPError as error:
            raise ApiError(0, f"watching {path} broke off: {error}") from error
        finally:
            response.close()

    def _request(self, path: str, query: Mapping[str, str], read_seconds: float) -> urllib3.BaseHTTPResponse:
        """The open answer, if its status is a good one."""
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds)
        try:
            response = self._pool.request(
                "GET", self._server + path, fields=dict(query), timeout=timeout, preload_content=False
            )
        except HTTPError as error:
            raise ApiError(0, f"{path} could not be read: {error}") from error
        if response.status >= BAD_REQUEST:
            response.drain_conn()
            raise ApiError(response.status, f"{path} was answered with {response.status} {response.reason}")
        return response

    def locate_splits(self) -> str | None:
        """The path of TrafficSplits in the version the server prefers; None while their CRD is not installed."""
        try:
            group = self.get(f"/apis/{SPLIT_GROUP}", {})
        except ApiError as error:
            if error.status == NOT_FOUND:
                return None
            raise
        return f"/apis/{group['preferredVersion']['groupVersion']}/trafficsplits"


def _split_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Whole lines, each as soon as its end has come."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line for line in lines if line.strip())


def _current(kubeconfig: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The current context's cluster and user."""
    try:
        document = yaml.safe_load(kubeconfig.read_text())
        context = _named(document["contexts"], document["current-context"])["context"]
        cluster = _named(document["clusters"], context["cluster"])["cluster"]
        user = _named(document["users"], context["user"])["user"]
    except (KeyError, TypeError, StopIteration) as error:
        reason = f"it needs a current context with a cluster and a user ({error!r})"
        raise ValueError(f"kubeconfig {kubeconfig} is incomplete: {reason}") from error
    return cluster, user


def _named(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(item for item in items if item["name"] == name)


def _tls(cluster: Mapping[str, Any], user: Mapping[str, Any], folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=_material(cluster, "certificate-authority", folder))
    certificate = _material(user, "client-certificate", folder)
    if certificate is not None:
        # OpenSSL takes a client's certificate from a file only; a NamedTemporaryFile is private to its owner.
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as pem:
            pem.write(certificate + "\n" + (_material(user, "client-key", folder) or ""))
            pem.flush()
            context.load_cert_chain(pem.name)
    return context


def _material(section: Mapping[str, Any], key: str, folder: Path) -> str | None:
    """PEM text given inline or as a file beside the kubeconfig."""
    if f"{key}-data" in section:
        return base64.b64decode(section[f"{key}-data"]).decode()
    return (folder / section[key]).read_text() if key in section else None
