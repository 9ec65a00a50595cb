"""Prometheus, and whatever answers its query API: one instant query for a value, one for the requests behind it.

Tells four things apart that a number would blur: a value, no data, an answer that is no single number, and no answer.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from canary.adapters.direct import Request
from canary.adapters.kubestatus import quote
from canary.adapters.queried import QueriedMetrics, json_object
from canary.adapters.queries import query_for, samples_query
from canary.ports import CanaryError, Misconfigured, Question, Unavailable

TIMEOUT = timedelta(seconds=5)
REMEDY = "is Prometheus up, and is the metrics address right?"


@dataclass(frozen=True, slots=True)
class Scalar:
    """The one number of an answer; None when Prometheus has no value."""

    value: float | None


class PrometheusMetrics(QueriedMetrics):
    """`canary.ports.Metrics` over one Prometheus."""

    def check(self) -> None:
        """Return if Prometheus answers queries at all. Raises Unavailable or Misconfigured with address and remedy."""
        self._ask("vector(1)", datetime.now(UTC))

    def _query_of(self, question: Question) -> str:
        return query_for(question.metric, self._target, question.window)

    def _value(self, query: str, question: Question) -> float | None:
        return self._ask(query, question.at).value

    def _samples(self, question: Question) -> float | None:
        query = samples_query(question.metric, self._target, question.window)
        if not query:
            return None
        counted = self._ask(query, question.at).value
        return 0.0 if counted is None else counted

    def _ask(self, query: str, at: datetime) -> Scalar:
        found = self._patiently(lambda: self._query(query, at))
        return _scalar(found.get("data") or {}, self._where)

    def _query(self, query: str, at: datetime) -> dict[str, Any]:
        asked = urlencode({"query": query, "time": f"{at.timestamp():.3f}", "timeout": f"{TIMEOUT.seconds}s"})
        answer = self._transport.send(self._request(f"{self._address}/api/v1/query?{asked}"))
        found = json_object(answer.body)
        if answer.status == HTTPStatus.OK and found.get("status") == "success":
            return found
        raise self._refused(answer.status, found)

    def _request(self, url: str) -> Request:
        given = self._secrets.get()
        headers = {**self._backend.headers, **given.headers}
        verify = not self._backend.insecure_skip_verify
        return Request(url, headers=headers, timeout=TIMEOUT, ca=given.ca, verify=verify)

    def _refused(self, status: int, found: dict[str, Any]) -> CanaryError:
        # Prometheus explains a bad query in `error`; anything else that answers here is not quoted
        said = f"{found.get('errorType', 'error')}: {quote(str(found['error']))}" if "error" in found else ""
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return Misconfigured(f"{self._where} answered {status}: check the Secret of the metrics backend")
        if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY) and said:
            return Misconfigured(f"{self._where} cannot run the query ({said})")
        return Unavailable(f"{self._where} answered {status}, {said or 'no result'}; {REMEDY}")

    @property
    def _address(self) -> str:
        if not self._backend.address:
            raise Misconfigured("the metrics backend has no address; set it, e.g. http://prometheus.linkerd-viz:9090")
        return self._backend.address.rstrip("/")

    @property
    def _where(self) -> str:
        return f"Prometheus at {self._transport.describe(self._address)}"


def _scalar(data: dict[str, Any], where: str) -> Scalar:
    kind, result = data.get("resultType"), data.get("result")
    if kind == "scalar" and isinstance(result, list):
        return _number(result)
    if kind != "vector" or not isinstance(result, list):
        raise Misconfigured(f"{where}: the query gives a {kind}; let it give one number, e.g. with sum(rate(...))")
    if len(result) > 1:
        raise Misconfigured(f"{where}: the query gives {len(result)} series; aggregate them into one, e.g. with sum()")
    return _number(result[0].get("value") or []) if result else Scalar(None)


def _number(sample: list[Any]) -> Scalar:
    try:
        value = float(sample[1])
    except (ValueError, IndexError, TypeError) as error:
        raise Unavailable(f"an answer in a form that is not Prometheus's; {REMEDY}") from error
    return Scalar(None if math.isnan(value) else value)
