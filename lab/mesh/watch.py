"""Following one kind of object at the API server: list once, then watch, and survive everything.

The objects last seen stay in force while the API server is away. An expired resource version leads to a new list, a
kind that is not served (a CRD not installed yet, or removed) counts as empty and is looked for again. Knows the API's
list/watch protocol; what an object means is the parser's affair, and HTTP is `api`'s.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

from lab.mesh.objects import Key

log = logging.getLogger(__name__)

T = TypeVar("T")

WATCH_SECONDS = 300
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 2.0
GONE, NOT_FOUND = 410, 404


class ApiError(Exception):
    """The API server answered with an error, or not at all."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api(Protocol):
    """Reading from an API server."""

    def get(self, path: str, query: Mapping[str, str]) -> Any:
        """The JSON document at `path`. Raises ApiError."""

    def lines(self, path: str, query: Mapping[str, str]) -> Iterator[bytes]:
        """The lines of a streamed answer, as they come. Raises ApiError."""


class Reflector(Generic[T]):
    """A copy of all objects of one kind, kept up to date by a thread.

    Args:
        api: where to read.
        locate: gives the kind's path ("/api/v1/services"); None while the server does not serve it.
        parse: makes the record kept of an object, or None for one to leave out.
        changed: called after each change of any record.
    """

    def __init__(
        self,
        api: Api,
        locate: Callable[[], str | None],
        parse: Callable[[Mapping[str, Any]], T | None],
        changed: Callable[[], None],
    ) -> None:
        self._api, self._locate, self._parse, self._changed = api, locate, parse, changed
        self._records: Mapping[Key, T] = {}
        self._version: str | None = None
        self._synced = threading.Event()

    def records(self) -> Mapping[Key, T]:
        """The records now; the mapping returned never changes."""
        return self._records

    def await_sync(self, seconds: float) -> bool:
        """Wait for the first complete list; False if it did not come in time."""
        return self._synced.wait(seconds)

    def start(self, name: str, stop: threading.Event) -> None:
        """Follow in a daemon thread until `stop` is set."""
        threading.Thread(target=self._run, args=(name, stop), name=f"watch-{name}", daemon=True).start()

    def _run(self, name: str, stop: threading.Event) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not stop.is_set():
            try:
                self._follow(stop)
                pause = FIRST_PAUSE_SECONDS
                continue
            except ApiError as error:
                if error.status in (GONE, NOT_FOUND):
                    self._version = None
                    log.debug("%s: listing again: %s", name, error)
                else:
                    log.warning("%s: %s; keeping what was last seen and trying again", name, error)
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _follow(self, stop: threading.Event) -> None:
        """One list, where needed, and one watch."""
        path = self._locate()
        if path is None:
            self._replace({})
            stop.wait(LONGEST_PAUSE_SECONDS / 2)
            return
        if self._version is None:
            self._list(path)
        query = {"watch": "1", "allowWatchBookmarks": "true", "timeoutSeconds": str(WATCH_SECONDS)}
        for line in self._api.lines(path, query | {"resourceVersion": self._version or ""}):
            self._apply(json.loads(line))
            if stop.is_set():
                return

    def _list(self, path: str) -> None:
        document = self._api.get(path, {})
        parsed = {_key(obj): self._record(obj) for obj in document.get("items") or ()}
        self._replace({key: record for key, record in parsed.items() if record is not None})
        self._version = document["metadata"]["resourceVersion"]

    def _apply(self, event: Mapping[str, Any]) -> None:
        obj = event["object"]
        if event["type"] == "ERROR":
            raise ApiError(obj.get("code", 0), obj.get("message", "the watch ended with an error"))
        if event["type"] != "BOOKMARK":
            self._update(_key(obj), None if event["type"] == "DELETED" else self._record(obj))
        self._version = obj["metadata"]["resourceVersion"]

    def _record(self, obj: Mapping[str, Any]) -> T | None:
        """An object that makes no sense is left out: it must not stop all others."""
        try:
            return self._parse(obj)
        except (KeyError, TypeError, ValueError) as error:
            log.warning("%s/%s is left out: %s: %s", *_key(obj), type(error).__name__, error)
            return None

    def _update(self, key: Key, record: T | None) -> None:
        if self._records.get(key) == record:
            return
        records = dict(self._records)
        records.pop(key, None)
        self._replace(records if record is None else records | {key: record})

    def _replace(self, records: Mapping[Key, T]) -> None:
        self._records = records
        self._synced.set()
        self._changed()


def _key(obj: Mapping[str, Any]) -> Key:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
