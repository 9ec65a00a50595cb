import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from canary.adapters.cloudwatch import CloudWatchMetrics
from canary.adapters.cluster import Cluster
from canary.adapters.credentials import SecretReader
from canary.adapters.registry import metrics_for
from canary.adapters.retry import Patience
from canary.adapters.transport import Transport
from canary.core.measure import Measurement
from canary.core.spec import Backend, Metric, ReleaseSpec, Target
from canary.ports import Misconfigured, Question
from tests.adapters.fakeapi import FakeApi

AT = datetime(2026, 1, 2, 3, 4, 0, tzinfo=UTC)
T = AT.timestamp()
DIMENSIONS = [{"name": "appName", "value": "{{ name }}.{{ namespace }}"}]
METRIC = {"namespace": "Shop", "metricName": "Errors", "dimensions": DIMENSIONS}
QUERY = json.dumps([{"id": "m1", "metricStat": {"metric": METRIC, "period": 60, "stat": "Sum"}, "returnData": True}])
Ask = Callable[..., Measurement]


class FakeCloudWatch:
    def __init__(self) -> None:
        self.response: Response | None = None
        self.results: list[Any] = []
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Response:
        request.get_data()
        self.asked.append(request)
        return self.response or Response(json.dumps({"MetricDataResults": self.results, "Messages": []}))


def result(*points: tuple[float, float], status: str = "Complete") -> dict[str, Any]:
    times, values = [T + offset for offset, _ in points], [value for _, value in points]
    return {"Id": "m1", "Timestamps": times, "Values": values, "StatusCode": status}


@pytest.fixture
def cloudwatch(server: HTTPServer) -> FakeCloudWatch:
    fake = FakeCloudWatch()
    server.expect_request("/aws/", "POST").respond_with_handler(fake)
    api = FakeApi(server)  # it takes all that is left
    keys = {"aws_access_key_id": "AKID", "aws_secret_access_key": "s3cr3t", "aws_session_token": "t0ken"}
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in keys.items()}
    api.put("/api/v1/namespaces/prod/secrets/aws", {"data": encoded})
    return fake


@pytest.fixture
def make(server: HTTPServer, cluster: Cluster, target: Target, patience: Patience) -> Callable[..., CloudWatchMetrics]:
    def made(secret: str = "aws", region: str = "eu-central-1") -> CloudWatchMetrics:
        backend = Backend("cloudwatch", server.url_for("/aws"), secret, region=region)
        return CloudWatchMetrics(
            Transport(cluster, "prod"), target, backend, SecretReader(cluster, "prod", secret), patience
        )

    return made


@pytest.fixture
def ask(make: Callable[..., CloudWatchMetrics]) -> Ask:
    def measure(query: str | None = QUERY, minutes: int = 3, window: int | None = None) -> Measurement:
        metric = Metric("errors", timedelta(minutes=minutes), query=query)
        return make().measure(Question(metric, timedelta(minutes=window or minutes), AT))

    return measure


def test_flaggers_spelling_is_sent_as_the_api_spells_it_for_exactly_the_window(
    cloudwatch: FakeCloudWatch, ask: Ask
) -> None:
    cloudwatch.results = [result((-120, 4.0))]
    assert ask().value == 4.0
    sent = json.loads(cloudwatch.asked[0].get_data())
    assert (sent["StartTime"], sent["EndTime"]) == (T - 180, T)
    (query,) = sent["MetricDataQueries"]
    assert query["MetricStat"]["Metric"]["Dimensions"] == [{"Name": "appName", "Value": "podinfo.prod"}]
    assert (query["Id"], query["ReturnData"], query["MetricStat"]["Period"]) == ("m1", True, 60)


def test_the_request_is_signed_with_the_secrets_keys_for_the_region(cloudwatch: FakeCloudWatch, ask: Ask) -> None:
    ask()
    headers = cloudwatch.asked[0].headers
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert "/eu-central-1/monitoring/aws4_request" in headers["Authorization"]
    assert "content-type;host;x-amz-date;x-amz-security-token;x-amz-target" in headers["Authorization"]
    assert headers["X-Amz-Security-Token"] == "t0ken"
    assert headers["X-Amz-Target"] == "GraniteServiceVersion20100801.GetMetricData"


