"""How an alert looks in each system: Slack's attachments (Rocket and Discord take them too), cards, plain JSON. Pure.

The form follows Flagger's notifiers. Knows no address beyond the question of which form Teams expects there.
"""

from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from canary.core.decision import Event, Severity
from canary.core.spec import Alert, Match, ReleaseSpec, Weight
from canary.core.state import State

Json = dict[str, Any]
SENDER = "canary"


@dataclass(frozen=True, slots=True)
class News:
    """One event and where its release stands, in words."""

    name: str
    namespace: str
    revision: str
    event: Event
    fields: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        """`podinfo.prod`."""
        return f"{self.name}.{self.namespace}"

    @property
    def is_bad(self) -> bool:
        """Worth the colour of an error."""
        return self.event.severity is Severity.ERROR


def news(spec: ReleaseSpec, event: Event, state: State) -> News:
    """`event` with the fields that every alert carries."""
    target, limits = spec.target, spec.limits
    fields = (
        ("Target", f"{target.kind}/{target.name}.{target.namespace}"),
        ("Traffic routing", _routing(spec)),
        ("Canary weight", f"{state.weight}%"),
        ("Failed checks", f"{state.failed} of {limits.threshold}"),
        ("Progress deadline", f"{limits.progress_deadline.total_seconds():g}s"),
    )
    return News(target.release or target.name, target.namespace, state.revision, event, fields)


def form(alert: Alert, told: News, address: str) -> Json:
    """The body to POST to `address`; a type that is not known gets plain JSON."""
    match alert.type:
        case "slack" | "rocket" | "discord":
            return _slack(alert, told)
        case "msteams":
            return _teams(told, address)
        case "gchat":
            return _gchat(told)
    return _generic(told)


def destination(alert: Alert, address: str) -> str:
    """Where to POST; Discord understands Slack's form at its own address with `/slack`."""
    parts = urlsplit(address)
    if alert.type != "discord" or parts.path.endswith("/slack"):
        return address
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/slack"))


def _routing(spec: ReleaseSpec) -> str:
    if any(isinstance(step, Match) for step in spec.steps):
        return "A/B testing"
    weights = [step.percent for step in spec.steps if isinstance(step, Weight)]
    if not weights:
        return "Blue/green"
    return f"Weights: {len(weights)} steps, max: {max(weights)}, interval: {spec.interval.total_seconds():g}s"


def _slack(alert: Alert, told: News) -> Json:
    good, bad = ("#0076D7", "#FF0000") if alert.type == "rocket" else ("good", "danger")
    warn = "warning" if alert.type == "slack" else good
    colors = {Severity.INFO: good, Severity.WARN: warn, Severity.ERROR: bad}
    attachment = {
        "color": colors[told.event.severity],
        "author_name": told.title,
        "text": told.event.message,
        "mrkdwn_in": ["text"],
        "fields": [{"title": name, "value": value, "short": False} for name, value in told.fields],
    }
    channel = {"channel": alert.channel} if alert.channel else {}
    return {**channel, "username": alert.username or SENDER, "icon_emoji": ":rocket:", "attachments": [attachment]}


def _teams(told: News, address: str) -> Json:
    # the old connectors, which Microsoft is switching off, live under this host; workflows take adaptive cards only
    is_connector = (urlsplit(address).hostname or "").endswith(".webhook.office.com")
    return _message_card(told) if is_connector else _adaptive_card(told)


def _message_card(told: News) -> Json:
    facts = [{"name": name, "value": value} for name, value in told.fields]
    return {
        "@type": "MessageCard",
        "@context": "http://schema.org/extensions",
        "themeColor": "FF0000" if told.is_bad else "0076D7",
        "summary": told.title,
        "sections": [{"activityTitle": told.event.message, "activitySubtitle": told.title, "facts": facts}],
    }


def _adaptive_card(told: News) -> Json:
    color = "attention" if told.is_bad else "default"
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "size": "large", "weight": "bolder", "text": told.title, "wrap": True},
            {"type": "TextBlock", "color": color, "text": told.event.message, "wrap": True},
            {"type": "FactSet", "facts": [{"title": name, "value": value} for name, value in told.fields]},
        ],
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}


def _gchat(told: News) -> Json:
    texts = [_strong(told.event.message), *(f"{escape(name)}<br>{_strong(value)}" for name, value in told.fields)]
    sections = [{"widgets": [{"textParagraph": {"text": text}}]} for text in texts]
    return {"cards": [{"header": {"title": "Canary", "subtitle": told.title}, "sections": sections}]}


def _strong(text: str) -> str:
    return f"<font color=#848484><strong>{escape(text, quote=False)}</strong></font>"


def _generic(told: News) -> Json:
    return {
        "name": told.name,
        "namespace": told.namespace,
        "revision": told.revision,
        "severity": told.event.severity.value,
        "reason": told.event.reason,
        "message": told.event.message,
        "fields": dict(told.fields),
    }
