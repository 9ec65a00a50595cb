"""Following a kind of object through everything an API server does."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from lab.mesh.watch import ApiError, Reflector

PATH = "/api/v1/things"


def thing(name: str, value: int, version: int) -> dict[str, Any]:
    return {"metadata": {"namespace": "prod", "name": name, "resourceVersion": str(version)}, "value": value}


def event(kind: str, obj: Mapping[str, Any]) -> bytes:
    return json.dumps({"type": kind, "object": obj}).encode()


class Server:
    """Answers lists and watches from a script; when the script is at its end it ends the test's reflector."""

    def __init__(self, lists: list[Any], watches: list[list[bytes | ApiError]]) -> None:
        self.lists, self.watches = lists, watches
        self.asked: list[str] = []
        self.done = threading.Event()

    def get(self, path: str, query: Mapping[str, str]) -> Any:
        assert path == PATH
        self.asked.append("list")
        answer = self.lists.pop(0)
        if isinstance(answer, ApiError):
            raise answer
        return answer

    def lines(self, path: str, query: Mapping[str, str]) -> Iterator[bytes]:
        self.asked.append("watch from " + query["resourceVersion"])
        if not self.watches:
            self.done.set()
            return
        for line in self.watches.pop(0):
            if isinstance(line, ApiError):
                raise line
            yield line


def listing(version: int, *items: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"resourceVersion": str(version)}, "items": list(items)}


def follow(server: Server, locate: Callable[[], str | None] = lambda: PATH) -> Mapping[tuple[str, str], int]:
    """Run a reflector until the script is used up; what it then holds."""
    reflector: Reflector[int] = Reflector(server, locate, lambda obj: obj["value"], lambda: None)
    thread = threading.Thread(target=reflector._run, args=("things", server.done))
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    return reflector.records()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.mesh.watch.FIRST_PAUSE_SECONDS", 0.001)


def test_a_watch_starts_where_the_list_ended_and_applies_events() -> None:
    events: list[bytes | ApiError] = [
        event("ADDED", thing("b", 2, 11)),
        event("MODIFIED", thing("a", 3, 12)),
        event("DELETED", thing("b", 2, 13)),
    ]
    server = Server([listing(10, thing("a", 1, 5))], [events])
    assert follow(server) == {("prod", "a"): 3}
    assert server.asked == ["list", "watch from 10", "watch from 13"]


def test_a_bookmark_moves_the_resume_point_and_nothing_else() -> None:
    bookmark = event("BOOKMARK", {"metadata": {"resourceVersion": "99"}})
    server = Server([listing(10, thing("a", 1, 5))], [[bookmark]])
    assert follow(server) == {("prod", "a"): 1}
    assert server.asked[-1] == "watch from 99"


@pytest.mark.parametrize(
    "expiry",
    [ApiError(410, "Gone"), event("ERROR", {"code": 410, "message": "too old resource version"})],
)
def test_an_expired_version_leads_to_a_new_list(expiry: bytes | ApiError) -> None:
    server = Server([listing(10, thing("a", 1, 5)), listing(20, thing("c", 4, 15))], [[expiry]])
    assert follow(server) == {("prod", "c"): 4}
    assert server.asked == ["list", "watch from 10", "list", "watch from 20"]


def test_a_broken_watch_is_resumed_and_keeps_what_was_seen() -> None:
    server = Server([listing(10, thing("a", 1, 5))], [[event("ADDED", thing("b", 2, 11)), ApiError(0, "reset")]])
    assert follow(server) == {("prod", "a"): 1, ("prod", "b"): 2}
    assert server.asked == ["list", "watch from 10", "watch from 11"]


def test_a_server_not_up_yet_is_asked_again() -> None:
    server = Server([ApiError(0, "refused"), ApiError(503, "starting"), listing(10, thing("a", 1, 5))], [])
    assert follow(server) == {("prod", "a"): 1}


def test_an_object_that_makes_no_sense_is_left_out_alone() -> None:
    broken = {"metadata": {"namespace": "prod", "name": "broken", "resourceVersion": "6"}}
    server = Server(
        [listing(10, broken, thing("a", 1, 5))], [[event("ADDED", broken), event("ADDED", thing("b", 2, 12))]]
    )
    assert follow(server) == {("prod", "a"): 1, ("prod", "b"): 2}


def test_a_kind_not_served_counts_as_empty() -> None:
    server = Server([], [])
    reflector: Reflector[int] = Reflector(server, lambda: None, lambda obj: obj["value"], lambda: None)
    reflector.start("things", server.done)
    assert reflector.await_sync(5)
    server.done.set()
    assert reflector.records() == {}
    assert server.asked == []


def test_an_event_that_changes_no_fact_wakes_nobody() -> None:
    changes: list[int] = []
    server = Server([listing(10, thing("a", 1, 5))], [[event("MODIFIED", thing("a", 1, 11))]])
    reflector: Reflector[int] = Reflector(server, lambda: PATH, lambda obj: obj["value"], lambda: changes.append(1))
    reflector._run("things", server.done)
    assert len(changes) == 1
