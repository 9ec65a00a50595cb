"""A thin asynchronous client of the API server, because the agent needs few verbs, long watches and little CPU.

It knows kubeconfig files, JSON over HTTP, and errors. It refuses to know what any object means.
"""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import yaml

Json = dict[str, Any]

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
# A watch line carries one whole object; etcd refuses objects above 1.5 MiB, so 4 MiB always suffices.
_WATCH_LINE_LIMIT = 4 * 1024 * 1024


class ApiError(Exception):
    """The API server answered with an error, or did not answer (``code`` 0)."""

    def __init__(self, what: str, code: int, message: str) -> None:
        super().__init__(f"{what}: {code or 'no answer'}: {message}")
        self.code = code
        self.message = message

    @property
    def not_found(self) -> bool:
        """What was asked for does not exist."""
        return self.code == HTTPStatus.NOT_FOUND

    @property
    def conflict(self) -> bool:
        """Somebody else was first."""
        return self.code == HTTPStatus.CONFLICT

    @property
    def gone(self) -> bool:
        """The asked-for resource version has been compacted away: list again."""
        return self.code == HTTPStatus.GONE

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed later without any change to it."""
        return self.code in {0, 408, 429} or self.code >= HTTPStatus.INTERNAL_SERVER_ERROR


@dataclass(frozen=True)
class Access:
    """Where an API server is and how to be let in: what the agent needs of a kubeconfig's current context."""

    server: str
    ca_pem: str | None
    client_cert_pem: str | None
    client_key_pem: str | None
    token: str | None

    @classmethod
    def from_kubeconfig(cls, path: Path) -> Access:
        """Read the current context; raises ``ValueError`` naming the file when something in it is missing."""
        try:
            config = yaml.safe_load(path.read_text())
            context = _named(config["contexts"], config["current-context"])["context"]
            cluster = _named(config["clusters"], context["cluster"])["cluster"]
            user = _named(config["users"], context["user"])["user"]
            return cls(
                server=cluster["server"].rstrip("/"),
                ca_pem=_material(cluster, "certificate-authority", path),
                client_cert_pem=_material(user, "client-certificate", path),
                client_key_pem=_material(user, "client-key", path),
                token=user.get("token"),
            )
        except (KeyError, TypeError, StopIteration) as error:
            raise ValueError(f"kubeconfig {path} is incomplete ({error!r}): it needs a current context "
                             "with a cluster and a user") from error

    def tls(self, scratch: Path) -> ssl.SSLContext:
        """A client context; OpenSSL reads client certificates from files only, hence a private ``scratch`` folder."""
        context = ssl.create_default_context(cadata=self.ca_pem)
        if self.client_cert_pem and self.client_key_pem:
            pem = scratch / "client.pem"
            pem.touch(mode=0o600)
            pem.write_text(self.client_cert_pem + "\n" + self.client_key_pem)
            context.load_cert_chain(pem)
        return context


class Api:
    """Verbs on paths. Every method raises :class:`ApiError`; none retries."""

    def __init__(self, access: Access, scratch: Path) -> None:
        headers = {"Authorization": f"Bearer {access.token}"} if access.token else {}
        tls = access.tls(scratch) if access.server.startswith("https") else False
        connector = aiohttp.TCPConnector(ssl=tls, limit=64)
        self.access = access
        self._session = aiohttp.ClientSession(
            access.server, headers=headers, connector=connector, read_bufsize=_WATCH_LINE_LIMIT
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def get(self, path: str, **query: str) -> Json:
        """Read an object or a list."""
        return await self._call("GET", path, query=query)

    async def create(self, path: str, body: Mapping[str, Any]) -> Json:
        """Post an object to a collection or a subresource."""
        return await self._call("POST", path, body=body)

    async def patch(self, path: str, body: Mapping[str, Any], kind: str = MERGE) -> Json:
        """Change an object; ``kind`` is the media type of the patch."""
        return await self._call("PATCH", path, body=body, content_type=kind)

    async def delete(self, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """Delete an object; ``body`` are its DeleteOptions."""
        return await self._call("DELETE", path, body=body)

    async def watch(self, path: str, resource_version: str) -> AsyncIterator[tuple[str, Json]]:
        """Yield ``(type, object)`` until the server ends the stream; an ERROR event is raised as :class:`ApiError`."""
        query = {"watch": "1", "allowWatchBookmarks": "true", "resourceVersion": resource_version}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
        try:
            async with self._session.get(path, params=query, timeout=timeout) as response:
                if not response.ok:
                    raise ApiError(f"watch {path}", response.status, await response.text())
                async for line in response.content:
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        status = event["object"]
                        raise ApiError(f"watch {path}", int(status.get("code", 500)), status.get("message", ""))
                    yield event["type"], event["object"]
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ApiError(f"watch {path}", 0, str(error) or type(error).__name__) from error

    async def _call(
        self,
        verb: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
    ) -> Json:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": content_type} if data else {}
        timeout = aiohttp.ClientTimeout(total=15)
        try:
            async with self._session.request(
                verb, path, params=query, data=data, headers=headers, timeout=timeout
            ) as response:
                text = await response.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ApiError(f"{verb} {path}", 0, str(error) or type(error).__name__) from error
        if not response.ok:
            raise ApiError(f"{verb} {path}", response.status, _reason(text))
        answer: Json = json.loads(text) if text else {}
        return answer


def pod_path(namespace: str, name: str, subresource: str = "") -> str:
    """The path of a pod, or of one of its subresources."""
    return f"/api/v1/namespaces/{namespace}/pods/{name}" + (f"/{subresource}" if subresource else "")


def _named(items: list[Json], name: str) -> Json:
    return next(item for item in items if item["name"] == name)


def _material(section: Mapping[str, Any], key: str, config: Path) -> str | None:
    if inline := section.get(f"{key}-data"):
        return base64.b64decode(inline).decode()
    if name := section.get(key):
        return (config.parent / str(name)).read_text()
    return None


def _reason(text: str) -> str:
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text[:300]
