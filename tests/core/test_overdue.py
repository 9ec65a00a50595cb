"""An order that had to wait is carried out only while it is still right. All of these were found by random releases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from canary.adapters.memory import EPOCH, MemoryRouter, MemoryWorld, memory_world
from canary.core.decide import decide
from canary.core.decision import Action, Observation, Route, Scale
from canary.core.overdue import Standing, standing
from canary.core.routing import HOME, Routing, Track, TrackHealth
from canary.core.state import Command, Phase, State
from canary.loop import Loop
from canary.ports import Unavailable
from tests.core.builders import at_once, linear

READY = TrackHealth(desired=2, ready=2, updated=2)
DEAD = TrackHealth(desired=2, ready=0, updated=2)
STOP = Scale(Track.CANARY, 0)


@pytest.mark.parametrize(
    ("order", "phase", "seen", "expected"),
    [
        (Route(Routing(50)), Phase.PROGRESSING, Observation(READY, READY, Routing(5)), Standing.STANDS),
        (Route(Routing(50)), Phase.PROGRESSING, Observation(READY, DEAD, Routing(5)), Standing.LAPSED),
        (Route(Routing(50)), Phase.PROGRESSING, Observation(READY, DEAD, HOME), Standing.WAITS),
        (Route(Routing(50)), Phase.FAILED, Observation(READY, DEAD, Routing(80)), Standing.LAPSED),
        (Route(HOME), Phase.FAILED, Observation(READY, READY, Routing(5)), Standing.STANDS),
        (Route(HOME), Phase.FAILED, Observation(DEAD, READY, Routing(5)), Standing.LAPSED),
        (Route(HOME), Phase.FAILED, Observation(DEAD, DEAD, Routing(5)), Standing.STANDS),
        (Route(HOME), Phase.SUCCEEDED, Observation(DEAD, READY, Routing(5)), Standing.LAPSED),
        (STOP, Phase.FAILED, Observation(READY, READY, HOME), Standing.STANDS),
        (STOP, Phase.FAILED, Observation(READY, READY, Routing(5)), Standing.LAPSED),
    ],
)
def test_what_an_order_that_waited_is_worth(order: Action, phase: Phase, seen: Observation, expected: Standing) -> None:
    assert standing(order, State("r2", phase), seen) is expected


class DeafRouter(MemoryRouter):
    """Takes no orders while `deaf`."""

    deaf = False

    def write(self, routing: Routing) -> None:
        if self.deaf:
            raise Unavailable("503 from the API server")
        super().write(routing)


@pytest.fixture
def stage() -> tuple[MemoryWorld, DeafRouter, Loop]:
    """A release of one step, about to begin."""
    spec = at_once(linear(50))
    router = DeafRouter()
    memory = replace(memory_world(spec), router=router)
    return memory, router, Loop(spec, memory.world, decide)


def turns(memory: MemoryWorld, loop: Loop, state: State, times: int = 5) -> State:
    for _ in range(times):
        state = loop.turn(state)
        memory.clock.wait(timedelta(seconds=1))
    return state


def test_a_weight_that_waited_is_not_given_to_a_canary_that_died_meanwhile(
    stage: tuple[MemoryWorld, DeafRouter, Loop],
) -> None:
    memory, router, loop = stage
    router.deaf = True
    state = turns(memory, loop, State("r2"))
    memory.workload.broken.add(Track.CANARY)
    router.deaf = False
    state = turns(memory, loop, state)
    assert router.history == []
    memory.workload.broken.clear()
    turns(memory, loop, state, times=1)
    assert router.history == [Routing(50)]


def test_a_way_home_that_waited_is_not_taken_to_a_primary_that_died_meanwhile(
    stage: tuple[MemoryWorld, DeafRouter, Loop],
) -> None:
    memory, router, loop = stage
    state = turns(memory, loop, State("r2"))
    assert router.routing == Routing(50)
    router.deaf = True
    memory.control.pending.append(Command.ABORT)
    state = turns(memory, loop, state)
    memory.workload.broken.add(Track.PRIMARY)
    router.deaf = False
    state = turns(memory, loop, state)
    assert (state.phase, router.routing) == (Phase.ROLLING_BACK, Routing(50))
    memory.workload.broken.clear()
    state = turns(memory, loop, state)
    assert (state.phase, router.routing) == (Phase.FAILED, HOME)
    assert memory.workload.health[Track.CANARY].desired == 0


def test_the_deadline_of_an_order_on_the_way_home_does_not_count_from_one_that_was_dropped(
    stage: tuple[MemoryWorld, DeafRouter, Loop],
) -> None:
    memory, router, loop = stage
    router.deaf = True
    state = turns(memory, loop, State("r2"))
    memory.clock.wait(loop.spec.limits.error_deadline - timedelta(seconds=6))
    memory.control.interrupted = "SIGINT"
    router.routing = Routing(50)  # the lost order did get through
    state = turns(memory, loop, state, times=10)
    assert state.phase is Phase.FAILED
    router.deaf = False
    turns(memory, loop, state)
    assert router.routing == HOME
    assert memory.clock.now() > EPOCH + loop.spec.limits.error_deadline
