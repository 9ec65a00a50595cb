"""Flagger's `analysis` as stack config here: same names, its precedence of strategies made explicit."""

from typing import Any

from canary.migrate import flagger_fields as fields
from canary.migrate.findings import Findings, Section
from canary.migrate.flagger_refs import References
from canary.settings.durations import NotADuration, parse_duration

# What Flagger never goes below.
FLOOR_SECONDS = 10

NO_DATA = (
    "a check without a value holds the release for up to 10m and then fails it; in Flagger it is a failed check at "
    "once (onNoData: fail restores that)"
)
PLAIN = (
    "interval",
    "maxWeight",
    "stepWeight",
    "stepWeights",
    "stepWeightPromotion",
    "iterations",
    "mirror",
    "mirrorWeight",
    "threshold",
)
READINESS = ("primaryReadyThreshold", "canaryReadyThreshold")
HOOK = ("name", "type", "url", "timeout", "retries", "metadata", "muteAlert", "disableTLS")


def analysis_of(analysis: Section, references: References, findings: Findings) -> dict[str, Any]:
    """The analysis settings."""
    document = _nonzero(analysis, PLAIN) | _present(analysis, READINESS)
    _precedence(document, analysis, findings)
    _floor(document, analysis, findings)
    lists = {
        "match": [_match(one) for one in analysis.items("match")],
        "metrics": [_metric(one, references) for one in analysis.items("metrics")],
        "webhooks": [_webhook(one) for one in analysis.items("webhooks")],
        "alerts": [_alert(one, references) for one in analysis.items("alerts")],
    }
    affinity = analysis.section("sessionAffinity")
    if affinity.left:
        document["sessionAffinity"] = _nonzero(affinity, ("cookieName", "maxAge"))
        affinity.finish(fields.AFFINITY)
    analysis.finish()
    if lists["metrics"]:
        findings.note(analysis.at("metrics"), NO_DATA)
    return document | {key: value for key, value in lists.items() if value}


def _nonzero(section: Section, keys: tuple[str, ...]) -> dict[str, Any]:
    """The values of `keys` that say something: in Flagger zero and empty mean the default."""
    return {key: value for key in keys if (value := section.take(key)) not in (None, "", 0, False, [])}


def _present(section: Section, keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key in keys if (value := section.take(key)) is not None}


def _precedence(document: dict[str, Any], analysis: Section, findings: Findings) -> None:
    """Flagger's order where several strategies are given: iterations, then stepWeight, then stepWeights."""
    if "iterations" in document:
        _drop(document, ("stepWeight", "stepWeights", "maxWeight"), analysis, findings, "iterations")
    weights = document.get("stepWeights")
    if isinstance(weights, list) and "maxWeight" in document:
        _drop(document, ("maxWeight",), analysis, findings, "stepWeights, whose last entry is the maximum")
    if isinstance(weights, list) and "stepWeight" in document:
        _drop(document, ("stepWeights",), analysis, findings, "stepWeight, except for the last entry as the maximum")
        document["maxWeight"] = weights[-1]
    step, most = document.get("stepWeight"), document.get("maxWeight", 100)
    if isinstance(step, int) and isinstance(most, int) and most % step:
        findings.note(analysis.at("stepWeight"), f"the last step is exactly {most}; Flagger goes above it")


def _drop(document: dict[str, Any], keys: tuple[str, ...], analysis: Section, findings: Findings, beside: str) -> None:
    for key in keys:
        if document.pop(key, None) is not None:
            findings.note(analysis.at(key), f"is not read beside {beside}, as in Flagger")


def _floor(document: dict[str, Any], analysis: Section, findings: Findings) -> None:
    try:
        seconds = parse_duration(document.get("interval", "1m")).total_seconds()
    except NotADuration:
        return
    if seconds < FLOOR_SECONDS:
        findings.note(analysis.at("interval"), f"is kept; Flagger would take {FLOOR_SECONDS}s")


def _match(match: Section) -> dict[str, Any]:
    document = _present(match, ("headers",))
    match.finish(fields.MATCH)
    return document


def _metric(metric: Section, references: References) -> dict[str, Any]:
    document = _present(metric, ("name", "thresholdRange", "threshold")) | _nonzero(metric, ("interval", "query"))
    document |= _nonzero(metric, ("templateVariables",))
    if "thresholdRange" in document and "threshold" in document:
        document.pop("threshold")
        metric.findings.note(metric.at("threshold"), "is not read beside thresholdRange, as in Flagger")
    if metric.left.get("templateRef"):
        document |= references.template(metric.section("templateRef"))
    metric.take("templateRef")
    metric.finish()
    return document


def _webhook(hook: Section) -> dict[str, Any]:
    document = _nonzero(hook, HOOK)
    hook.finish()
    return document


def _alert(alert: Section, references: References) -> dict[str, Any]:
    document = _nonzero(alert, ("name", "severity"))
    document |= references.alert(alert.section("providerRef"))
    alert.finish()
    return document
