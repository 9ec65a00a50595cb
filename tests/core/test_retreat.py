"""The way home is safe for users whatever state the two sides are in."""

from dataclasses import replace
from datetime import timedelta

from canary.adapters.memory import EPOCH
from canary.core.decide import decide
from canary.core.decision import Decision, Linger, Observation, Route, Scale
from canary.core.routing import HOME, Routing, Track, TrackHealth
from canary.core.spec import ReleaseSpec, Retreat
from canary.core.state import Command, Phase, State
from tests.core.builders import linear, memory_world, release

READY = TrackHealth(desired=2, ready=2, updated=2)
GONE = TrackHealth(desired=2, ready=0, updated=2, problem="CrashLoopBackOff")
SPEC = linear()
MID = State(
    "r2",
    Phase.PROGRESSING,
    step=6,
    routing=Routing(35),
    routed_at=EPOCH,
    step_at=EPOCH,
    next_check=EPOCH + timedelta(seconds=10),
)


def after(seen: Observation, spec: ReleaseSpec = SPEC, state: State = MID, seconds: int = 1) -> Decision:
    decision = decide(spec, state, seen, EPOCH + timedelta(seconds=seconds))
    assert isinstance(decision, Decision)
    return decision


def test_traffic_goes_home_before_pods_are_stopped_and_connections_may_finish() -> None:
    decision = after(Observation(READY, READY, Routing(35), commands=(Command.ABORT,)))
    kinds = [type(action) for action in decision.actions]
    assert kinds == [Route, Linger, Scale]
    assert decision.actions[0] == Route(HOME)
    assert decision.state.phase is Phase.FAILED


def test_traffic_goes_home_in_steps_when_asked_to() -> None:
    spec = replace(SPEC, retreat=Retreat(step=10))
    decision = after(Observation(READY, READY, Routing(35), commands=(Command.ABORT,)), spec)
    assert [a.routing.weight for a in decision.actions if isinstance(a, Route)] == [25, 15, 5, 0]


def test_a_canary_without_ready_pods_loses_its_traffic_at_once() -> None:
    decision = after(Observation(READY, GONE, Routing(35)))
    assert decision.actions[0] == Route(HOME)
    assert "CrashLoopBackOff" in decision.state.reason


def test_a_primary_that_cannot_take_the_load_is_waited_for() -> None:
    waiting = after(Observation(GONE, READY, Routing(35), commands=(Command.ABORT,)))
    assert waiting.actions == ()
    assert waiting.state.phase is Phase.ROLLING_BACK
    home = after(Observation(READY, READY, Routing(35)), state=waiting.state, seconds=5)
    assert home.actions[0] == Route(HOME)


def test_a_primary_that_stays_down_leaves_the_traffic_on_the_canary_and_says_so() -> None:
    waiting = after(Observation(GONE, READY, Routing(35), commands=(Command.ABORT,)))
    stuck = after(Observation(GONE, READY, Routing(35)), state=waiting.state, seconds=200)
    assert stuck.actions == ()
    assert stuck.state.phase is Phase.FAILED
    assert "35% stays on the canary" in stuck.state.reason


def test_one_interrupt_reverts_without_stairs() -> None:
    spec = replace(SPEC, retreat=Retreat(step=5))
    decision = after(Observation(READY, READY, Routing(35), interrupted="SIGTERM"), spec)
    assert decision.actions[0] == Route(HOME)


def test_a_cluster_that_cannot_be_read_changes_nothing() -> None:
    decision = after(Observation(fault="503 from the API server"), seconds=30)
    assert decision.actions == ()
    assert decision.state.phase is Phase.PROGRESSING


def test_a_foreign_hand_on_the_traffic_ends_the_release() -> None:
    decision = after(Observation(READY, READY, Routing(80)))
    assert decision.actions[0] == Route(HOME)
    assert "TrafficSplit prod/podinfo was changed by someone else: expected 35/65, found 80/20" in decision.state.reason


def test_an_interrupted_release_leaves_nothing_on_the_canary() -> None:
    spec = linear()
    world = memory_world(spec)
    world.clock.on_wait = lambda: setattr(
        world.control, "interrupted", "SIGINT" if world.router.routing.weight >= 20 else ""
    )
    assert release(spec, world).phase is Phase.FAILED
    assert world.router.routing == HOME
    assert world.workload.health[Track.CANARY].desired == 0
