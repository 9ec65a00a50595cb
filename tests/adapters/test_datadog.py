import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from canary.adapters.cluster import Cluster
from canary.adapters.credentials import SecretReader
from canary.adapters.datadog import DatadogMetrics
from canary.adapters.retry import Patience
from canary.adapters.transport import Transport
from canary.core.measure import Measurement
from canary.core.spec import Backend, Metric, Target
from canary.ports import Misconfigured, Question, Unavailable
from tests.adapters.fakeapi import FakeApi

AT = datetime(2026, 1, 2, 3, 4, 0, tzinfo=UTC)
T = AT.timestamp()
WINDOW = timedelta(minutes=1)
QUERY = "sum:errors{kube_deployment:{{ target }},env:{{ variables.env }}}.as_count()"
Ask = Callable[..., Measurement]


class FakeDatadog:
    def __init__(self) -> None:
        self.response: Response | None = None
        self.series: list[Any] = []
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        return self.response or Response(json.dumps({"status": "ok", "series": self.series}))


def series(*points: tuple[float, float | None], interval: int = 20) -> dict[str, Any]:
    return {"interval": interval, "pointlist": [[(T + offset) * 1000, value] for offset, value in points]}


@pytest.fixture
def datadog(server: HTTPServer) -> FakeDatadog:
    fake = FakeDatadog()
    server.expect_request("/dd/api/v1/query").respond_with_handler(fake)
    api = FakeApi(server)  # it takes all that is left
    keys = {"datadog_api_key": b"api-k3y\n", "datadog_application_key": b"app-k3y"}
    encoded = {key: base64.b64encode(value).decode() for key, value in keys.items()}
    api.put("/api/v1/namespaces/prod/secrets/dd", {"data": encoded})
    api.put("/api/v1/namespaces/prod/secrets/half", {"data": {"datadog_api_key": encoded["datadog_api_key"]}})
    return fake


@pytest.fixture
def make(server: HTTPServer, cluster: Cluster, patience: Patience) -> Callable[..., DatadogMetrics]:
    def made(secret: str = "dd", address: str = "") -> DatadogMetrics:
        target = Target("pod-info", "prod", "podinfo", 9898)
        backend = Backend("datadog", address or server.url_for("/dd/"), secret)
        return DatadogMetrics(
            Transport(cluster, "prod"), target, backend, SecretReader(cluster, "prod", secret), patience
        )

    return made


@pytest.fixture
def ask(make: Callable[..., DatadogMetrics]) -> Ask:
    def measure(query: str | None = QUERY, window: timedelta = WINDOW) -> Measurement:
        metric = Metric("errors", WINDOW, query=query, variables={"env": "eu-1"})
        return make().measure(Question(metric, window, AT))

    return measure


def test_the_query_is_rendered_with_dashes_and_asked_for_exactly_the_window(datadog: FakeDatadog, ask: Ask) -> None:
    datadog.series = [series((-40, 3.5))]
    seen = ask()
    assert (seen.value, seen.error) == (3.5, "")
    assert seen.query == "sum:errors{kube_deployment:pod-info,env:eu-1}.as_count()"
    asked = dict(datadog.asked[0].args)
    assert asked == {"from": f"{T - 60:.0f}", "to": f"{T:.0f}", "query": seen.query}


def test_the_keys_of_the_secret_go_into_headers_only(datadog: FakeDatadog, ask: Ask) -> None:
    ask()
    sent = datadog.asked[0]
    assert (sent.headers["DD-API-KEY"], sent.headers["DD-APPLICATION-KEY"]) == ("api-k3y", "app-k3y")
    assert "k3y" not in sent.url


def test_the_newest_whole_point_counts_not_the_one_still_filling_nor_one_from_before(
    datadog: FakeDatadog, ask: Ask
) -> None:
    datadog.series = [series((-70, 9), (-50, 1), (-30, 2), (-10, 8))]
    assert ask().value == 2.0
    assert ask(window=timedelta(seconds=25)).value is None


@pytest.mark.parametrize("found", [[], [series()], [series((-40, None))]])
def test_no_series_no_points_and_gaps_are_no_data(datadog: FakeDatadog, ask: Ask, found: list[Any]) -> None:
    datadog.series = found
    seen = ask()
    assert (seen.value, seen.samples, seen.error) == (None, None, "")


def test_an_interval_that_can_hold_no_whole_point_is_an_error_with_the_remedy(datadog: FakeDatadog, ask: Ask) -> None:
    datadog.series = [series((-60, 1), interval=60)]
    assert "at least 120s" in ask().error


def test_several_series_are_an_error(datadog: FakeDatadog, ask: Ask) -> None:
    datadog.series = [series((-40, 1)), series((-40, 2))]
    assert "gives 2 series" in ask().error


@pytest.mark.parametrize(
    ("status", "body", "says", "again"),
    [
        (200, {"status": "error", "error": "Error parsing query"}, "cannot run the query (Error parsing query)", False),
        (400, {"errors": ["bad query"]}, "bad query", False),
        (403, {"errors": ["Forbidden"]}, "check datadog_api_key and datadog_application_key in Secret dd", False),
        (429, {"errors": ["slow down"]}, "rate limit", True),
        (503, {}, "answered 503", True),
    ],
)
def test_a_refusal_says_what_to_do_and_only_trouble_is_tried_again(
    datadog: FakeDatadog, ask: Ask, status: int, body: dict[str, Any], says: str, *, again: bool
) -> None:
    datadog.response = Response(json.dumps(body), status)
    seen = ask()
    assert seen.value is None
    assert says in seen.error
    assert "k3y" not in seen.error
    assert (len(datadog.asked) > 1) is again


def test_what_is_no_datadog_is_an_error(datadog: FakeDatadog, ask: Ask) -> None:
    datadog.response = Response("hello")
    assert "is the metrics address right?" in ask().error


def test_a_metric_without_a_query_is_an_error_because_nothing_is_built_in(datadog: FakeDatadog, ask: Ask) -> None:
    assert "has no query" in ask(query=None).error
    assert not datadog.asked


def test_the_check_needs_both_keys_and_an_answer(datadog: FakeDatadog, make: Callable[..., DatadogMetrics]) -> None:
    make().check()
    assert len(datadog.asked) == 1
    with pytest.raises(Misconfigured, match="Secret half has no datadog_application_key"):
        make("half").check()
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1"):
        make(address="http://127.0.0.1:1").check()
