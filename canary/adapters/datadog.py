"""Datadog: the timeseries query of its v1 API, for metrics with a query of the user's own.

Keeps a value, no data and no answer apart, as for Prometheus. Needs the Secret keys that Flagger reads,
`datadog_api_key` and `datadog_application_key`, and never puts them into an address or a message.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from canary.adapters.direct import Request
from canary.adapters.errors import Throttled
from canary.adapters.kubestatus import quote
from canary.adapters.points import Point, bounds, newest_complete
from canary.adapters.queried import QueriedMetrics, json_object
from canary.adapters.queries import custom_query
from canary.core.spec import Metric
from canary.ports import CanaryError, Misconfigured, Question, Unavailable

HOST = "https://api.datadoghq.com"  # other sites (datadoghq.eu, us5...) are given as the backend's address
KEYS = ("datadog_api_key", "datadog_application_key")
TIMEOUT = timedelta(seconds=5)
TAGS = re.compile(r"[a-zA-Z0-9_.:/-]+")  # a tag's value is not quoted, and may hold a dash
PROBE = Metric("check", window=timedelta(hours=1), query="avg:system.load.1{*}")


class DatadogMetrics(QueriedMetrics):
    """`canary.ports.Metrics` over one Datadog site."""

    def check(self) -> None:
        """Return if both keys may query. Raises Unavailable or Misconfigured with address and remedy."""
        question = Question(PROBE, PROBE.window, datetime.now(UTC))
        self._patiently(lambda: self._query(PROBE.query or "", question))

    def _query(self, query: str, question: Question) -> dict[str, Any]:
        begin, end = bounds(question)
        asked = urlencode({"from": begin, "to": end, "query": query})
        url, verify = f"{self._address}/api/v1/query?{asked}", not self._backend.insecure_skip_verify
        answer = self._transport.send(Request(url, headers=self._headers(), timeout=TIMEOUT, verify=verify))
        found = json_object(answer.body)
        if answer.status == HTTPStatus.OK and found.get("status") == "ok":
            return found
        raise self._refused(answer.status, found, answer.headers)

    def _headers(self) -> dict[str, str]:
        api, application = self._secrets.get().need(*KEYS, secret=self._backend.secret or "(none is named)")
        return {**self._backend.headers, "DD-API-KEY": api, "DD-APPLICATION-KEY": application}

    def _query_of(self, question: Question) -> str:
        return custom_query(question.metric, self._target, question.window, TAGS)

    def _value(self, query: str, question: Question) -> float | None:
        found = self._patiently(lambda: self._query(query, question))
        series = found.get("series") or []
        if len(series) > 1:
            raise Misconfigured(f"{self._where}: the query gives {len(series)} series; let it give one, without `by`")
        if not series:
            return None
        try:
            points = [Point(float(start) / 1000, value) for start, value in series[0]["pointlist"]]
            period = timedelta(seconds=float(series[0].get("interval") or 0))
        except (KeyError, TypeError, ValueError) as error:
            raise Unavailable(f"{self._where}: an answer in a form that is not Datadog's") from error
        return newest_complete(points, question, period)

    def _refused(self, status: int, found: dict[str, Any], headers: Mapping[str, str]) -> CanaryError:
        said = _said(found)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            keys = " and ".join(KEYS)
            return Misconfigured(f"{self._where} answered {status}: check {keys} in Secret {self._backend.secret}")
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return Throttled(f"{self._where}: the rate limit is reached; let the interval be longer", _reset(headers))
        if status < HTTPStatus.INTERNAL_SERVER_ERROR and said:
            return Misconfigured(f"{self._where} cannot run the query ({said})")
        return Unavailable(f"{self._where} answered {status}, {said or 'no result'}; is the metrics address right?")

    @property
    def _address(self) -> str:
        return (self._backend.address or HOST).rstrip("/")

    @property
    def _where(self) -> str:
        return f"Datadog at {self._transport.describe(self._address)}"


def _said(found: dict[str, Any]) -> str:
    told = found.get("error") or found.get("errors") or ""
    return quote("; ".join(map(str, told)) if isinstance(told, list) else str(told))


def _reset(headers: Mapping[str, str]) -> timedelta:
    text = next((value for name, value in headers.items() if name.lower() == "x-ratelimit-reset"), "")
    return timedelta(seconds=min(int(text), 3600) if text.isdecimal() else 1)
