"""Rules on how a new version is proved: it is measured, by the success rate, within bounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from policies.dialects import release_of
from policies.durations import seconds
from policies.finding import Finding, Violation, judged
from policies.release import Measure, Release
from policies.resource import Resource
from policies.rule import PRODUCTION, Rule, Settings, globs, matches, number
from policies.view import View


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Which two settings bound a value, its unit, and how a message says what it is."""

    name: str
    unit: str = ""
    verb: str = "is"


_THRESHOLD = _Bounds("threshold")
_INTERVAL = _Bounds("interval", "s")
_STEP = _Bounds("step_weight", "%", "takes a step of")
_GREATEST = _Bounds("max_weight", "%", "leads to a greatest weight of")


def _success_rate(resource: Resource, settings: Settings) -> Iterator[Finding]:
    release = release_of(resource)
    if release is None:
        return
    measures = [one for one in release.measures() if matches(one.name.text(), settings["metric_names"])]
    deciding = [one for one in measures if not one.is_dry_run.flag()]
    least = settings["least_percent"]
    if not deciding:
        names = ", ".join(settings["metric_names"])
        given = "has it in dry run only, which decides nothing" if measures else f"has no metric named {names}"
        fix = f"add {{name: request-success-rate, min: {least:g}}}, or an AnalysisTemplate of that name"
        yield Violation(resource, release.metrics_field, given, "at least one that decides", fix)
    for one in deciding:
        yield from judged(resource, _least, resource, one, least)


def _least(resource: Resource, measure: Measure, least: float) -> Iterator[Finding]:
    found = measure.least.number()
    if measure.bounded and (found is None or found < least):
        given = "is missing" if found is None else f"is {found:g}"
        yield Violation(resource, measure.least.path, given, f"{least:g} percent or more", f"set it to {least:g}")


def _bounds(resource: Resource, settings: Settings) -> Iterator[Finding]:
    release = release_of(resource)
    if release is None:
        return
    yield from judged(resource, _threshold, resource, release, settings)
    yield from judged(resource, _interval, resource, release, settings)
    yield from judged(resource, _weights, resource, release, settings)


def _threshold(resource: Resource, release: Release, settings: Settings) -> Iterator[Finding]:
    yield from _between(resource, release.threshold, release.threshold.number(), settings, _THRESHOLD)


def _interval(resource: Resource, release: Release, settings: Settings) -> Iterator[Finding]:
    text = release.interval.text()
    found = seconds(text)
    if text and found is None:
        fix = "write it as 30s or 1m30s"
        yield Violation(resource, release.interval.path, f"is {text!r}", "a duration", fix)
    yield from _between(resource, release.interval, found, settings, _INTERVAL)


def _weights(resource: Resource, release: Release, settings: Settings) -> Iterator[Finding]:
    weights = release.weights()
    shares = [View(0), *weights]
    steps = [((after.number() or 0) - (before.number() or 0), after) for before, after in pairwise(shares)]
    if steps:
        size, where = max(steps, key=lambda step: step[0])
        yield from _between(resource, where, size, settings, _STEP)
        last = max(weights, key=lambda one: one.number() or 0)
        yield from _between(resource, last, last.number(), settings, _GREATEST)


def _between(
    resource: Resource, view: View, found: float | None, settings: Settings, bounds: _Bounds
) -> Iterator[Finding]:
    low, high = settings.get(f"{bounds.name}_min", 0), settings[f"{bounds.name}_max"]
    if found is not None and not low <= found <= high:
        unit, bound = bounds.unit, f"{bounds.name}_{'max' if found > high else 'min'}"
        fix = f"{'lower' if found > high else 'raise'} it ({bound} of policy analysis-bounds is the bound)"
        yield Violation(resource, view.path, f"{bounds.verb} {found:g}{unit}", f"{low:g}{unit} to {high:g}{unit}", fix)


def _lower_threshold(resource: Resource, settings: Settings) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Fewer failed checks end it: never less safe. Intervals and weights are the author's to choose."""
    release = release_of(resource)
    found = release.threshold.number() if release else None
    if release and found is not None and found > settings["threshold_max"]:
        ours = ("spec", "limits", "threshold")  # which its user knows as analysis.threshold
        path = ours if resource.is_step else tuple(release.threshold.path.split("."))
        yield path, settings["threshold_max"]


def _no_skip(resource: Resource, _settings: Settings) -> Iterator[Finding]:
    release = release_of(resource)
    if release is not None and release.skip.flag():
        fix = "remove it, or have an exemption with its last day added to policy no-skip-analysis"
        yield Violation(resource, release.skip.path, "is true", "false, so that every release is measured", fix)


def _measure(resource: Resource, _settings: Settings) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Not for ours: a release that is to be skipped has no steps, which only its author can choose."""
    release = release_of(resource)
    if release is not None and not resource.is_step and release.skip.flag():
        yield tuple(release.skip.path.split(".")), False


RULES = (
    Rule(
        name="success-rate-metric",
        description="A release is judged by its success rate.",
        resource=_success_rate,
        properties={
            "metric_names": globs(["*success-rate*"], "Names of metrics, or AnalysisTemplates, that measure it."),
            "least_percent": number(90, "The least `min` that such a metric may have, in percent."),
        },
    ),
    Rule(
        name="analysis-bounds",
        description="Threshold, interval and weights of an analysis are within bounds.",
        resource=_bounds,
        remedy=_lower_threshold,
        properties={
            "threshold_min": number(1, "Least number of failed checks that end a release."),
            "threshold_max": number(10, "Greatest number of failed checks that end a release."),
            "interval_min": number(5, "Least time between two checks, in seconds."),
            "interval_max": number(600, "Greatest time between two checks, in seconds."),
            "step_weight_max": number(50, "Greatest growth of the canary's share in one step, in percent."),
            "max_weight_min": number(10, "Least value of the greatest measured share, in percent."),
            "max_weight_max": number(100, "Greatest value of the greatest measured share, in percent."),
        },
    ),
    Rule(
        name="no-skip-analysis",
        description="In production no release skips its analysis.",
        resource=_no_skip,
        remedy=_measure,
        stacks=PRODUCTION,
    ),
)
