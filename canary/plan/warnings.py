"""Plans that cannot work, said before anything starts: each warning names the value, why it fails, and what to set.

Judges only what is known without asking anybody: the spec, the workload as declared, and what the user expects.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from math import ceil
from typing import Any

from canary.core.spec import Builtin, Metric, Policy, ReleaseSpec, Weight
from canary.plan.expected import Expected
from canary.plan.schedule import check_times, whole
from canary.settings.durations import format_duration

PERCENT = 100


def warnings_of(spec: ReleaseSpec, workload: Mapping[str, Any], expected: Expected) -> tuple[str, ...]:
    """All of them, in the order in which a reviewer would care."""
    found = [line for rule in _RULES for line in rule(spec, expected)] if not spec.skip_analysis else [_skipped(spec)]
    return (*found, *_replicas(spec), *_probes(workload))


def _skipped(spec: ReleaseSpec) -> str:
    return f"skip_analysis is set: every revision of {spec.target.name} is promoted without any proof"


def _unmeasured(spec: ReleaseSpec, _: Expected) -> Iterator[str]:
    if not any(not metric.dry_run for metric in spec.metrics):
        yield "no metric decides: only webhooks and pods that are not ready can stop a bad revision"


def _windows(spec: ReleaseSpec, _: Expected) -> Iterator[str]:
    run = whole(spec).best
    for metric in spec.metrics:
        if metric.window > run:
            yield (
                f"the window of {metric.name} ({_text(metric.window)}) is longer than the whole run at best "
                f"({_text(run)}), so it is never filled: shorten the metric's interval or make the steps longer"
            )
        if metric.initial_delay >= run > timedelta(0):
            yield (
                f"{metric.name} is first judged after {_text(metric.initial_delay)}, but the run takes "
                f"{_text(run)} at best, so it may never decide: lower its initial_delay"
            )


def _lag(spec: ReleaseSpec, expected: Expected) -> Iterator[str]:
    scrape, lag = expected.scrape_interval, expected.lag
    if scrape is None or lag is None or not spec.metrics:
        return
    if spec.interval < scrape:
        yield (
            f"interval {_text(spec.interval)} is below the scrape interval {_text(scrape)}, so checks see the same "
            f"samples again: set interval to at least {_text(lag)}"
        )
    yield from _exhausted(spec, lag)


def _exhausted(spec: ReleaseSpec, lag: timedelta) -> Iterator[str]:
    first = max(spec.interval, spec.limits.warm_up)
    blind = ceil(max(timedelta(0), lag - first) / spec.interval)
    if spec.limits.on_no_data is Policy.FAIL and blind >= spec.limits.threshold:
        yield (
            f"metrics appear {_text(lag)} after a new weight at the earliest, and a check without data counts as "
            f"failed: lag alone makes {blind} failed checks of {spec.limits.threshold} allowed; set warm_up to "
            f"{_text(lag)}, or on_no_data to hold"
        )
    short = [metric for metric in spec.metrics if metric.window < lag]
    for metric in short:
        yield (
            f"the window of {metric.name} ({_text(metric.window)}) holds fewer than two samples, so it never has "
            f"data: set its interval to at least {_text(lag)}"
        )
    if short and spec.limits.on_no_data is Policy.HOLD:
        yield f"each release would wait {_text(spec.limits.no_data_deadline)} for data and then be taken back"


def _traffic(spec: ReleaseSpec, expected: Expected) -> Iterator[str]:
    shares = [(step.percent, age) for step, age in check_times(spec) if isinstance(step, Weight) and step.percent]
    if expected.requests is None or not shares:
        return
    percent, age = min(shares)
    for metric in spec.metrics:
        seen = expected.requests * percent / PERCENT * min(metric.window, age).total_seconds()
        most = expected.requests * percent / PERCENT * metric.window.total_seconds()
        yield from _too_few(spec, metric, percent, seen, most)


def _too_few(spec: ReleaseSpec, metric: Metric, percent: int, seen: float, most: float) -> Iterator[str]:
    least = spec.limits.min_requests
    if metric.query is None and most < least:
        yield (
            f"{percent}% of the expected traffic is {most:g} requests in the window of {metric.name}, never the "
            f"{least} of min_requests: it would wait for data and then be taken back; lengthen the window or "
            f"begin with a larger weight"
        )
    elif metric.name == Builtin.SUCCESS_RATE and metric.minimum is not None and metric.minimum < PERCENT:
        needed = PERCENT / (PERCENT - metric.minimum)
        if max(seen, least) < needed:
            yield (
                f"{percent}% of the expected traffic is {seen:g} requests in a check: one failed request alone is "
                f"below {metric.minimum:g}%, which needs {ceil(needed)} to tell; lengthen interval, begin with a "
                f"larger weight, or set min_requests"
            )


def _weights(spec: ReleaseSpec, _: Expected) -> Iterator[str]:
    shares = [step.percent for step in spec.steps if isinstance(step, Weight)]
    for before, after in pairwise(shares):
        if after <= before:
            yield f"a step of {after}% follows one of {before}%: it proves nothing new; order the weights upwards"
    if spec.steps and spec.limits.canary_ready_percent < max(shares, default=0) and spec.target.replicas > 1:
        yield (
            f"up to {max(shares)}% of requests go to the canary while only {spec.limits.canary_ready_percent}% of its "
            f"pods have to be ready: raise canary_ready_percent"
        )


def _unreachable(spec: ReleaseSpec, _: Expected) -> Iterator[str]:
    """A weight that every release ends before: the budget for a pause or gate is shorter than what it asks for."""
    gate = spec.limits.gate_deadline
    if gate is not None and gate < spec.interval and any(hook.type.is_gate for hook in spec.hooks):
        yield (
            f"max weight {spec.max_weight}% is out of reach: a gate is asked once an interval ({_text(spec.interval)}) "
            f"and given up after {_text(gate)}; raise gate_deadline"
        )
    if spec.limits.warm_up >= spec.limits.no_data_deadline and spec.metrics:
        yield (
            f"max weight {spec.max_weight}% is out of reach: the warm-up of {_text(spec.limits.warm_up)} is not "
            f"shorter than the {_text(spec.limits.no_data_deadline)} in which there must be data; raise "
            f"no_data_deadline"
        )


def _replicas(spec: ReleaseSpec) -> Iterator[str]:
    if spec.target.kind == "Deployment" and spec.target.replicas == 1:
        yield (
            f"{spec.target.name} has one replica: a node that goes away takes the service along, and one slow pod is "
            f"the whole canary; declare at least 2"
        )


def _probes(workload: Mapping[str, Any]) -> Iterator[str]:
    for label, manifest in workload.items():
        if not label.startswith(("Deployment ", "DaemonSet ")) or not isinstance(manifest, Mapping):
            continue
        pod = manifest.get("spec")
        containers = pod.get("containers") if isinstance(pod, Mapping) else None
        known = [one for one in containers if isinstance(one, Mapping)] if isinstance(containers, list) else []
        if known and not any(one.get("readinessProbe") for one in known):
            yield (
                f"{label} has no readiness probe: its pods count as ready, and get requests, before they can serve; "
                f"declare readinessProbe on the container that serves"
            )


def _text(span: timedelta) -> str:
    return format_duration(span)


_RULES: tuple[Callable[[ReleaseSpec, Expected], Iterator[str]], ...] = (
    _unmeasured,
    _windows,
    _lag,
    _traffic,
    _weights,
    _unreachable,
)
