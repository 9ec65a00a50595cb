"""Before a release's objects go, its users are brought to the primary, if there is one that stays."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import pytest

from canary.adapters.memory import MemoryWorld, memory_world
from canary.core.routing import HOME, Routing, Track, TrackHealth
from canary.core.spec import ReleaseSpec
from canary.loop import ReleaseFailed
from canary.ports import Misconfigured, World
from canary.provider import providers, session
from canary.provider.providers import DrainProvider, RolloutProvider
from canary.provider.session import Session
from canary.settings.codec import spec_to_json
from tests.core.builders import linear

SPEC = linear()


@dataclass
class Removed:
    """A session over a world in memory."""

    spec: ReleaseSpec
    world: World
    group = None
    holds = 0

    has_users_to_bring_home = Session.has_users_to_bring_home

    def held(self) -> AbstractContextManager[None]:
        self.holds += 1
        return nullcontext()


@pytest.fixture
def world() -> MemoryWorld:
    made = memory_world(SPEC)
    made.workload.health[Track.CANARY] = TrackHealth(desired=1, ready=1, updated=1)
    made.router.routing = Routing(30)
    return made


def remove(world: MemoryWorld, monkeypatch: pytest.MonkeyPatch) -> Removed:
    removed = Removed(SPEC, world.world)
    monkeypatch.setattr(providers, "open_session", lambda _props: removed)
    RolloutProvider().delete("id", {})
    return removed


def test_users_on_the_canary_go_home_before_it_is_stopped(world: MemoryWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    assert remove(world, monkeypatch).holds == 1
    assert world.router.routing == HOME
    assert world.workload.health[Track.CANARY].desired == 0


def test_nothing_is_done_when_they_are_home(world: MemoryWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.router.routing = HOME
    assert remove(world, monkeypatch).holds == 0
    assert world.router.history == []


def test_nothing_is_done_when_the_primary_goes_as_well(world: MemoryWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.workload.health[Track.PRIMARY] = TrackHealth(exists=False)
    remove(world, monkeypatch)
    assert world.router.history == []


def test_a_primary_that_cannot_serve_stops_the_removal(world: MemoryWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.workload.broken.add(Track.PRIMARY)
    with pytest.raises(ReleaseFailed, match="has no ready pod to take it back"):
        remove(world, monkeypatch)
    assert world.router.routing == Routing(30)


def test_a_split_that_nobody_can_read_any_more_is_no_obstacle(
    world: MemoryWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> Routing:
        raise Misconfigured("it does not exist")

    monkeypatch.setattr(world.router, "read", gone)
    assert remove(world, monkeypatch).holds == 0


class Stranger:
    """A cluster in which somebody else's Deployment has the release's name."""

    def __init__(self, *_: Any) -> None:
        pass

    def get(self, path: str) -> Any:
        return {"metadata": {"name": "podinfo"}} if "deployments" in path else None


@pytest.mark.parametrize(
    ("olds", "changes", "refused"), [({}, {}, True), ({}, {"adopt": True}, False), ({"revision": "r0"}, {}, False)]
)
def test_a_first_deployment_onto_somebody_elses_objects_is_refused_unless_it_adopts_them(
    monkeypatch: pytest.MonkeyPatch,
    olds: Any,
    changes: Any,
    refused: bool,  # noqa: FBT001 - a case
) -> None:
    monkeypatch.setattr(session, "Cluster", Stranger)
    monkeypatch.setattr(providers, "problems", lambda _news: [])
    spec = replace(SPEC, suspend=False)
    news = {"revision": "r1", "connection": {}, "spec": spec_to_json(spec), **changes}
    reasons = [failure.reason for failure in DrainProvider().check(olds, news).failures]
    assert bool(reasons) is refused
    assert all("Deployment podinfo exist already, of no release; set adopt: true" in reason for reason in reasons)
