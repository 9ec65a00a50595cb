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
from canary.adapters.prometheus import PrometheusMetrics
from canary.adapters.retry import Patience
from canary.adapters.transport import Transport
from canary.core.measure import Measurement
from canary.core.spec import Backend, Metric, Target
from canary.ports import CanaryError, Misconfigured, Question, Unavailable
from tests.adapters.fakeapi import FakeApi

AT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
Ask = Callable[..., Measurement]


class FakePrometheus:
    """Answers by what the query contains; remembers what it was asked."""

    def __init__(self) -> None:
        self.vectors: dict[str, list[str]] = {}
        self.response: Response | None = None
        self.asked: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []

    def __call__(self, request: Request) -> Response:
        self.asked.append(dict(request.args))
        self.headers.append(dict(request.headers))
        if self.response:
            return self.response
        values = next((found for part, found in self.vectors.items() if part in request.args["query"]), [])
        return success("vector", [{"metric": {"n": str(n)}, "value": [0, text]} for n, text in enumerate(values)])


def success(kind: str, result: Any) -> Response:
    return Response(json.dumps({"status": "success", "data": {"resultType": kind, "result": result}}))


@pytest.fixture
def prometheus(server: HTTPServer) -> FakePrometheus:
    fake = FakePrometheus()
    server.expect_request("/prom/api/v1/query").respond_with_handler(fake)
    return fake


@pytest.fixture
def metrics(server: HTTPServer, cluster: Cluster, target: Target, patience: Patience) -> PrometheusMetrics:
    backend = Backend(address=server.url_for("/prom/"))
    return PrometheusMetrics(Transport(cluster, "prod"), target, backend, SecretReader(cluster, "prod", ""), patience)


@pytest.fixture
def ask(metrics: PrometheusMetrics) -> Ask:
    def measure(name: str = "request-success-rate", query: str | None = None) -> Measurement:
        return metrics.measure(Question(Metric(name, query=query), timedelta(seconds=30), AT))

    return measure


def test_a_value_comes_with_its_query_window_and_requests(prometheus: FakePrometheus, ask: Ask) -> None:
    prometheus.vectors = {"increase": ["120.5"], "rate": ["99.5"]}
    seen = ask()
    assert (seen.value, seen.samples, seen.window, seen.error) == (99.5, 120.5, timedelta(seconds=30), "")
    assert "[30s]" in seen.query


def test_the_question_is_about_the_moment_it_names(prometheus: FakePrometheus, ask: Ask) -> None:
    ask()
    assert {asked["time"] for asked in prometheus.asked} == {f"{AT.timestamp():.3f}"}


@pytest.mark.parametrize("values", [[], ["NaN"]])
def test_no_series_and_not_a_number_are_no_data(prometheus: FakePrometheus, ask: Ask, values: list[str]) -> None:
    prometheus.vectors = {"rate": values}
    seen = ask()
    assert (seen.value, seen.samples, seen.error) == (None, 0.0, "")


def test_a_scalar_is_a_value(prometheus: FakePrometheus, ask: Ask) -> None:
    prometheus.response = success("scalar", [0, "3"])
    assert ask("x", "scalar(up)").value == 3.0


def test_of_a_custom_query_the_requests_are_unknown(prometheus: FakePrometheus, ask: Ask) -> None:
    prometheus.vectors = {"up": ["1"]}
    seen = ask("x", 'up{ns="{{ namespace }}"}')
    assert (seen.value, seen.samples, seen.query) == (1.0, None, 'up{ns="prod"}')


def test_several_series_are_an_error_that_says_so(prometheus: FakePrometheus, ask: Ask) -> None:
    prometheus.vectors = {"up": ["1", "2"]}
    assert "gives 2 series" in ask("x", "up").error


def test_a_matrix_is_an_error_that_says_so(prometheus: FakePrometheus, ask: Ask) -> None:
    prometheus.response = success("matrix", [])
    assert "gives a matrix" in ask("x", "up[5m]").error


def test_prometheus_own_words_and_the_query_are_in_the_error(prometheus: FakePrometheus, ask: Ask) -> None:
    body = {"status": "error", "errorType": "bad_data", "error": "parse error: unexpected )"}
    prometheus.response = Response(json.dumps(body), 400)
    error = ask("x", "up)").error
    assert "parse error: unexpected )" in error
    assert "the query was: up)" in error
    assert len(prometheus.asked) == 1


@pytest.mark.parametrize("code", [500, 502, 503])
def test_trouble_is_tried_again_and_then_an_error_not_a_value(prometheus: FakePrometheus, ask: Ask, code: int) -> None:
    prometheus.response = Response("<html>secret</html>", code)
    seen = ask()
    assert seen.value is None
    assert f"answered {code}" in seen.error
    assert "secret" not in seen.error
    assert len(prometheus.asked) > 1


def test_what_is_no_prometheus_is_an_error(prometheus: FakePrometheus, ask: Ask) -> None:
    prometheus.response = Response("hello", 200)
    assert "is Prometheus up" in ask().error


def test_an_unknown_metric_is_an_error_of_the_measurement(prometheus: FakePrometheus, ask: Ask) -> None:
    assert "no built-in" in ask("latency").error
    assert prometheus.asked == []


def test_the_check_says_where_and_what_to_do(cluster: Cluster, target: Target, patience: Patience) -> None:
    transport, none = Transport(cluster, "prod"), SecretReader(cluster, "prod", "")
    dead = PrometheusMetrics(transport, target, Backend(address="http://127.0.0.1:1"), none, patience)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1.*is it up"):
        dead.check()
    with pytest.raises(Misconfigured, match="no address"):
        PrometheusMetrics(transport, target, Backend(), none).check()


@pytest.mark.parametrize(
    "given",
    [
        ({"token": "t0ken\n"}, "Bearer t0ken"),
        ({"username": "u", "password": "p"}, f"Basic {base64.b64encode(b'u:p').decode()}"),
    ],
)
def test_credentials_come_from_the_secret(
    server: HTTPServer,
    prometheus: FakePrometheus,
    cluster: Cluster,
    target: Target,
    given: tuple[dict[str, str], str],
) -> None:
    api, (data, header) = FakeApi(server), given
    encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
    api.put("/api/v1/namespaces/prod/secrets/prom", {"data": encoded})
    backend = Backend(address=server.url_for("/prom"), secret="prom")
    secrets = SecretReader(cluster, "prod", "prom")
    PrometheusMetrics(Transport(cluster, "prod"), target, backend, secrets).check()
    assert prometheus.headers[0]["Authorization"] == header


def test_a_missing_secret_is_named(api: FakeApi, cluster: Cluster) -> None:
    with pytest.raises(Misconfigured, match="Secret prom does not exist in namespace prod"):
        SecretReader(cluster, "prod", "prom").get()
    assert len(api.requests) == 1


def test_basic_auth_through_the_service_proxy_is_refused_clearly(
    cluster: Cluster, api: FakeApi, target: Target
) -> None:
    encoded = base64.b64encode(b"hunter2").decode()
    api.put("/api/v1/namespaces/prod/secrets/prom", {"data": {"token": encoded}})
    backend = Backend(address="http://prometheus.monitoring:9090", secret="prom")
    metrics = PrometheusMetrics(Transport(cluster, "prod"), target, backend, SecretReader(cluster, "prod", "prom"))
    with pytest.raises(CanaryError, match="Authorization header") as caught:
        metrics.check()
    assert "hunter2" not in str(caught.value)
