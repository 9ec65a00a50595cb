"""What was measured and what it means: pass, fail, no data and error are four different things.

Judges one measurement against one metric; knows nothing of queries or of the systems that answer them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import isfinite

from canary.core.spec import Builtin, HookType, Limits, Metric

MILLISECONDS = 1000  # in a second


class Verdict(StrEnum):
    """The meaning of one check of one metric."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    NO_DATA = "no data"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One answer of a metrics system.

    value: in the metric's unit, None when the system answered that it has none. samples: requests it rests on, None
    when unknown. query: as rendered and sent. window: how far back it looked. error: why there is no answer at all.
    """

    metric: str
    query: str = ""
    window: timedelta = timedelta(0)
    value: float | None = None
    samples: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A measurement with its verdict and the reason for it, in words a reader needs nothing else to understand."""

    measurement: Measurement
    verdict: Verdict
    reason: str
    decides: bool = True


@dataclass(frozen=True, slots=True)
class HookResult:
    """What one webhook answered: `passed` by Flagger's rule (status up to 202); `status` 0 when nothing answered."""

    name: str
    type: HookType
    passed: bool
    status: int = 0
    error: str = ""


def judge(metric: Metric, measurement: Measurement, limits: Limits) -> Judged:
    """The verdict on one measurement of `metric`."""
    verdict, reason = _verdict(metric, measurement, limits)
    return Judged(measurement, verdict, reason, decides=not metric.dry_run)


def _verdict(metric: Metric, seen: Measurement, limits: Limits) -> tuple[Verdict, str]:
    if seen.error:
        return Verdict.ERROR, seen.error
    if seen.value is None or not isfinite(seen.value):
        return Verdict.NO_DATA, f"no values found for {metric.name}"
    if limits.min_requests and seen.samples is not None and seen.samples < limits.min_requests:
        return Verdict.NO_DATA, f"{metric.name} rests on {seen.samples:.0f} requests, fewer than {limits.min_requests}"
    if metric.minimum is not None and seen.value < metric.minimum:
        return Verdict.FAIL, describe(metric, seen.value, "<", metric.minimum)
    if metric.maximum is not None and seen.value > metric.maximum:
        return Verdict.FAIL, describe(metric, seen.value, ">", metric.maximum)
    return Verdict.PASS, describe(metric, seen.value, "within", None)


def describe(metric: Metric, value: float, relation: str, bound: float | None) -> str:
    """Value against bound as in Flagger's log: `success rate 69.17% < 99%`, `request duration 1.20s > 0.5s`."""
    if metric.name == Builtin.SUCCESS_RATE:
        text, limit = f"success rate {value:.2f}%", "" if bound is None else f"{bound:g}%"
    elif metric.name == Builtin.DURATION:
        text, limit = f"request duration {_seconds(value)}", "" if bound is None else f"{bound / MILLISECONDS:g}s"
    else:
        text, limit = f"{metric.name} {value:.2f}", "" if bound is None else f"{bound:g}"
    return f"{text} {relation} {limit}" if limit else text


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds:.0f}ms" if milliseconds < MILLISECONDS else f"{milliseconds / MILLISECONDS:.2f}s"


def first_of(judged: Iterable[Judged], verdict: Verdict) -> Judged | None:
    """The first deciding result with `verdict`."""
    return next((one for one in judged if one.decides and one.verdict is verdict), None)
