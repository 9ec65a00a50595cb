"""An interrupted run is resumed only when that was asked for, and the world is still as its journal says."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from canary.adapters.memory import MemoryWorld, memory_world
from canary.core.routing import HOME, Routing, Track
from canary.core.spec import ReleaseSpec
from canary.core.state import Phase, State
from canary.loop import run_rollout
from canary.ports import Misconfigured
from canary.provider.beginning import begin
from tests.core.builders import linear

RESUMING = replace(linear(5, 10, 15), on_interrupted="resume")


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


def interrupted(spec: ReleaseSpec, weight: int = 10) -> MemoryWorld:
    """A world whose run was killed once the canary had `weight`, an hour ago."""
    world = memory_world(spec)

    def kill() -> None:
        if world.router.routing.weight == weight:
            raise Killed

    world.clock.on_wait = kill
    with pytest.raises(Killed):
        run_rollout(spec, State("r2"), world.world)
    world.clock.on_wait = lambda: None
    world.clock.wait(timedelta(hours=1))
    world.router.history.clear()
    return world


def test_it_goes_on_at_its_step_and_users_are_not_sent_home_first() -> None:
    world, said = interrupted(RESUMING), list[str]()
    state = begin(RESUMING, "r2", world.world, said.append)
    assert (state.step, state.weight) == (1, 10)
    assert said == ["Resuming the interrupted run of podinfo.prod at canary weight 10, step 2 of 3"]
    assert run_rollout(RESUMING, state, world.world).phase is Phase.PROMOTING
    assert [routing.weight for routing in world.router.history] == [15]


def test_no_check_is_made_of_a_time_in_which_nobody_looked() -> None:
    world = interrupted(RESUMING)
    now = world.clock.now()
    state = begin(RESUMING, "r2", world.world, lambda _: None)
    assert state.routed_at == now
    assert state.next_check == now + RESUMING.interval


def test_deadlines_do_not_run_out_while_nobody_looked() -> None:
    world = interrupted(RESUMING)
    assert world.journal.state is not None
    long_ago = world.clock.now() - timedelta(hours=1)
    names = ("no_data_since", "error_since", "fault_since", "unready_since")
    since: dict[str, Any] = dict.fromkeys(names, long_ago)
    world.journal.state = replace(world.journal.state, **since)
    state = begin(RESUMING, "r2", world.world, lambda _: None)
    assert run_rollout(RESUMING, state, world.world).phase is Phase.PROMOTING


def test_failed_checks_still_count() -> None:
    world = interrupted(RESUMING)
    assert world.journal.state is not None
    world.journal.state = replace(world.journal.state, failed=4)
    assert begin(RESUMING, "r2", world.world, lambda _: None).failed == 4


def moved(world: MemoryWorld) -> None:
    world.router.routing = Routing(60)


def reverted(world: MemoryWorld) -> None:
    world.router.routing = HOME


def canary_down(world: MemoryWorld) -> None:
    world.workload.broken.add(Track.CANARY)


def other_revision(world: MemoryWorld) -> None:
    world.workload.health[Track.CANARY] = replace(world.workload.health[Track.CANARY], revision="r3")


def other_steps(world: MemoryWorld) -> None:
    assert world.journal.state is not None
    world.journal.state = replace(world.journal.state, step=7)


@pytest.mark.parametrize(
    ("change", "because"),
    [
        (moved, "the canary has 60% of the traffic, and had 10% when"),
        (reverted, "the canary has 0% of the traffic, and had 10% when"),
        (canary_down, "podinfo is not ready (0 of 1 pods)"),
        (other_revision, "podinfo runs another revision by now, r3"),
        (other_steps, "the steps of the analysis were changed since"),
    ],
)
def test_a_world_that_is_not_as_the_journal_says_is_drained_and_named(
    change: Callable[[MemoryWorld], None], because: str
) -> None:
    world, said = interrupted(RESUMING), list[str]()
    change(world)
    state = begin(RESUMING, "r2", world.world, said.append)
    assert (state.phase, state.step, world.router.routing) == (Phase.WAITING, -1, HOME)
    assert len(said) == 1
    assert f"draining and starting again, because {because}" in said[0]


def test_the_default_is_to_drain_and_start_again_and_to_say_so() -> None:
    spec = linear(5, 10, 15)
    world, said = interrupted(spec), list[str]()
    assert begin(spec, "r2", world.world, said.append).step == -1
    assert world.router.routing == HOME
    assert world.workload.health[Track.CANARY].desired == 0
    assert said[0].endswith("draining and starting again, because on_interrupted is restart")


def test_a_run_of_another_revision_is_never_resumed() -> None:
    world, said = interrupted(RESUMING), list[str]()
    state = begin(RESUMING, "r3", world.world, said.append)
    assert (state.revision, state.step, world.router.routing, said) == ("r3", -1, HOME, [])


@pytest.mark.parametrize("phase", [Phase.FAILED, Phase.SUCCEEDED, Phase.ROLLING_BACK])
def test_a_run_that_had_ended_or_was_going_home_is_not_resumed(phase: Phase) -> None:
    world = interrupted(RESUMING)
    assert world.journal.state is not None
    world.journal.state = replace(world.journal.state, phase=phase)
    assert begin(RESUMING, "r2", world.world, lambda _: None).step == -1
    assert world.router.routing == HOME


def test_a_journal_that_cannot_be_read_is_started_over() -> None:
    class Unreadable:
        def load(self) -> Any:
            raise Misconfigured("another version")

        def save(self, state: State) -> None:
            """Never mind."""

    world = interrupted(RESUMING)
    assert begin(RESUMING, "r2", replace(world.world, journal=Unreadable()), lambda _: None).step == -1
