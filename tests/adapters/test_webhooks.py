import json
from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from canary.adapters.cluster import Cluster
from canary.adapters.retry import Patience
from canary.adapters.transport import Transport
from canary.adapters.webhooks import Webhooks
from canary.core.decision import Event, Severity
from canary.core.spec import Hook, HookType, Target
from tests.adapters.conftest import FakeTime


@pytest.fixture
def hooks(cluster: Cluster, target: Target, patience: Patience) -> Webhooks:
    return Webhooks(Transport(cluster, "prod"), target, "abc123", patience)


def hook(server: HTTPServer, kind: HookType = HookType.ROLLOUT, retries: int = 0) -> Hook:
    return Hook("h", server.url_for("/h"), kind, timedelta(seconds=2), retries, {"cmd": "hey"})


def test_the_payload_is_flaggers(server: HTTPServer, hooks: Webhooks) -> None:
    expected = {
        "name": "podinfo",
        "namespace": "prod",
        "phase": "Progressing",
        "checksum": "abc123",
        "metadata": {"cmd": "hey"},
    }
    server.expect_request("/h", "POST", json=expected).respond_with_data("ok")
    assert hooks.call(hook(server), "Progressing").passed


def test_an_event_adds_what_happened(server: HTTPServer, hooks: Webhooks) -> None:
    bodies: list[dict[str, dict[str, str]]] = []

    def answer(request: Request) -> Response:
        bodies.append(json.loads(request.data))
        return Response("ok")

    server.expect_request("/h").respond_with_handler(answer)
    hooks.call(hook(server, HookType.EVENT), "Failed", Event("X", "Canary failed!", Severity.ERROR))
    told = bodies[0]["metadata"]
    assert (told["eventMessage"], told["eventType"], told["cmd"]) == ("Canary failed!", "Warning", "hey")
    assert told["timestamp"].isdecimal()


@pytest.mark.parametrize(
    ("status", "passes"),
    [(200, True), (201, True), (202, True), (203, False), (204, False), (400, False), (403, False)],
)
def test_a_status_up_to_202_passes(server: HTTPServer, hooks: Webhooks, status: int, *, passes: bool) -> None:
    server.expect_request("/h").respond_with_data("secret body", status)
    result = hooks.call(hook(server), "Progressing")
    assert (result.passed, result.status) == (passes, status)
    assert "secret body" not in result.error


@pytest.mark.parametrize(("status", "roll_back"), [(200, True), (202, False), (403, False)])
def test_a_rollback_hook_says_yes_with_200_only(
    server: HTTPServer, hooks: Webhooks, status: int, *, roll_back: bool
) -> None:
    server.expect_request("/h").respond_with_data("", status)
    assert hooks.call(hook(server, HookType.ROLLBACK), "Progressing").passed is roll_back


def test_trouble_is_tried_again_as_often_as_allowed(server: HTTPServer, hooks: Webhooks) -> None:
    server.expect_request("/h").respond_with_data("", 500)
    assert hooks.call(hook(server, retries=2), "Progressing").status == 500
    assert len(server.log) == 3


def test_a_retry_may_pass(server: HTTPServer, hooks: Webhooks) -> None:
    server.expect_ordered_request("/h").respond_with_data("", 503)
    server.expect_ordered_request("/h").respond_with_data("", 200)
    assert hooks.call(hook(server, retries=2), "Progressing").passed


def test_a_closed_gate_is_not_asked_twice(server: HTTPServer, hooks: Webhooks) -> None:
    server.expect_request("/h").respond_with_data("", 403)
    hooks.call(hook(server, HookType.CONFIRM_ROLLOUT, retries=5), "Waiting")
    assert len(server.log) == 1


def test_pauses_count_within_timeout_times_attempts(hooks: Webhooks, time: FakeTime) -> None:
    result = hooks.call(Hook("h", "http://127.0.0.1:1/", timeout=timedelta(seconds=1), retries=9), "Progressing")
    assert "connection refused" in result.error
    assert sum(time.slept) <= 10


@pytest.mark.parametrize("url", ["nonsense", "http://u:hunter2@podinfo/", "http://podinfo/../x"])
def test_a_url_that_cannot_be_called_is_an_error_not_an_exception(hooks: Webhooks, url: str) -> None:
    result = hooks.call(Hook("h", url), "Progressing")
    assert not result.passed
    assert result.error
    assert "hunter2" not in result.error
