"""The plan of a release: which routing a step wants, when it is done, and how the next one is entered."""

from typing import Any

from canary.core.decision import Ask, Decision, Event, Route, Severity
from canary.core.routing import HOME, Routing
from canary.core.spec import Gate, Hold, Hook, HookType, Match, Mirror, Pause, ReleaseSpec, Step, Switch, Weight
from canary.core.state import Phase
from canary.core.tick import Answer, Tick, halt
from canary.core.together import stand_by, stands_by


def routing_of(spec: ReleaseSpec, step: Step, present: Routing) -> Routing:
    """The routing that `step` wants, given the present one."""
    match step:
        case Weight(percent=percent):
            return Routing(percent, affinity=spec.affinity if percent > 0 else None)
        case Mirror(percent=percent):
            return Routing(mirror_percent=percent)
        case Match(rules=rules):
            return Routing(matches=rules)
        case Hold():
            return HOME
        case Switch():
            return Routing(100)
        case Pause() | Gate():
            return present


def is_done(tick: Tick) -> bool:
    """The present step has what it needs. Nobody moves on from a check that did not pass."""
    if not tick.state.clean:
        return False
    match tick.step:
        case Weight(checks=checks, duration=duration):
            return tick.state.passed >= checks and tick.since(tick.state.step_at) >= duration
        case Mirror(checks=checks) | Match(checks=checks) | Hold(checks=checks):
            return tick.state.passed >= checks
        case Pause(duration=duration):
            over = duration is not None and tick.since(tick.state.step_at) >= duration
            return tick.state.resumed or over
        case Gate(hook=hook):
            answer = tick.seen.answer(hook)
            return tick.state.approved or (answer is not None and answer.passed)
        case _:
            return True


def enter(tick: Tick, index: int, *events: Event) -> Decision:
    """Begin step `index`."""
    step = tick.spec.steps[index]
    routing = routing_of(tick.spec, step, tick.state.routing)
    changed = routing != tick.state.routing
    fresh = {"step": index, "step_at": tick.now, "passed": 0, "resumed": False, "approved": False, "gate_since": None}
    state: dict[str, Any] = {**fresh, "phase": Phase.PROGRESSING, "next_gate": None}
    if not changed:
        return tick.stay(*events, _pausing(tick, step), **state)
    return tick.act((Route(routing),), *events, _advancing(tick, routing), **state)


def _advancing(tick: Tick, routing: Routing) -> Event:
    if routing.matches:
        return Event("MatchRouted", f"Advance {tick.name} canary match rules {len(routing.matches)}")
    if routing.mirror_percent:
        return Event("Mirrored", f"Advance {tick.name} canary mirror {routing.mirror_percent}")
    return Event("WeightAdvanced", f"Advance {tick.name} canary weight {routing.weight}")


def _pausing(tick: Tick, step: Step) -> Event:
    match step:
        case Pause(duration=None):
            what = "paused until resumed"
        case Pause(duration=duration):
            what = f"paused for {duration}"
        case Gate(hook=hook):
            what = f"waiting for approval {hook.name}"
        case _:
            what = f"continues at weight {tick.state.weight}"
    return Event("StepStarted", f"Step {tick.name} {what}")


def advance(tick: Tick) -> Answer:
    """Move on when the present step is done and no gate or person holds it; None when there is nothing to do."""
    if tick.state.proved and tick.state.clean and not tick.state.paused and stands_by(tick):
        return stand_by(tick)
    asked = _gate_of_step(tick)
    if asked is not None:
        return asked
    if tick.state.paused or not is_done(tick):
        return None
    if isinstance(tick.step, Switch) and tick.is_last_step:
        return promote(tick)  # the gate of the promotion stood before the switch
    kind = HookType.CONFIRM_PROMOTION if _promotes(tick) else HookType.CONFIRM_TRAFFIC_INCREASE
    if not _raises(tick) and not tick.is_last_step:
        return enter(tick, tick.state.step + 1)
    return _through(tick, kind) or _move(tick, kind)


def _promotes(tick: Tick) -> bool:
    """What follows is the promotion, or the switch with which blue/green begins it."""
    following = tick.spec.steps[tick.state.step + 1 :]
    return not following or (len(following) == 1 and isinstance(following[0], Switch))


def _raises(tick: Tick) -> bool:
    following = (
        routing_of(tick.spec, tick.spec.steps[tick.state.step + 1], tick.state.routing)
        if not tick.is_last_step
        else None
    )
    return following is not None and following != tick.state.routing


def _gate_of_step(tick: Tick) -> Answer:
    """A step that is a gate asks its hook once an interval, while nothing else keeps the release from moving on."""
    step, state = tick.step, tick.state
    if not isinstance(step, Gate) or state.approved or state.paused or not state.clean:
        return None
    answer = tick.seen.answer(step.hook)
    if answer is None:
        return Ask(hooks=(step.hook,)) if tick.is_due(state.next_gate) else None
    return None if answer.passed else wait_at(tick, HookType.CONFIRM_TRAFFIC_INCREASE, step.hook)


def _through(tick: Tick, kind: HookType) -> Answer:
    """None when every gate of `kind` is open; else the question, or the wait."""
    hooks = tick.spec.hooks_of(kind)
    if not hooks or tick.state.approved:
        return None
    if not tick.is_due(tick.state.next_gate) and tick.unanswered(kind):
        return tick.stay()
    if missing := tick.unanswered(kind):
        return Ask(hooks=missing)
    closed = tick.refused(kind)
    return None if closed is None else wait_at(tick, kind, closed)


WAITING = {
    HookType.CONFIRM_ROLLOUT: "waiting for approval",
    HookType.CONFIRM_TRAFFIC_INCREASE: "waiting for traffic increase approval",
    HookType.CONFIRM_PROMOTION: "waiting for promotion approval",
}


def wait_at(tick: Tick, kind: HookType, hook: Hook) -> Decision:
    """Hold at a closed gate and ask again in one interval."""
    phase = Phase.WAITING_PROMOTION if kind is HookType.CONFIRM_PROMOTION else tick.state.phase
    return tick.stay(
        halt(tick, f"{WAITING[kind]} {hook.name}", muted=hook.mute_alert),
        phase=phase,
        next_gate=tick.now + tick.spec.interval,
        gate_since=tick.state.gate_since or tick.now,
    )


def _move(tick: Tick, kind: HookType) -> Decision:
    opened = [
        Event("GateOpened", f"{kind.value.capitalize()} check {hook.name} passed") for hook in tick.spec.hooks_of(kind)
    ]
    if tick.is_last_step:
        return promote(tick, *opened)
    if isinstance(tick.spec.steps[tick.state.step + 1], Switch) and stands_by(tick):
        return stand_by(tick, *opened)
    return enter(tick, tick.state.step + 1, *opened)


def promote(tick: Tick, *events: Event) -> Decision:
    """The evidence is complete: the primary may take the new template, as soon as those of its group may, too."""
    if stands_by(tick):
        return stand_by(tick, *events)
    target = tick.spec.target
    copying = Event(
        "Promoting", f"Copying {tick.name} template spec to {target.primary}.{target.namespace}", Severity.INFO
    )
    return tick.stay(*events, copying, phase=Phase.PROMOTING, phase_at=tick.now)
