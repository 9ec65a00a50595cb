"""Keeps a true local picture of one kind of object: list, watch, resume where possible, list again where not.

It refuses to know what the objects are for: it tells a listener what is there now and what is gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from lab.node.api import Api, ApiError, Json

log = logging.getLogger(__name__)

# Long enough not to hammer a server that is starting, short enough that nobody waits for it.
RETRY_SECONDS = 0.5

Listener = Callable[[str, Json], None]


class Informer:
    """Calls ``listener("PRESENT" | "GONE", object)`` for every change, in order, and after every fresh list."""

    def __init__(self, api: Api, path: str, listener: Listener) -> None:
        self._api = api
        self._path = path
        self._listener = listener
        self._known: dict[str, Json] = {}

    async def run(self) -> None:
        """Never returns; errors of the server are logged once per outage and retried."""
        version, failing = "", False
        while True:
            try:
                version = version or await self._relist()
                failing = False
                version = await self._follow(version)
            except ApiError as error:
                if not (failing or error.gone):
                    log.warning("%s; listing again every %ss until it works", error, RETRY_SECONDS)
                version, failing = "", not error.gone
                await asyncio.sleep(RETRY_SECONDS)

    async def _relist(self) -> str:
        answer = await self._api.get(self._path)
        present = {item["metadata"]["uid"]: item for item in answer["items"]}
        for uid in [uid for uid in self._known if uid not in present]:
            self._listener("GONE", self._known.pop(uid))
        for item in present.values():
            self._present(item)
        return str(answer["metadata"]["resourceVersion"])

    async def _follow(self, version: str) -> str:
        async for kind, item in self._api.watch(self._path, version):
            version = item["metadata"]["resourceVersion"]
            if kind == "DELETED":
                self._known.pop(item["metadata"]["uid"], None)
                self._listener("GONE", item)
            elif kind != "BOOKMARK":
                self._present(item)
        return version

    def _present(self, item: Json) -> None:
        self._known[item["metadata"]["uid"]] = item
        self._listener("PRESENT", item)
