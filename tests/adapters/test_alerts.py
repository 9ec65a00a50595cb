import base64
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from canary.adapters.alertforms import News, destination, form, news
from canary.adapters.alerts import Alerts
from canary.adapters.broadcast import Broadcast, EventHooks
from canary.adapters.cluster import Cluster
from canary.adapters.memory import MemoryReporter
from canary.adapters.outbox import Letter, Outbox
from canary.adapters.transport import Transport
from canary.adapters.webhooks import Webhooks
from canary.core.decision import Check, Event, Severity
from canary.core.routing import Routing
from canary.core.spec import Alert, Hook, HookType, Limits, ReleaseSpec, Target, Weight
from canary.core.state import Phase, State
from tests.adapters.fakeapi import FakeApi

SPEC = ReleaseSpec(Target("podinfo", "prod", "podinfo", 9898), (Weight(5), Weight(10)), limits=Limits(threshold=5))
STATE = State("r2", Phase.PROGRESSING, routing=Routing(10), failed=1)
STARTED = Event("NewRevision", "New revision detected! Scaling up podinfo.prod")
HALTED = Event("Halted", "Halt podinfo.prod advancement success rate 69.17% < 99%", Severity.WARN)
ROLLED = Event("RollingBack", "Rolling back podinfo.prod failed checks threshold reached 5", Severity.ERROR)
LONG = timedelta(seconds=30)
GAVE_UP = Event("GaveUp", "Gave up on podinfo.prod: no answer", Severity.ERROR)
PROMOTED = Event("Promoted", "Promotion completed! Scaling down podinfo.prod")


