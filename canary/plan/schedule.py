"""How long each step of a release takes: at best, when every check passes, and at worst, when it still goes through.

At worst means: every failure the budget allows, and every check waits out the deadline for data before it passes. The
times are those of `canary.core`'s rules, restated; a test holds them against simulated releases.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from canary.core.spec import (
    Counting,
    Gate,
    Hold,
    Match,
    Mirror,
    Pause,
    Policy,
    ReleaseSpec,
    Step,
    Switch,
    Weight,
)
from canary.plan.model import Stage
from canary.settings.durations import format_duration

NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Span:
    """A time at best and at worst; `worst` is None when nothing bounds it."""

    best: timedelta
    worst: timedelta | None

    def __add__(self, other: "Span") -> "Span":
        bounded = self.worst is not None and other.worst is not None
        return Span(self.best + other.best, self.worst + other.worst if bounded else None)  # type: ignore[operator]


def stages_of(spec: ReleaseSpec) -> tuple[Stage, ...]:
    """Every step with its times; the promotion of the primary is the last."""
    found, weight = [], 0
    for number, step in enumerate(spec.steps):
        span = _span(spec, step, first_of_routing=number == 0 or not isinstance(step, Hold | Pause | Gate))
        weight = _weight(step, weight)
        found.append(_stage(_what(step, weight), weight, span))
    return (*found, _stage("promotion: the primary gets the new revision, then the traffic", 0, promotion(spec)))


def whole(spec: ReleaseSpec) -> Span:
    """The release from its first step to its end; at worst the canary needs all its time to become ready, too."""
    gates = [_gate(spec) for hook in spec.hooks if hook.type.is_gate]
    parts = [_span(spec, step, first_of_routing=True) for step in spec.steps]
    total = Span(NOTHING, spec.limits.progress_deadline + _failures(spec, spec.limits.threshold - 1))
    for part in (*gates, *parts, promotion(spec)):
        total += part
    return total


def promotion(spec: ReleaseSpec) -> Span:
    """From the new primary's first pod to the canary's last."""
    landings = ceil(spec.max_weight / spec.promotion_step) if spec.promotion_step else 1
    way = spec.interval * max(0, landings - 1) + spec.retreat.drain
    return Span(way, way + spec.limits.progress_deadline)


def stage_worst(spec: ReleaseSpec, stage: Stage) -> float | None:
    """What a step takes at worst when the whole failure budget is spent in it; seconds."""
    return None if stage.worst is None else stage.worst + _failures(spec, spec.limits.threshold - 1).total_seconds()


def _stage(what: str, weight: int, span: Span) -> Stage:
    return Stage(what, weight, span.best.total_seconds(), None if span.worst is None else span.worst.total_seconds())


def _span(spec: ReleaseSpec, step: Step, *, first_of_routing: bool) -> Span:
    match step:
        case Weight(checks=checks, duration=duration):
            checked = _checked(spec, checks, first_of_routing=first_of_routing)
            return Span(max(checked.best, duration), _later(checked.worst, duration))
        case Mirror(checks=checks) | Match(checks=checks) | Hold(checks=checks):
            return _checked(spec, checks, first_of_routing=first_of_routing)
        case Pause(duration=None):
            return Span(NOTHING, None)
        case Pause(duration=duration):
            return Span(duration or NOTHING, (duration or NOTHING) + _waiting(spec))
        case Gate():
            return _gate(spec)
        case _:
            return Span(NOTHING, NOTHING)


def _checked(spec: ReleaseSpec, checks: int, *, first_of_routing: bool) -> Span:
    """`checks` passed checks; the first of a new routing also waits for the warm-up."""
    first = max(spec.interval, spec.limits.warm_up) if first_of_routing else spec.interval
    best = first + spec.interval * (checks - 1)
    failures = _failures(spec, (spec.limits.threshold - 1) * checks) if _resets(spec) else NOTHING
    return Span(best, best + failures + _waiting(spec) * checks)


def _resets(spec: ReleaseSpec) -> bool:
    return spec.limits.counting is Counting.CONSECUTIVE


def _failures(spec: ReleaseSpec, number: int) -> timedelta:
    return spec.interval * max(0, number)


def _waiting(spec: ReleaseSpec) -> timedelta:
    """How long one check may be without a value and pass after all."""
    limits = spec.limits
    held = [limits.no_data_deadline] if limits.on_no_data is Policy.HOLD else []
    held += [limits.error_deadline] if limits.on_error is Policy.HOLD else []
    return max(held, default=NOTHING) if spec.metrics else NOTHING


def _gate(spec: ReleaseSpec) -> Span:
    return Span(NOTHING, spec.limits.gate_deadline)


def _later(one: timedelta | None, other: timedelta) -> timedelta | None:
    return None if one is None else max(one, other)


def _weight(step: Step, present: int) -> int:
    match step:
        case Weight(percent=percent):
            return percent
        case Switch():
            return 100
        case Pause() | Gate():
            return present
        case _:
            return 0


def _what(step: Step, weight: int) -> str:  # noqa: PLR0911 - one for each kind of step
    match step:
        case Weight(percent=percent, checks=checks):
            return f"{percent}% of requests, {_times(checks)}"
        case Mirror(percent=percent, checks=checks):
            return f"copies of {percent}% of requests, {_times(checks)}"
        case Match(rules=rules, checks=checks):
            return f"requests that match {len(rules)} rule{'s' * (len(rules) > 1)}, {_times(checks)}"
        case Hold(checks=checks):
            return f"no user traffic, {_times(checks)}"
        case Pause(duration=None):
            return f"pause at {weight}% until someone resumes it"
        case Pause(duration=duration):
            return f"pause at {weight}% for {format_duration(duration or NOTHING)}"
        case Gate(hook=hook):
            return f"gate {hook.name} at {weight}%"
        case _:
            return "all requests, unmeasured"


def _times(checks: int) -> str:
    return "1 passed check" if checks == 1 else f"{checks} passed checks"


def check_times(spec: ReleaseSpec) -> Iterator[tuple[Step, timedelta]]:
    """Each step that is measured, with the age of its routing at its first check."""
    for step in spec.steps:
        if isinstance(step, Weight | Mirror | Match | Hold):
            yield step, max(spec.interval, spec.limits.warm_up)
