"""Steps that wait for somebody: what opens them, how often they ask, when they give up."""

from dataclasses import replace
from datetime import timedelta

from canary.adapters.memory import EPOCH, MemoryWorld
from canary.core.routing import HOME
from canary.core.spec import Gate, Hold, Hook, HookType, Pause, ReleaseSpec, Step, Switch, Weight
from canary.core.state import Command, Phase
from tests.core.builders import TEN, linear, memory_world, release

GATE = Hook("go", "http://gate/", HookType.CONFIRM_TRAFFIC_INCREASE)
PROMOTION = Hook("last-word", "http://gate/", HookType.CONFIRM_PROMOTION)
LONG = timedelta(minutes=5)
END = timedelta(hours=1)  # a release that still waits then is sent home, so that no test runs for ever


def stepped(*steps: Step, **changes: object) -> ReleaseSpec:
    return replace(linear(), steps=steps, **changes)  # type: ignore[arg-type]


def saying(world: MemoryWorld, *words: tuple[timedelta, Command]) -> MemoryWorld:
    """Somebody says each word once, so long after the beginning."""
    left = [*words, (END, Command.ABORT)]

    def speak() -> None:
        if left and elapsed(world) >= left[0][0]:
            world.control.pending.append(left.pop(0)[1])

    world.clock.on_wait = speak
    return world


def elapsed(world: MemoryWorld) -> timedelta:
    return world.clock.now() - EPOCH


def test_a_closed_gate_is_asked_once_an_interval_and_each_time_says_so() -> None:
    spec = stepped(Weight(20), Gate(GATE), Weight(50))
    world = saying(memory_world(spec), (LONG, Command.ABORT))
    world.hooks.refusing.add("go")
    assert release(spec, world).phase is Phase.FAILED
    asked = world.hooks.calls.count("go")
    assert LONG / TEN - 5 <= asked <= LONG / TEN
    assert world.reporter.lines.count("Halt podinfo.prod advancement waiting for traffic increase approval go") == asked
    assert world.router.history[-1] == HOME


def test_a_gate_that_nobody_opens_ends_the_release_at_its_deadline() -> None:
    spec = stepped(Weight(20), Gate(GATE), limits=replace(linear().limits, gate_deadline=timedelta(minutes=1)))
    world = saying(memory_world(spec))
    world.hooks.refusing.add("go")
    state = release(spec, world)
    assert (state.phase, state.reason) == (Phase.FAILED, "no approval within 0:01:00")


def test_an_open_gate_lets_the_release_go_on() -> None:
    spec = stepped(Weight(20), Gate(GATE), Weight(50))
    world = saying(memory_world(spec))
    assert release(spec, world).phase is Phase.SUCCEEDED
    assert world.hooks.calls == ["go"]


def test_a_person_opens_a_gate_without_its_hook() -> None:
    spec = stepped(Weight(20), Gate(GATE), Weight(50))
    world = saying(memory_world(spec), (LONG, Command.APPROVE))
    world.hooks.refusing.add("go")
    assert release(spec, world).phase is Phase.SUCCEEDED
    assert elapsed(world) > LONG


def test_a_pause_without_an_end_lasts_until_a_person_resumes_or_approves() -> None:
    for word in (Command.RESUME, Command.APPROVE):
        spec = stepped(Weight(20), Pause(), Weight(50))
        world = saying(memory_world(spec), (LONG, word))
        assert release(spec, world).phase is Phase.SUCCEEDED
        assert LONG < elapsed(world) < 2 * LONG


def test_the_word_that_ends_a_pause_opens_no_gate_behind_it() -> None:
    spec = stepped(Weight(20), Pause(), hooks=(PROMOTION,))
    world = saying(memory_world(spec), (LONG, Command.APPROVE), (2 * LONG, Command.APPROVE))
    world.hooks.refusing.add("last-word")
    assert release(spec, world).phase is Phase.SUCCEEDED
    assert elapsed(world) > 2 * LONG


def test_a_release_paused_by_hand_before_its_first_step_sends_nobody_to_the_canary() -> None:
    spec = linear(20)
    world = saying(memory_world(spec), (LONG, Command.RESUME))
    world.control.pending.append(Command.PAUSE)
    seen: list[tuple[timedelta, int]] = []
    speak = world.clock.on_wait

    def look() -> None:
        seen.append((elapsed(world), world.router.routing.weight))
        speak()

    world.clock.on_wait = look
    assert release(spec, world).phase is Phase.SUCCEEDED
    assert {weight for moment, weight in seen if moment <= LONG} == {0}


def test_a_release_paused_by_hand_stays_at_its_weight_and_is_still_measured() -> None:
    spec = linear(20, 40)
    world = saying(memory_world(spec), (TEN / 2, Command.PAUSE), (LONG, Command.RESUME))
    assert release(spec, world).phase is Phase.SUCCEEDED
    before = [check.weight for check in world.reporter.checks if check.at <= EPOCH + LONG]
    assert set(before) == {20}
    assert len(before) > 20


def test_in_blue_green_nobody_is_switched_before_the_promotion_is_approved() -> None:
    spec = stepped(Hold(2), Switch(), hooks=(PROMOTION,))
    world = saying(memory_world(spec), (LONG, Command.ABORT))
    world.hooks.refusing.add("last-word")
    assert release(spec, world).phase is Phase.FAILED
    assert world.router.history == []


def test_an_approved_switch_is_not_asked_about_again() -> None:
    spec = stepped(Hold(2), Switch(), hooks=(PROMOTION,))
    world = saying(memory_world(spec))
    assert release(spec, world).phase is Phase.SUCCEEDED
    assert [routing.weight for routing in world.router.history] == [100, 0]
    assert world.hooks.calls == ["last-word"]
