"""One check: which metrics to ask over which window, and what the answers mean for the release.

The clock is window-aware: a check looks back no further than to the moment when the present routing took effect, so no
sample of an earlier weight is ever judged. While a fresh window has no data yet, the check holds; it grows with
every tick.
"""

from collections.abc import Iterable
from datetime import datetime

from canary.core.decision import Ask, Check, Decision, Event, Severity
from canary.core.measure import Judged, Measurement, Verdict, first_of, judge
from canary.core.retreat import fail
from canary.core.spec import Counting, Hook, HookType, Metric, Policy
from canary.core.state import State
from canary.core.tick import Answer, Tick, halt


def active_metrics(tick: Tick) -> tuple[Metric, ...]:
    """The metrics whose initial delay is over."""
    age = tick.since(tick.state.started_at)
    return tuple(metric for metric in tick.spec.metrics if age >= metric.initial_delay)


def questions(tick: Tick) -> Ask | None:
    """What must be asked before this check can be judged; hooks come first, as they make the load."""
    if hooks := tick.unanswered(HookType.ROLLOUT):
        return Ask(hooks=hooks)
    if refusing(tick, HookType.ROLLOUT) is None and tick.seen.measurements is None and active_metrics(tick):
        return Ask(metrics=active_metrics(tick), window=tick.routing_age)
    return None


def check(tick: Tick) -> Answer:
    """Make the check that is due; None when it passed and the release may move on."""
    if asked := questions(tick):
        return asked
    refused = refusing(tick, HookType.ROLLOUT)
    if refused is not None:
        return hook_refused(tick, "external", refused)
    return _judged(tick, _judge_all(tick))


def _judge_all(tick: Tick) -> tuple[Judged, ...]:
    seen = {one.metric: one for one in tick.seen.measurements or ()}
    return tuple(
        judge(metric, seen[metric.name], tick.spec.limits) for metric in tick.spec.metrics if metric.name in seen
    )


def _judged(tick: Tick, judged: tuple[Judged, ...]) -> Decision:
    if bad := first_of(judged, Verdict.FAIL):
        return failed_check(tick, bad.reason, judged)
    if broken := first_of(judged, Verdict.ERROR):
        return _without_value(tick, broken, judged)
    if empty := first_of(judged, Verdict.NO_DATA):
        return _without_value(tick, empty, judged)
    if tick.spec.metrics and not any(one.decides for one in judged) and any(not m.dry_run for m in tick.spec.metrics):
        return tick.stay(check=record(tick, judged, "delayed", tick.state), next_check=_next(tick))
    return passed_check(tick, judged)


def passed_check(tick: Tick, judged: tuple[Judged, ...]) -> Decision:
    """The check passed: it counts for the step, and whatever was wrong before is over."""
    consecutive = tick.spec.limits.counting is Counting.CONSECUTIVE
    state = tick.having(
        passed=tick.state.passed + 1,
        checks=tick.state.checks + 1,
        failed=0 if consecutive else tick.state.failed,
        clean=True,
        no_data_since=None,
        error_since=None,
        next_check=_next(tick),
    ).state
    return Decision(state, (), (), record(tick, judged, "pass", state))


def failed_check(tick: Tick, why: str, judged: tuple[Judged, ...], *, muted: bool = False) -> Decision:
    """The check failed: hold, or end the release in this very tick when the threshold is reached."""
    failed = tick.state.failed + 1
    counted = tick.having(
        failed=failed,
        checks=tick.state.checks + 1,
        clean=False,
        no_data_since=None,
        error_since=None,
        deciding=(*tick.state.deciding, why)[-MANY:],
        next_check=_next(tick),
    )
    line = record(tick, judged, "fail", counted.state)
    if failed < tick.spec.limits.threshold:
        return counted.stay(halt(tick, why, muted=muted), check=line)
    decision = fail(counted, f"failed checks threshold reached {failed}", halt(tick, why, muted=muted))
    return Decision(decision.state, decision.actions, decision.events, line)


MANY = 20  # reasons kept in the state: enough for any sane threshold, bounded for the journal


def refusing(tick: Tick, kind: HookType) -> Hook | None:
    """The hook that keeps a check from passing: one that said no, else one that said nothing, unless that may pass."""
    silent = [hook for hook in tick.spec.hooks_of(kind) if tick.is_unreachable(hook)]
    if (refused := tick.refused(kind, but=silent)) is not None:
        return refused
    return silent[0] if silent and tick.spec.limits.on_error is not Policy.PASS else None


def hook_refused(tick: Tick, kind: str, hook: Hook) -> Decision:
    """A hook that says no is a failed check; one that did not answer is an error, as of any system that judges."""
    if not tick.is_unreachable(hook):
        why = f"{kind} check {hook.name} failed {tick.why(hook)}"
        return failed_check(tick, why, (), muted=hook.mute_alert)
    silent = Measurement(f"{kind} check {hook.name}", error=tick.why(hook))
    return _without_value(tick, Judged(silent, Verdict.ERROR, silent.error), ())


def _without_value(tick: Tick, what: Judged, judged: tuple[Judged, ...]) -> Decision:
    """No data, or an error: by policy a failure, a pass, or a hold that ends at its own deadline."""
    is_error = what.verdict is Verdict.ERROR
    limits = tick.spec.limits
    policy = limits.on_error if is_error else limits.on_no_data
    if policy is Policy.FAIL:
        return failed_check(tick, _words(tick, what), judged)
    if policy is Policy.PASS:
        return passed_check(tick, judged)
    field = "error_since" if is_error else "no_data_since"
    deadline = limits.error_deadline if is_error else limits.no_data_deadline
    # from the first check without a value on: a step may have lasted for hours before
    since = (tick.state.error_since if is_error else tick.state.no_data_since) or tick.now
    held = tick.having(**{field: since}, clean=False, checks=tick.state.checks + 1, next_check=_next(tick))
    line = record(tick, judged, what.verdict.value, held.state)
    event = Event(
        "NoVerdict", f"Halt {'' if not is_error else tick.name + ' '}advancement {_words(tick, what)}", Severity.WARN
    )
    if tick.now - since < deadline:
        return held.stay(event, check=line)
    decision = fail(held, f"no verdict for {tick.now - since}: {what.reason}", event)
    return Decision(decision.state, decision.actions, decision.events, line)


def _words(tick: Tick, what: Judged) -> str:
    if what.verdict is Verdict.ERROR:
        return f"{what.measurement.metric} could not be measured: {what.reason}"
    return f"{what.reason} probably {tick.name} is not receiving traffic"


def _next(tick: Tick) -> datetime:
    """The next check is one interval after this one was due, never in the past."""
    due = (tick.state.next_check or tick.now) + tick.spec.interval
    return max(due, tick.now)


def record(tick: Tick, judged: Iterable[Judged], outcome: str, state: State) -> Check:
    """The ledger's line for this check."""
    return Check(tick.now, tick.state.step, tick.state.weight, tuple(judged), outcome, state.failed)
