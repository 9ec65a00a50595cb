"""Amazon CloudWatch: GetMetricData with a query of the user's own, a JSON list of MetricDataQuery as in Flagger.

Credentials: the Secret's `aws_access_key_id`, `aws_secret_access_key` and, for temporary ones, `aws_session_token`;
without a Secret the environment's variables of the same names in capitals. Other sources (profiles, instance roles) are
not known here.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from canary.adapters.direct import Request
from canary.adapters.errors import Throttled
from canary.adapters.kubestatus import quote
from canary.adapters.metricdata import Answered, parse_queries, period_of, read_answer
from canary.adapters.points import bounds, newest_complete
from canary.adapters.queried import QueriedMetrics
from canary.adapters.queries import custom_query
from canary.adapters.sigv4 import Keys, Scope, signed
from canary.core.spec import Metric
from canary.ports import CanaryError, Misconfigured, Question, Unavailable

TIMEOUT = timedelta(seconds=5)
TARGET = "GraniteServiceVersion20100801.GetMetricData"
HEADERS = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": TARGET}
NEEDED = ("aws_access_key_id", "aws_secret_access_key")
REFUSED = ("AccessDenied", "UnrecognizedClient", "Signature", "Token", "NotAuthorized", "OptInRequired")
BUSY = ("Throttl", "LimitExceeded", "TooManyRequests")
USAGE = {"Metric": {"Namespace": "AWS/Usage", "MetricName": "CallCount"}, "Period": 60, "Stat": "Sum"}
PROBE = Metric("check", window=timedelta(minutes=5), query=json.dumps([{"Id": "m1", "MetricStat": USAGE}]))


class CloudWatchMetrics(QueriedMetrics):
    """`canary.ports.Metrics` over CloudWatch in the backend's region."""

    def check(self) -> None:
        """Return if the credentials may query. Raises Unavailable or Misconfigured with address and remedy."""
        question = Question(PROBE, PROBE.window, datetime.now(UTC))
        self._patiently(lambda: self._ask(parse_queries(PROBE.query or ""), question))

    def _query_of(self, question: Question) -> str:
        return custom_query(question.metric, self._target, question.window)

    def _value(self, query: str, question: Question) -> float | None:
        queries = parse_queries(query)
        found = self._patiently(lambda: self._ask(queries, question))
        return newest_complete(found.points, question, period_of(queries))

    def _ask(self, queries: list[dict[str, Any]], question: Question) -> Answered:
        begin, end = bounds(question)
        body = json.dumps({"StartTime": begin, "EndTime": end, "MetricDataQueries": queries}).encode()
        answer = self._transport.send(self._request(body))
        if answer.status != HTTPStatus.OK:
            raise self._refused(answer.status, answer.body)
        return read_answer(answer.body, self._where)

    def _request(self, body: bytes) -> Request:
        scope = Scope(datetime.now(UTC), self._backend.region, "monitoring")
        verify = not self._backend.insecure_skip_verify
        headers = {**self._backend.headers, **HEADERS}
        request = Request(self._address, "POST", body, headers, timeout=TIMEOUT, verify=verify)
        return signed(request, self._keys(), scope)

    def _keys(self) -> Keys:
        if self._backend.secret:
            given = self._secrets.get()
            access, secret = given.need(*NEEDED, secret=self._backend.secret)
            return Keys(access, secret, given.values.get("aws_session_token", "").strip())
        found = [os.environ.get(name.upper(), "") for name in (*NEEDED, "aws_session_token")]
        if not all(found[:2]):
            raise Misconfigured(
                f"no AWS credentials: name a Secret (secret_ref) with {' and '.join(NEEDED)}, or set "
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY where `pulumi up` runs"
            )
        return Keys(*found)

    def _refused(self, status: int, body: bytes) -> CanaryError:
        kind, said = _problem(body)
        if any(word in kind for word in BUSY):
            return Throttled(f"{self._where}: {kind}; let the interval be longer", timedelta(seconds=1))
        if any(word in kind for word in REFUSED):
            # AWS's text may repeat what was signed
            return Misconfigured(f"{self._where} refused the credentials ({kind}); they need cloudwatch:GetMetricData")
        if kind and status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return Misconfigured(f"{self._where} cannot run the query ({kind}: {said})")
        return Unavailable(f"{self._where} answered {status}, {kind or 'no result'}; is the metrics address right?")

    @property
    def _address(self) -> str:
        if not self._backend.region:
            raise Misconfigured("the metrics backend cloudwatch has no region; set it, e.g. eu-central-1")
        suffix = ".cn" if self._backend.region.startswith("cn-") else ""
        default = f"https://monitoring.{self._backend.region}.amazonaws.com{suffix}"
        return f"{(self._backend.address or default).rstrip('/')}/"

    @property
    def _where(self) -> str:
        return f"CloudWatch at {self._transport.describe(self._address)}"


def _problem(body: bytes) -> tuple[str, str]:
    try:
        found = json.loads(body)
        kind = str(found.get("__type", "")).rpartition("#")[2]
    except (ValueError, AttributeError):
        return "", ""
    return quote(kind), quote(str(found.get("message") or found.get("Message") or ""))