def test_without_a_secret_the_environments_credentials_serve(
    cloudwatch: FakeCloudWatch, make: Callable[..., CloudWatchMetrics], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ENVKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    make("").check()
    assert "Credential=ENVKEY/" in cloudwatch.asked[0].headers["Authorization"]
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(Misconfigured, match="no AWS credentials"):
        make("").check()


def test_the_newest_whole_period_counts(cloudwatch: FakeCloudWatch, ask: Ask) -> None:
    cloudwatch.results = [result((-30, 9.0), (-90, 2.0), (-150, 1.0), (-210, 7.0))]
    assert ask().value == 2.0
    assert ask(window=1).value is None


@pytest.mark.parametrize("found", [[], [result()]])
def test_no_result_and_no_values_are_no_data(cloudwatch: FakeCloudWatch, ask: Ask, found: list[Any]) -> None:
    cloudwatch.results = found
    seen = ask()
    assert (seen.value, seen.samples, seen.error) == (None, None, "")


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ([result((-120, 1)), result((-120, 2))], "ReturnData: false for all but one"),
        ([result(status="Forbidden")], "may not read"),
        ([result(status="InternalError")], "InternalError"),
        ([{"Id": "m1"}], "not CloudWatch's"),
    ],
)
def test_an_answer_without_one_value_is_an_error_that_says_so(
    cloudwatch: FakeCloudWatch, ask: Ask, found: list[Any], says: str
) -> None:
    cloudwatch.results = found
    assert says in ask().error


def test_an_interval_that_may_hold_no_whole_period_is_an_error_with_the_remedy(
    cloudwatch: FakeCloudWatch, ask: Ask
) -> None:
    cloudwatch.results = [result((-60, 1.0))]
    assert "at least 120s" in ask(minutes=1).error


@pytest.mark.parametrize("query", ["up", "[]", "{}", '["x"]', None])
def test_a_query_that_is_none_is_an_error_before_anything_is_asked(
    cloudwatch: FakeCloudWatch, ask: Ask, query: str | None
) -> None:
    error = ask(query).error
    assert "JSON list" in error or "has no query" in error
    assert not cloudwatch.asked


@pytest.mark.parametrize(
    ("status", "kind", "says", "again"),
    [
        (400, "com.amazonaws#AccessDeniedException", "need cloudwatch:GetMetricData", False),
        (403, "SignatureDoesNotMatch", "refused the credentials (SignatureDoesNotMatch)", False),
        (400, "com.amazon.coral.service#ValidationException", "cannot run the query", False),
        (400, "ThrottlingException", "let the interval be longer", True),
        (500, "InternalServiceFault", "answered 500", True),
    ],
)
def test_a_refusal_says_what_to_do_and_only_trouble_is_tried_again(
    cloudwatch: FakeCloudWatch, ask: Ask, status: int, kind: str, says: str, *, again: bool
) -> None:
    cloudwatch.response = Response(json.dumps({"__type": kind, "message": "m"}), status)
    seen = ask()
    assert seen.value is None
    assert says in seen.error
    assert "s3cr3t" not in seen.error
    assert (len(cloudwatch.asked) > 1) is again


def test_the_address_follows_from_the_region(cluster: Cluster, target: Target) -> None:
    for region, host in {
        "eu-central-1": "eu-central-1.amazonaws.com/",
        "cn-north-1": "cn-north-1.amazonaws.com.cn/",
    }.items():
        backend = Backend("cloudwatch", region=region)
        made = CloudWatchMetrics(Transport(cluster, "prod"), target, backend, SecretReader(cluster, "prod", ""))
        assert made._address == f"https://monitoring.{host}"


@pytest.mark.parametrize("kind", ["datadog", "cloudwatch"])
def test_the_registry_knows_the_backend(cluster: Cluster, target: Target, kind: str) -> None:
    spec = ReleaseSpec(target, (), metrics=(Metric("m", query="q", backend=Backend(kind)),))
    ((name, problem),) = metrics_for(cluster, spec).problems()
    assert name == "m"
    assert "unknown" not in problem
