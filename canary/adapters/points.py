"""Which point of a time series speaks for a window: the newest whose whole period lies inside it.

For systems that answer with periods rather than with one value. A period that began before the window holds samples of
an earlier weight; one that has not ended is incomplete, and its sum is too small. Neither is ever judged. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, floor, isfinite

from canary.ports import Misconfigured, Question


@dataclass(frozen=True, slots=True)
class Point:
    """The value of the period that begins at `start` (seconds since the epoch); None where the series has a gap."""

    start: float
    value: float | None


def newest_complete(points: Iterable[Point], question: Question, period: timedelta) -> float | None:
    """The value of the newest whole period in `question`'s window; None when there is none (yet).

    Raises Misconfigured when the metric's interval is so short that often no whole period can lie in it.
    """
    if question.metric.window < 2 * period:
        raise Misconfigured(
            f"{question.metric.name}: an interval of {_seconds(question.metric.window)} may hold no whole period of "
            f"{_seconds(period)}; let its interval be at least {_seconds(2 * period)}, or the query's period shorter"
        )
    inside = [point for point in points if point.value is not None and _lies_in(point, question, period)]
    return max(inside, key=lambda point: point.start).value if inside else None


def _lies_in(point: Point, question: Question, period: timedelta) -> bool:
    if point.value is None or not isfinite(point.value):
        return False
    begin, end = (question.at - question.window).timestamp(), question.at.timestamp()
    return begin <= point.start and point.start + period.total_seconds() <= end


def bounds(question: Question) -> tuple[int, int]:
    """The window as whole seconds since the epoch; never shorter than it is."""
    return floor((question.at - question.window).timestamp()), ceil(question.at.timestamp())


def _seconds(duration: timedelta) -> str:
    return f"{duration.total_seconds():g}s"
