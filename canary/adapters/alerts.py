"""Alerts: the few events that people want to hear of, to Slack, Teams, Discord, Rocket, Google Chat or as JSON.

The address of most systems is a credential: it is read when needed, and no message here ever holds it.
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus

from canary.adapters.alertforms import News, destination, form, news
from canary.adapters.cluster import Answer, Cluster
from canary.adapters.credentials import Credentials, SecretReader
from canary.adapters.deadline import within
from canary.adapters.direct import Request
from canary.adapters.outbox import Letter, Outbox
from canary.adapters.transport import Transport
from canary.core.decision import Check, Event, Severity
from canary.core.spec import Alert, ReleaseSpec
from canary.core.state import State
from canary.ports import CanaryError, Unavailable

TIMEOUT = timedelta(seconds=5)
LOUDNESS = {Severity.INFO: 0, Severity.WARN: 1, Severity.ERROR: 2}
SLACK_API = "https://slack.com/api/chat.postMessage"
STARTED = ("NewRevision", "Initialized")
HALTED = ("Halted", "NoVerdict")
FAILED = ("RollingBack", "Stranded", "PromotionFailed", "GaveUp")
WORTH_AN_ALERT = frozenset({*STARTED, "Promoted", *HALTED, *FAILED})


class Alerts:
    """`canary.ports.Reporter` that alerts; the same halt said again (a closed gate, say) is no news."""

    def __init__(self, spec: ReleaseSpec, cluster: Cluster, outbox: Outbox) -> None:
        transport = Transport(cluster, spec.target.namespace, spec.access)
        self._spec, self._outbox = spec, outbox
        self._recipients = [
            Recipient(alert, transport, SecretReader(cluster, spec.target.namespace, alert.secret))
            for alert in spec.alerts
        ]
        self._last: tuple[str, int] | None = None

    def event(self, event: Event, state: State) -> None:
        """Queue `event` for those who want to hear of it."""
        if event.reason not in WORTH_AN_ALERT or event.muted or self._last == (event.message, state.failed):
            return
        self._last = (event.message, state.failed)
        told = news(self._spec, event, state)
        for recipient in self._recipients:
            if recipient.wants(event):
                self._outbox.post(recipient.letter(told))

    def check(self, check: Check, state: State) -> None:
        """A check is no alert; the halt that follows from it is."""

    def status(self, state: State, now: datetime) -> None:
        """Nor is the present state."""


class Recipient:
    """One place where alerts go."""

    def __init__(self, alert: Alert, transport: Transport, secrets: SecretReader) -> None:
        self._alert, self._transport, self._secrets = alert, transport, secrets

    def wants(self, event: Event) -> bool:
        """`event` is loud enough."""
        return LOUDNESS[event.severity] >= LOUDNESS[Severity(self._alert.severity)]

    def letter(self, told: News) -> Letter:
        """`told`, ready to be delivered."""
        return Letter(f"alert {self._alert.name} ({self._alert.type})", lambda: self._deliver(told))

    def _deliver(self, told: News) -> str:
        try:
            given = within(TIMEOUT, self._secrets.get, f"Secret {self._alert.secret}")
        except CanaryError as error:
            return str(error)
        address = self._alert.address or self._address(given)
        if not address:
            return f"Secret {self._alert.secret} has no address; add it"
        return self._post(self._request(told, address, given))

    def _address(self, given: Credentials) -> str:
        is_app = self._alert.type == "slack" and "token" in given.values
        return given.values.get("address", "").strip() or (SLACK_API if is_app else "")

    def _request(self, told: News, address: str, given: Credentials) -> Request:
        body = json.dumps(form(self._alert, told, address)).encode()
        headers = {"Content-Type": "application/json", **given.headers}
        return Request(destination(self._alert, address), "POST", body, headers, timeout=TIMEOUT)

    def _post(self, request: Request) -> str:
        try:
            answer = self._transport.send(replace(request, ca=self._secrets.get().ca))
        except Unavailable:
            return "no answer; is the system up, and its address right?"
        except CanaryError:
            return "its address cannot be used from here; check it, and its certificate"
        return _problem(answer)


def _problem(answer: Answer) -> str:
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return f"it answered {answer.status}; check the address"
    if b'"ok":false' in answer.body[:100].replace(b" ", b""):  # Slack's API refuses with 200
        return "it refused the message; check the token and the channel"
    return ""
