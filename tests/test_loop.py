"""The loop carries out what was decided, whatever the cluster answers meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest

from canary.adapters.memory import MemoryRouter, MemoryWorld, memory_world
from canary.core.decision import Severity
from canary.core.measure import Measurement
from canary.core.routing import HOME, Routing, Track
from canary.core.state import Phase, State
from canary.loop import ReleaseFailed, drain, run_rollout
from canary.ports import Misconfigured, Missing, Question, Unavailable
from tests.core.builders import linear, release, value


class FlakyRouter(MemoryRouter):
    """Refuses writes while `down` is positive; each refusal takes one off."""

    down: int = 0

    def write(self, routing: Routing) -> None:
        if self.down > 0:
            self.down -= 1
            raise Unavailable("503 from the API server")
        super().write(routing)


def flaky(world: MemoryWorld) -> tuple[MemoryWorld, FlakyRouter]:
    router = FlakyRouter()
    return replace(world, router=router), router


def test_an_order_that_does_not_get_through_is_tried_again() -> None:
    spec = linear(5, 10)
    world, router = flaky(memory_world(spec))
    router.down = 30
    assert release(spec, world).phase is Phase.SUCCEEDED
    assert [routing.weight for routing in router.history] == [5, 10, 0]


def test_a_rollback_that_does_not_get_through_is_tried_until_it_does() -> None:
    spec = linear(5, threshold=1)
    world, router = flaky(memory_world(spec))

    def outage(question: Question) -> Measurement:
        router.down = 60
        return value(question, 0)

    world.metrics.source = outage
    assert release(spec, world).phase is Phase.FAILED
    assert router.routing == HOME
    assert world.workload.health[Track.CANARY].desired == 0


def test_an_outage_beyond_the_deadline_ends_the_run_and_names_what_was_not_done() -> None:
    spec = linear(5, error_deadline=timedelta(seconds=30))
    world, router = flaky(memory_world(spec))
    router.down = 10_000
    with pytest.raises(ReleaseFailed, match=r"not done after 0:00:3\d: Route: 503 from the API server"):
        run_rollout(spec, State("r2"), world.world)
    told = world.reporter.events[-1]
    assert (told.reason, told.severity) == ("GaveUp", Severity.ERROR)
    assert told.message.startswith("Gave up on podinfo.prod: ")
    assert "not done after" in told.message


def test_a_router_that_is_gone_in_mid_run_is_told_before_the_run_ends() -> None:
    spec = linear(5)
    world = memory_world(spec)

    class Gone(MemoryRouter):
        def read(self) -> Routing:
            raise Misconfigured("TrafficSplit podinfo does not exist")

    with pytest.raises(Misconfigured):
        run_rollout(spec, State("r2"), replace(world, router=Gone()).world)
    assert [event.message for event in world.reporter.events if event.severity is Severity.ERROR] == [
        "Gave up on podinfo.prod: TrafficSplit podinfo does not exist"
    ]


def test_a_failure_that_was_decided_is_told_once() -> None:
    spec = linear(5, threshold=1)
    world = memory_world(spec)
    world.metrics.source = lambda question: value(question, 0)
    assert release(spec, world).phase is Phase.FAILED
    assert "GaveUp" not in [event.reason for event in world.reporter.events]


def test_an_interrupt_drops_an_order_on_the_way_up() -> None:
    spec = linear(5, 10)
    world, router = flaky(memory_world(spec))
    router.down = 10_000

    def interrupt() -> None:
        world.control.interrupted = "SIGINT"
        router.down = 0

    world.clock.on_wait = interrupt
    with pytest.raises(ReleaseFailed, match="interrupted: SIGINT"):
        run_rollout(spec, State("r2"), world.world)
    assert all(routing == HOME for routing in router.history)


def test_an_api_blackout_of_a_minute_changes_no_weight() -> None:
    spec = linear(5, 10, 15)
    world = memory_world(spec)
    start = world.clock.now()

    def blackout() -> None:
        age = (world.clock.now() - start).total_seconds()
        world.workload.fault = "no route to host" if 15 < age < 75 else ""

    world.clock.on_wait = blackout
    assert release(spec, world).phase is Phase.SUCCEEDED
    assert [routing.weight for routing in world.router.history] == [5, 10, 15, 0]


def test_a_drain_takes_users_off_the_canary_before_its_template_changes() -> None:
    spec = linear(5)
    world = memory_world(spec)
    world.router.routing = Routing(35)
    world.workload.scale(Track.CANARY, 2)
    assert drain(spec, world.world) == Routing(35)
    assert world.router.routing == HOME
    assert world.workload.health[Track.CANARY].desired == 0


def test_a_drain_stops_the_canary_of_a_run_that_was_killed_before_it_moved_anybody() -> None:
    spec = linear(5)
    world = memory_world(spec)
    world.workload.scale(Track.CANARY, 2)
    assert drain(spec, world.world) == HOME
    assert world.router.history == []
    assert world.workload.health[Track.CANARY].desired == 0


def test_a_drain_stops_no_canary_beside_a_primary_that_cannot_serve() -> None:
    spec = linear(5)
    world = memory_world(spec)
    world.workload.scale(Track.CANARY, 2)
    world.workload.broken.add(Track.PRIMARY)
    drain(spec, world.world)
    assert world.workload.health[Track.CANARY].desired == 2


def test_a_drain_without_a_primary_touches_nothing_and_says_what_to_do() -> None:
    spec = linear(5)
    world = memory_world(spec)
    world.router.routing = Routing(35)
    world.workload.broken.add(Track.PRIMARY)
    with pytest.raises(ReleaseFailed, match="rollout undo deployment/podinfo-primary"):
        drain(spec, world.world)
    assert world.router.routing == Routing(35)
    assert [event.reason for event in world.reporter.events] == ["GaveUp"]


class LosableRouter(MemoryRouter):
    """Says that its object is gone, once it is `lost`."""

    lost: bool = False

    def read(self) -> Routing:
        if self.lost:
            raise Missing("TrafficSplit podinfo in namespace prod does not exist")
        return super().read()

    def last_writer(self) -> str:
        return "kubectl-edit"


def test_a_split_that_is_deleted_in_mid_run_is_named_and_the_canary_stopped() -> None:
    spec = linear(5, 10)
    router = LosableRouter()
    world = replace(memory_world(spec), router=router)

    def delete() -> None:
        router.lost = router.routing.weight == 10

    world.clock.on_wait = delete
    with pytest.raises(ReleaseFailed, match="TrafficSplit podinfo in namespace prod does not exist") as failed:
        run_rollout(spec, State("r2"), world.world)
    assert failed.value.state.routing == HOME
    assert world.workload.health[Track.CANARY].desired == 0
    assert [routing.weight for routing in router.history] == [5, 10]


def test_who_moved_the_traffic_is_asked_of_the_witness() -> None:
    spec = linear(5, 10)
    router = LosableRouter()
    world = replace(memory_world(spec), router=router)

    def edit() -> None:
        if router.routing.weight == 5:
            router.routing = Routing(60)

    world.clock.on_wait = edit
    with pytest.raises(ReleaseFailed, match=r"expected 5/95, found 60/40 \(manager kubectl-edit\)"):
        run_rollout(spec, State("r2"), replace(world.world, witness=router))
    assert router.routing == HOME
