"""`decide()`: what a release does next. The heart of the project, and pure.

Rules are tried in order and the first that answers decides. An `Ask` means: answer this, then call `decide()` again
for the same moment. Flagger's order of a tick is kept, with the differences that `docs/differences.md` lists.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from canary.core.analysis import check, hook_refused, refusing
from canary.core.decision import Ask, Decision, Event, Observation, Scale, Severity
from canary.core.interference import disturbed, noted, state_of, unsafe
from canary.core.retreat import fail, retreat
from canary.core.routing import Track
from canary.core.spec import HookType, Pause, ReleaseSpec, Switch
from canary.core.state import Command, Phase, State
from canary.core.steps import advance, enter, promote, wait_at
from canary.core.tick import Answer, Tick, halt
from canary.core.together import before_begin, sent_home, stands_by, withdrawn


def decide(spec: ReleaseSpec, state: State, seen: Observation, now: datetime) -> Ask | Decision:
    """The next decision for a release in `state`, having `seen` the world at `now`."""
    tick = Tick(spec, state, seen, now)
    if state.phase.is_over:
        return Decision(state)
    if state.phase is Phase.ROLLING_BACK:
        return retreat(tick)
    tick = _obey(_forget(noted(tick)))
    for rule in RULES:
        if (answer := rule(tick)) is not None:
            return withdrawn(tick, answer)
    return tick.stay()


def _forget(tick: Tick) -> Tick:
    """Drop the memory of troubles that are over."""
    if tick.state.fault_since and not tick.seen.fault:
        tick = tick.having(fault_since=None)
    if tick.state.unready_since and not tick.seen.fault and _is_ready(tick):
        tick = tick.having(unready_since=None)
    return tick


def _is_ready(tick: Tick) -> bool:
    limits = tick.spec.limits
    ready = tick.seen.canary.is_ready(limits.canary_ready_percent)
    return ready and tick.seen.primary.can_take_load(limits.primary_ready_percent)


def _obey(tick: Tick) -> Tick:
    """Take the commands of people into the state. Answers in the same tick are idempotent."""
    for command in tick.seen.commands:
        match command:
            case Command.PAUSE:
                tick = tick.having(paused=True)
            case Command.RESUME:
                tick = tick.having(paused=False, resumed=True)
            case Command.APPROVE:
                tick = tick.having(**_approval(tick))
            case Command.PROMOTE:
                tick = tick.having(promote_now=True)
            case Command.ABORT:
                pass
    return tick


def _agreed(tick: Tick) -> Answer:
    """All of the group have passed: from here on it is as good as done, whatever happens. Blue/green switches now."""
    if tick.seen.company is None or stands_by(tick):
        return None
    following = tick.spec.steps[tick.state.step + 1 :][:1]
    if tick.state.step >= 0 and not tick.state.promote_now and following and isinstance(following[0], Switch):
        return enter(tick, tick.state.step + 1)
    return promote(tick)


def _approval(tick: Tick) -> dict[str, Any]:
    """One word opens one thing: the pause that the release stays at, else the gate."""
    at_pause = isinstance(tick.step, Pause) and tick.state.gate_since is None
    return {"resumed": True} if at_pause else {"approved": True, "gate_since": None}


def _interrupted(tick: Tick) -> Answer:
    return fail(tick, f"interrupted: {tick.seen.interrupted}") if tick.seen.interrupted else None


def _aborted(tick: Tick) -> Answer:
    return fail(tick, "aborted by hand") if Command.ABORT in tick.seen.commands else None


def _blind(tick: Tick) -> Answer:
    """The cluster could not be read: nothing is known, so nothing is concluded, until the deadline for errors."""
    if not tick.seen.fault:
        return None
    since = tick.state.fault_since or tick.now
    if tick.now - since >= tick.spec.limits.error_deadline:
        return fail(tick, f"the cluster could not be read for {tick.now - since}: {tick.seen.fault}", fault_since=since)
    events = () if tick.state.fault_since else (halt(tick, f"the cluster could not be read: {tick.seen.fault}"),)
    return tick.stay(*events, fault_since=since)


def _gated(tick: Tick) -> Answer:
    """Before anything happens, confirm-rollout hooks must pass; then the canary is scaled up."""
    if tick.state.phase is not Phase.WAITING:
        return None
    kind = HookType.CONFIRM_ROLLOUT
    if expired := _gate_expired(tick):
        return expired
    if not tick.is_due(tick.state.next_gate) and not tick.state.approved:
        return tick.stay()
    if (missing := tick.unanswered(kind)) and not tick.state.approved:
        return Ask(hooks=missing)
    closed = None if tick.state.approved else tick.refused(kind)
    if closed is not None:
        return wait_at(tick, kind, closed)
    opened = [Event("GateOpened", f"Confirm-rollout check {hook.name} passed") for hook in tick.spec.hooks_of(kind)]
    found = Event("NewRevision", f"New revision detected! Scaling up {tick.name}")
    up = Scale(Track.CANARY, max(1, tick.spec.target.replicas))
    started = {"phase": Phase.PROGRESSING, "phase_at": tick.now, "started_at": tick.now, "unready_since": tick.now}
    return tick.act((up,), *opened, found, **started, **NOTHING_AWAITED)


NOTHING_AWAITED = {"gate_since": None, "approved": False, "next_gate": None, "awaiting": (), "awaiting_since": None}


def _gate_expired(tick: Tick) -> Answer:
    deadline = tick.spec.limits.gate_deadline
    if deadline is None or tick.state.gate_since is None or tick.since(tick.state.gate_since) < deadline:
        return None
    return fail(tick, f"no approval within {deadline}")


def _not_ready(tick: Tick) -> Answer:
    """A track that is not ready holds the release (it is no failed check) until the progress deadline."""
    limits = tick.spec.limits
    if _is_ready(tick):
        return None
    canary_ready = tick.seen.canary.is_ready(limits.canary_ready_percent)
    name, health = (
        (tick.spec.target.primary, tick.seen.primary) if canary_ready else (tick.spec.target.name, tick.seen.canary)
    )
    since = tick.state.unready_since or tick.now
    why = f"{name}.{tick.spec.target.namespace} is not ready: {state_of(health)}"
    if tick.now - since >= limits.progress_deadline:
        return fail(tick, f"{why} for {limits.progress_deadline} (progress deadline)")
    events = (halt(tick, why),) if tick.state.unready_since is None else ()
    return tick.stay(*events, unready_since=since)


ROLL_BACK = 200  # the status by which a rollback hook says yes, as in Flagger


def _rollback_asked(tick: Tick) -> Answer:
    """Rollback hooks are asked with every check; one that passes ends the release."""
    hooks = tick.spec.hooks_of(HookType.ROLLBACK)
    if not hooks or not tick.is_due(tick.state.next_check):
        return None
    if missing := tick.unanswered(HookType.ROLLBACK):
        return Ask(hooks=missing)
    yes = [hook for hook in hooks if (answer := tick.seen.answer(hook)) and answer.status == ROLL_BACK]
    return fail(tick, "manual webhook invoked") if yes else None


def _waved_through(tick: Tick) -> Answer:
    """A person, or the setting, says to promote without (further) analysis."""
    if tick.state.promote_now:
        return promote(tick, Event("PromotedByHand", f"Promoting {tick.name} by hand", Severity.WARN))
    if tick.spec.skip_analysis and tick.state.step < 0 and not tick.state.paused:
        return promote(tick, Event("AnalysisSkipped", f"Skipping analysis for {tick.name}", Severity.WARN))
    return None


def _begin(tick: Tick) -> Answer:
    """Pre-rollout hooks, then rollout hooks (they make load, and may refuse before any user is sent), then step 0."""
    if tick.state.step >= 0:
        return None
    if tick.state.paused or not tick.is_due(tick.state.next_check):
        return tick.stay()
    for kind, what in ((HookType.PRE_ROLLOUT, "pre-rollout"), (HookType.ROLLOUT, "external")):
        if missing := tick.unanswered(kind):
            return Ask(hooks=missing)
        if refused := refusing(tick, kind):
            return hook_refused(tick.having(next_check=tick.now), what, refused)
    started = Event("AnalysisStarted", f"Starting canary analysis for {tick.name}")
    passed = [
        Event("PreRolloutPassed", f"Pre-rollout check {hook.name} passed")
        for hook in tick.spec.hooks_of(HookType.PRE_ROLLOUT)
    ]
    clean = tick.having(clean=True, started_at=tick.now, next_check=None)
    return _clocked(enter(clean, 0, started, *passed), tick)


def _clocked(decision: Decision, tick: Tick) -> Decision:
    """A first step that changes no routing (blue/green) starts the clock of its checks itself."""
    if decision.actions:
        return decision
    due = tick.now + max(tick.spec.interval, tick.spec.limits.warm_up)
    return replace(decision, state=replace(decision.state, routed_at=tick.now, next_check=due))


def _analyse(tick: Tick) -> Answer:
    """The check that is due, and in the same tick the step that follows a passed one."""
    if expired := _gate_expired(tick):
        return expired
    if not tick.is_due(tick.state.next_check):
        return advance(tick)
    answer = check(tick)
    if not isinstance(answer, Decision) or answer.check is None or answer.check.outcome != "pass":
        return answer
    moved = advance(replace(tick, state=answer.state))
    if moved is None:
        return answer
    if isinstance(moved, Ask):
        return moved
    return replace(moved, events=(*answer.events, *moved.events), check=answer.check)


RULES: tuple[Callable[[Tick], Answer], ...] = (
    _agreed,
    _interrupted,
    _aborted,
    _blind,
    disturbed,
    unsafe,
    sent_home,
    before_begin,
    _gated,
    _not_ready,
    _rollback_asked,
    _waved_through,
    _begin,
    _analyse,
)
