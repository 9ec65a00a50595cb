"""Tells the cluster's readers what happened to pods, as Kubernetes events; repeated ones are counted, not multiplied.

It refuses to make anything wait: events are sent in the background, in order, and one that cannot be sent is dropped.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from datetime import UTC, datetime
from typing import NamedTuple

from lab.node.api import Api, ApiError, Json
from lab.node.status import timestamp

log = logging.getLogger(__name__)

NORMAL, WARNING = "Normal", "Warning"
# More waiting events than this means the API server is gone; the oldest matter most then.
_QUEUE = 1000
_REMEMBERED = 2000


class _Key(NamedTuple):
    uid: str
    kind: str
    reason: str
    message: str
    part: str


class Recorder:
    """Records events about pods, from the component ``component`` on ``node``."""

    def __init__(self, api: Api, component: str, node: str) -> None:
        self._api = api
        self._source = {"component": component, "host": node}
        self._queue: asyncio.Queue[tuple[_Key, Json]] = asyncio.Queue(_QUEUE)
        self._seen: dict[_Key, tuple[str, int]] = {}

    def tell(self, pod: Json, kind: str, reason: str, message: str, container: str = "") -> None:
        """Record one event; ``container`` names the part of the pod it is about."""
        meta = pod["metadata"]
        part = f"spec.containers{{{container}}}" if container else ""
        about = {
            "apiVersion": "v1", "kind": "Pod", "namespace": meta["namespace"], "name": meta["name"],
            "uid": meta["uid"], "fieldPath": part,
        }  # fmt: skip
        try:
            self._queue.put_nowait((_Key(meta["uid"], kind, reason, message, part), about))
        except asyncio.QueueFull:
            log.warning("dropped the event %s on %s/%s", reason, meta["namespace"], meta["name"])

    async def run(self) -> None:
        """Send events for ever."""
        while True:
            key, about = await self._queue.get()
            try:
                await self._send(key, about)
            except ApiError as error:
                # A namespace that is being deleted accepts no events; nobody is left to read them.
                if error.code not in (403, 404):
                    log.warning("an event was not recorded: %s", error)

    async def _send(self, key: _Key, about: Json) -> None:
        path = f"/api/v1/namespaces/{about['namespace']}/events"
        now = timestamp(datetime.now(UTC))
        if key in self._seen:
            name, count = self._seen[key]
            self._seen[key] = name, count + 1
            await self._api.patch(f"{path}/{name}", {"count": count + 1, "lastTimestamp": now})
            return
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        name = f"{about['name']}.{secrets.token_hex(8)}"
        self._seen[key] = name, 1
        await self._api.create(path, self._event(name, key, about, now))

    def _event(self, name: str, key: _Key, about: Json, now: str) -> Json:
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": about["namespace"]},
            "involvedObject": about,
            "type": key.kind,
            "reason": key.reason,
            "message": key.message[:1024],
            "count": 1,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "source": self._source,
            "reportingComponent": self._source["component"],
            "reportingInstance": self._source["host"],
        }
