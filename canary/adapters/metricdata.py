"""The JSON of CloudWatch's GetMetricData: queries in, points out. Pure."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from canary.adapters.kubestatus import quote
from canary.adapters.points import Point
from canary.ports import Misconfigured, Unavailable

PERIOD = 60  # seconds; CloudWatch's standard resolution
EXAMPLE = '[{"Id": "m1", "MetricStat": {...}}]'


@dataclass(frozen=True, slots=True)
class Answered:
    """The points of the one result of a query."""

    points: tuple[Point, ...]


def parse_queries(text: str) -> list[dict[str, Any]]:
    """The list of MetricDataQuery in `text`, its keys spelled as the API does (Flagger's users write `metricStat`).

    Raises Misconfigured for anything else.
    """
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Misconfigured(f"a cloudwatch query is a JSON list of MetricDataQuery, such as {EXAMPLE}") from error
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise Misconfigured(f"a cloudwatch query is a JSON list of one or more MetricDataQuery, such as {EXAMPLE}")
    queries: list[dict[str, Any]] = _capitalized(found)
    return queries


def period_of(queries: list[dict[str, Any]]) -> timedelta:
    """The longest period that the queries ask for."""
    asked = [one.get("Period") or (one.get("MetricStat") or {}).get("Period") for one in queries]
    longest = max((seconds for seconds in asked if isinstance(seconds, int | float)), default=PERIOD)
    return timedelta(seconds=longest)


def read_answer(body: bytes, where: str) -> Answered:
    """The points of the only result. Raises Misconfigured for several, Unavailable for what is no answer."""
    try:
        results = json.loads(body)["MetricDataResults"]
        if len(results) > 1:
            raise Misconfigured(
                f"{where}: the query gives {len(results)} results; set ReturnData: false for all but one"
            )
        return Answered(tuple(_points(results[0], where) if results else ()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unavailable(f"{where}: an answer in a form that is not CloudWatch's") from error


def _points(result: dict[str, Any], where: str) -> list[Point]:
    status = result.get("StatusCode", "Complete")
    if status == "Forbidden":
        raise Misconfigured(f"{where}: these credentials may not read the metric")
    if status == "InternalError":
        raise Unavailable(f"{where}: {quote(status)}")
    pairs = zip(result["Timestamps"], result["Values"], strict=True)
    return [Point(float(start), float(value)) for start, value in pairs]


def _capitalized(given: Any) -> Any:
    if isinstance(given, list):
        return [_capitalized(one) for one in given]
    if isinstance(given, dict):
        return {key[:1].upper() + key[1:]: _capitalized(value) for key, value in given.items()}
    return given