@pytest.fixture
def warned() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no system that does not answer."""
    monkeypatch.setattr("canary.adapters.alerts.TIMEOUT", LONG)


@pytest.fixture
def outbox(warned: list[str]) -> Iterator[Outbox]:
    made = Outbox(warned.append)
    yield made
    made.close(LONG)


@pytest.fixture
def got(server: HTTPServer) -> list[Request]:
    found: list[Request] = []

    def take(request: Request) -> Response:
        request.get_data()
        found.append(request)
        return Response("ok", 500 if request.path == "/broken-s3cret" else 200)

    for path in ("/alert", "/other", "/broken-s3cret", "/hook"):
        server.expect_request(path, "POST").respond_with_handler(take)
    return found


def bodies(got: list[Request]) -> list[dict[str, Any]]:
    return [json.loads(request.get_data()) for request in got]


def spec_of(*alerts: Alert, hooks: tuple[Hook, ...] = ()) -> ReleaseSpec:
    return ReleaseSpec(SPEC.target, SPEC.steps, limits=SPEC.limits, alerts=alerts, hooks=hooks)


def alert(kind: str) -> Alert:
    return Alert("ops", kind, channel="releases", username="bot")


def told(event: Event = ROLLED) -> News:
    return news(SPEC, event, STATE)


@pytest.mark.parametrize(("kind", "color"), [("slack", "danger"), ("discord", "danger"), ("rocket", "#FF0000")])
def test_slack_and_its_relatives_get_an_attachment_with_fields(kind: str, color: str) -> None:
    body = form(alert(kind), told(), "https://x/")
    assert (body["channel"], body["username"]) == ("releases", "bot")
    (attachment,) = body["attachments"]
    assert (attachment["color"], attachment["author_name"]) == (color, "podinfo.prod")
    assert attachment["text"] == ROLLED.message
    fields = {field["title"]: field["value"] for field in attachment["fields"]}
    assert fields["Target"] == "Deployment/podinfo.prod"
    assert (fields["Canary weight"], fields["Failed checks"]) == ("10%", "1 of 5")


def test_teams_gets_a_card_of_the_kind_its_address_takes() -> None:
    old = form(alert("msteams"), told(), "https://x.webhook.office.com/y")
    assert (old["@type"], old["themeColor"], old["sections"][0]["activityTitle"]) == (
        "MessageCard",
        "FF0000",
        ROLLED.message,
    )
    new = form(alert("msteams"), told(), "https://prod.logic.azure.com/y")
    assert new["attachments"][0]["content"]["type"] == "AdaptiveCard"


def test_google_chat_gets_a_card_whose_texts_are_escaped() -> None:
    text = json.dumps(form(alert("gchat"), told(HALTED), "https://x/"))
    assert "69.17% &lt; 99%" in text


def test_the_generic_form_is_plain_json() -> None:
    body = form(alert("generic"), told(), "https://x/")
    assert (body["name"], body["namespace"], body["severity"], body["reason"]) == (
        "podinfo",
        "prod",
        "error",
        "RollingBack",
    )
    assert body["fields"]["Failed checks"] == "1 of 5"


def test_discord_is_addressed_where_it_understands_slack() -> None:
    assert destination(alert("discord"), "https://d/api/webhooks/1/t") == "https://d/api/webhooks/1/t/slack"
    assert destination(alert("discord"), "https://d/w/slack") == "https://d/w/slack"
    assert destination(alert("slack"), "https://d/w") == "https://d/w"


@pytest.mark.parametrize(
    ("severity", "heard"),
    [
        ("info", [STARTED, HALTED, ROLLED, PROMOTED, GAVE_UP]),
        ("warn", [HALTED, ROLLED, GAVE_UP]),
        ("error", [ROLLED, GAVE_UP]),
    ],
)
def test_only_events_as_loud_as_asked_for_are_sent(
    server: HTTPServer, cluster: Cluster, outbox: Outbox, got: list[Request], *, severity: str, heard: list[Event]
) -> None:
    alerts = Alerts(spec_of(Alert("ops", severity=severity, address=server.url_for("/alert"))), cluster, outbox)
    for event in (STARTED, Event("WeightAdvanced", "Advance"), HALTED, HALTED, ROLLED, PROMOTED, GAVE_UP):
        alerts.event(event, STATE)
    outbox.close(LONG)
    assert [body["message"] for body in bodies(got)] == [event.message for event in heard]


def test_a_muted_event_alerts_nobody(server: HTTPServer, cluster: Cluster, outbox: Outbox, got: list[Request]) -> None:
    alerts = Alerts(spec_of(Alert("ops", address=server.url_for("/alert"))), cluster, outbox)
    alerts.event(Event("Halted", "Halt waiting", Severity.WARN, muted=True), STATE)
    outbox.close(LONG)
    assert got == []


def test_the_address_and_a_token_come_from_the_secret(
    server: HTTPServer, cluster: Cluster, outbox: Outbox, got: list[Request], warned: list[str]
) -> None:
    data = {"address": server.url_for("/alert"), "token": "xoxb"}
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    FakeApi(server).put("/api/v1/namespaces/prod/secrets/ops", {"data": encoded})
    alerts = Alerts(spec_of(Alert("ops", "slack", secret="ops"), Alert("b", secret="none")), cluster, outbox)
    alerts.event(STARTED, STATE)
    outbox.close(LONG)
    assert [request.headers["Authorization"] for request in got] == ["Bearer xoxb"]
    assert len(warned) == 1
    assert "Secret none does not exist" in warned[0]


def test_a_failure_is_said_once_without_the_address_and_stops_no_other(
    server: HTTPServer, cluster: Cluster, outbox: Outbox, got: list[Request], warned: list[str]
) -> None:
    broken = Alert("ops", "slack", address=server.url_for("/broken-s3cret?t=t0ken"))
    dead = Alert("dead", address="http://127.0.0.1:1/s3cret")
    alerts = Alerts(spec_of(broken, dead, Alert("b", address=server.url_for("/alert"))), cluster, outbox)
    for event in (STARTED, ROLLED):
        alerts.event(event, STATE)
    outbox.close(LONG)
    assert [line.partition(":")[0] for line in warned] == ["alert ops (slack)", "alert dead (generic)"]
    assert not [line for line in warned if "s3cret" in line or "t0ken" in line or "127.0.0.1" in line]
    assert len([request for request in got if request.path == "/alert"]) == 2


def test_event_hooks_get_every_event_with_its_words(
    server: HTTPServer, cluster: Cluster, outbox: Outbox, got: list[Request]
) -> None:
    spec = spec_of(hooks=(Hook("log", server.url_for("/hook"), HookType.EVENT), Hook("load", server.url_for("/other"))))
    hooks = Webhooks(Transport(cluster, "prod"), spec.target, "r2")
    reporter = EventHooks(spec, hooks, outbox)
    for event in (STARTED, Event("WeightAdvanced", "Advance"), ROLLED):
        reporter.event(event, STATE)
    outbox.close(LONG)
    seen = [(body["phase"], body["metadata"]["eventType"]) for body in bodies(got)]
    assert seen == [("Progressing", "Normal"), ("Progressing", "Normal"), ("Progressing", "Warning")]
    assert {request.path for request in got} == {"/hook"}


def test_a_recipient_that_hangs_neither_blocks_the_release_nor_its_end(warned: list[str]) -> None:
    hanging, outbox = threading.Event(), Outbox(warned.append, size=2)
    begun = time.monotonic()
    for _ in range(9):
        outbox.post(Letter("ops", lambda: str(hanging.wait(20))))
    outbox.close(timedelta(milliseconds=100))
    hanging.set()
    assert time.monotonic() - begun < 1
    assert [line.split()[0] for line in warned] == ["too", "alerts"]


def test_a_reporter_that_raises_hurts_neither_the_others_nor_the_release(warned: list[str]) -> None:
    class Broken(MemoryReporter):
        def event(self, event: Event, state: State) -> None:
            raise RuntimeError("s3cret")

    sound = MemoryReporter()
    reporter = Broadcast(warned.append, Broken(), sound)
    for event in (STARTED, ROLLED):
        reporter.event(event, STATE)
    now = datetime.now(UTC)
    reporter.check(Check(now, 0, 5, (), "pass", 0), STATE)
    reporter.status(STATE, now)
    assert len(sound.lines) == 2
    assert warned == ["Broken failed with RuntimeError; the release goes on"]
