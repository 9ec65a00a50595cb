"""The catalogue of bad inputs: what a user may get wrong, and the exact line that says so."""

from datetime import timedelta
from typing import Any

import pytest

from canary.settings import Gate, Match, Mirror, Pause, SettingsError, Weight, parse

METRIC = {"name": "request-success-rate", "min": 99}
GOOD: dict[str, Any] = {
    "name": "podinfo",
    "service": {"port": 9898},
    "analysis": {"step_weight": 5, "metrics": [METRIC]},
}
DURATION = "allowed: a number with ms, s, m or h, such as 10s or 1m30s"
PERCENT = "allowed: a whole number from 1 to 100"
JUDGE = (
    "is missing, so that nothing could fail; allowed: at least one metric (request-success-rate, request-duration, "
    "one with a query) or a webhook that judges, or skip_analysis: true"
)
NAME = "allowed: up to 63 of a-z, 0-9 and -, beginning and ending with a-z or 0-9"
FLOOR = (
    "allowed: 1s or more (metrics are scraped once in some seconds, "
    "so checks closer together would judge the same samples twice)"
)
CANNOT = "which the router trafficsplit cannot do"
PORT_NAME = "allowed: up to 15 of a-z, 0-9 and -, with a letter among them"
FITS = "allowed: up to 55 characters, so that aaa...-primary is a Kubernetes name, too"
PLANNED = "a router that can: httproute (planned, not in this version)"
SPLITS = (
    "allowed: trafficsplit, trafficsplit/v1alpha1, trafficsplit/v1alpha2, trafficsplit/v1alpha3, trafficsplit/v1alpha4"
)


def lines_of(given: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        parse(given)
    return list(caught.value.lines)


RELEASE = [
    ({"name": "Pod_Info"}, f'name: "Pod_Info" is not a Kubernetes name; {NAME}'),
    ({"name": "a" * 56}, f'name: "{"a" * 56}" is too long; {FITS}'),
    (
        {"service": {"port": 1, "portName": "more-than-fifteen"}},
        f'service.portName: "more-than-fifteen" is not a port\'s name; {PORT_NAME}',
    ),
    ({"service": {}}, "service.port: is missing; it has no default"),
    ({"service": {"port": 0}}, "service.port: 0 is not a port; allowed: a whole number from 1 to 65535"),
    ({"service": {"port": True}}, "service.port: true is not a port; allowed: a whole number from 1 to 65535"),
    ({"service": 9898}, "service: 9898 is not accepted; allowed: a mapping"),
    ({"replicas": 0}, "replicas: 0 is not a count; allowed: a whole number, at least 1"),
    ({"analysis": None}, "analysis: is missing; allowed: an analysis, or skip_analysis: true to promote without proof"),
    ({"skipAnalysis": "yes"}, 'skipAnalysis: "yes" is not a switch; allowed: true or false'),
    ({"progressDeadline": "0s"}, 'progressDeadline: "0s" is no time at all; allowed: more than 0s'),
    (
        {"progressDeadline": "1m", "progressDeadlineSeconds": 60},
        "progressDeadlineSeconds: is given beside progress_deadline; allowed: one of them",
    ),
    ({"router": "istio"}, f'router: "istio" is not a router; {SPLITS}'),
    ({"router": "httproute"}, f'router: "httproute" is planned but not in this version; {SPLITS}'),
    ({"router": "trafficsplit/v9"}, f'router: "trafficsplit/v9" has an unknown version; {SPLITS}'),
    ({"access": "tunnel"}, 'access: "tunnel" is not accepted; allowed: auto, proxy, direct'),
    (
        {"metricsServer": "prometheus:9090"},
        'metricsServer: "prometheus:9090" is not a URL; allowed: "http://..." or "https://...", such as http://load-tester.prod/',
    ),
    ({"servise": {}}, "servise: unknown setting; did you mean service?"),
    ({"skipAnalysys": True}, "skipAnalysys: unknown setting; did you mean skipAnalysis?"),
]

ANALYSIS = [
    ({"interval": "10x"}, f'interval: "10x" is not a duration; {DURATION}'),
    ({"interval": 10}, f'interval: 10 has no unit; write "10s" for seconds; {DURATION}'),
    ({"interval": "10"}, f'interval: "10" is not a duration; write "10s" for seconds; {DURATION}'),
    ({"interval": "-10s"}, f'interval: "-10s" is not a duration; {DURATION}'),
    (
        {"interval": "500ms"},
        f'interval: "500ms" is too short; {FLOOR}',
    ),
    ({"step_weight": 0}, f"step_weight: 0 is not a weight; {PERCENT}"),
    ({"step_weight": 101}, f"step_weight: 101 is not a weight; {PERCENT}"),
    ({"step_weight": 2.5}, f"step_weight: 2.5 is not a weight; {PERCENT}"),
    ({"step_weight": 60, "max_weight": 50}, "step_weight: 60 is more than max_weight 50; allowed: up to it"),
    ({"threshold": 0}, "threshold: 0 is not a count; allowed: a whole number, at least 1"),
    ({"stepWeigth": 5}, "stepWeigth: unknown setting; did you mean stepWeight?"),
    ({"step_weigth": 5}, "step_weigth: unknown setting; did you mean step_weight?"),
    ({"metrics": []}, f"metrics: {JUDGE}"),
    ({"metrics": [], "webhooks": [{"name": "e", "url": "http://e", "type": "event"}]}, f"metrics: {JUDGE}"),
    ({"on_no_data": "ignore"}, 'on_no_data: "ignore" is not accepted; allowed: hold, fail, pass'),
    (
        {"steps": [Weight(5)]},
        "steps: contradicts step_weight; allowed: one of step_weight, step_weights, steps, iterations",
    ),
    ({"step_weight": None, "step_weights": []}, "step_weights: is empty; allowed: at least one step"),
    (
        {"step_weight": None, "step_weights": [5, 20, 20]},
        "step_weights[2]: 20 is not more than 20 before it; allowed: ascending weights",
    ),
    (
        {"step_weight": None, "iterations": 5, "max_weight": 50},
        "max_weight: has no meaning without step_weight; allowed: with step_weight only",
    ),
    (
        {"session_affinity": {"cookieName": "c"}},
        f"session_affinity: needs session affinity, {CANNOT}; no router of this version can",
    ),
    ({"mirror_weight": 5}, "mirror_weight: has no meaning without mirror; allowed: with mirror: true"),
    ({"mirror": True}, f"mirror: needs mirroring, which the router trafficsplit cannot do; {PLANNED}"),
    (
        {"step_weight": None, "iterations": 5, "match": [{"headers": {"x": {"exact": "y"}}}]},
        f"match: needs match rules, which the router trafficsplit cannot do; {PLANNED}",
    ),
]

METRICS = [
    (
        {"name": "request-duration"},
        "threshold_range: is missing; without it no value could fail; such as {max: 500} (milliseconds)",
    ),
    (
        {"name": "lag", "max": 3},
        'query: is missing; "lag" is not built in (request-success-rate, request-duration are), so it needs one',
    ),
    ({"name": "request-duration", "min": 9, "max": 1}, "min: 9 is more than max 1; allowed: min up to max"),
    (
        {"name": "request-duration", "thresholdRange": {"min": 9, "max": 1}},
        "thresholdRange.min: 9 is more than max 1; allowed: min up to max",
    ),
    (
        {"name": "request-duration", "thresholdRange": {}},
        "thresholdRange: has neither min nor max; allowed: at least one of them",
    ),
    ({"name": "request-success-rate", "threshold": 990}, "threshold: 990 is not a percentage; allowed: 0 to 100"),
    (
        {"name": "request-duration", "max": "fast"},
        'max: "fast" is not a number; allowed: a finite number such as 99 or 0.5',
    ),
    (
        {"name": "request-duration", "max": 1, "percentile": 100},
        "percentile: 100 is not a percentile; allowed: more than 0 and less than 100, such as 99 or 99.9",
    ),
    (
        {"name": "request-duration", "max": 1, "interval": "10x"},
        f'interval: "10x" is not a duration; {DURATION}',
    ),
    (
        {"name": "x", "max": 1, "query": "q", "backend": {"type": "cloudwatch"}},
        "backend.region: is missing; cloudwatch needs the region, such as eu-central-1",
    ),
    (
        {"name": "x", "max": 1, "query": "q", "backend": {"type": "graphite"}},
        'backend.type: "graphite" is not accepted; allowed: prometheus, datadog, cloudwatch',
    ),
]

KINDS = "weight, pause, gate, mirror, match, hold, switch"
STEPS = [
    (Weight(0), f".weight: 0 is not a weight; {PERCENT}"),
    (Weight(101), f".weight: 101 is not a weight; {PERCENT}"),
    (Weight(5, duration="soon"), f'.duration: "soon" is not a duration; {DURATION}'),
    (Pause("0s"), '.pause: "0s" is no time at all; allowed: more than 0s'),
    (Pause(5), f'.pause: 5 has no unit; write "5s" for seconds; {DURATION}'),  # type: ignore[arg-type]
    (
        Gate("load-tester"),
        '.gate.url: "load-tester" is not a URL; allowed: "http://..." or "https://...", such as http://load-tester.prod/',
    ),
    (Mirror(10), f": needs mirroring, which the router trafficsplit cannot do; {PLANNED}"),
    (
        Match([{"headers": {"x": {"exact": "y"}}}]),
        f": needs match rules, which the router trafficsplit cannot do; {PLANNED}",
    ),
    ({"weight": 5, "pause": "1m"}, f": has weight and pause; allowed: exactly one of {KINDS}"),
    ({"duration": "1m"}, f": has no kind; allowed: exactly one of {KINDS}"),
    ({"pause": "1m", "checks": 3}, ".checks: has no meaning for pause; allowed: with weight, mirror, match"),
    ({"switch": False}, ".switch: is nothing; allowed: true, or leave the step out"),
    (5, f": 5 is not a step; allowed: a mapping with one of {KINDS}, such as {{weight: 5}}"),
]


@pytest.mark.parametrize(("change", "line"), RELEASE)
def test_a_fault_of_the_release_names_its_field(change: dict[str, Any], line: str) -> None:
    assert lines_of(GOOD | change) == [line]


@pytest.mark.parametrize(("change", "line"), ANALYSIS)
def test_a_fault_of_the_analysis_names_its_field(change: dict[str, Any], line: str) -> None:
    assert lines_of(GOOD | {"analysis": GOOD["analysis"] | change}) == [f"analysis.{line}"]


@pytest.mark.parametrize(("metric", "line"), METRICS)
def test_a_fault_of_a_metric_names_its_place_in_the_list(metric: dict[str, Any], line: str) -> None:
    analysis = {"step_weight": 5, "metrics": [METRIC | {"name": "first", "query": "q"}, metric]}
    assert lines_of(GOOD | {"analysis": analysis}) == [f"analysis.metrics[1].{line}"]


@pytest.mark.parametrize(("step", "line"), STEPS)
def test_a_fault_of_a_step_names_its_place_in_the_list(step: Any, line: str) -> None:
    assert lines_of(GOOD | {"analysis": {"steps": [Weight(1), step], "metrics": [METRIC]}}) == [
        f"analysis.steps[1]{line}"
    ]


def test_all_faults_are_reported_at_once_and_checks_across_fields_are_not_hidden_by_others() -> None:
    given = {"name": "podinfo", "analysis": {"interval": "10x", "stepWeight": 0, "maxWeight": 101, "stepWeigths": [5]}}
    assert lines_of(given) == [
        "service: is missing; it has no default",
        f'analysis.interval: "10x" is not a duration; {DURATION}',
        f"analysis.stepWeight: 0 is not a weight; {PERCENT}",
        f"analysis.maxWeight: 101 is not a weight; {PERCENT}",
        "analysis.stepWeigths: unknown setting; did you mean stepWeights?",
        f"analysis.metrics: {JUDGE}",
    ]


def test_nothing_at_all_says_what_is_needed() -> None:
    assert lines_of({}) == [
        "name: is missing; it has no default",
        "service: is missing; it has no default",
        "analysis: is missing; allowed: an analysis, or skip_analysis: true to promote without proof",
    ]


def test_the_message_has_a_heading_and_a_line_for_each_fault() -> None:
    with pytest.raises(SettingsError, match=r"^2 settings are not acceptable:\n  name: .*\n  service.port: .*$"):
        parse(GOOD | {"name": "", "service": {"port": -1}})


def test_a_setting_in_both_spellings_is_refused() -> None:
    given = GOOD | {"analysis": {"step_weight": 5, "stepWeight": 5, "metrics": [METRIC]}}
    assert lines_of(given) == ["analysis: stepWeight is given twice, in two spellings; allowed: one of them"]


def test_names_that_tell_things_apart_are_used_once() -> None:
    hook = {"name": "h", "url": "http://h"}
    analysis = {"step_weight": 5, "metrics": [METRIC, METRIC], "webhooks": [hook, hook, hook | {"type": "event"}]}
    assert lines_of(GOOD | {"analysis": analysis}) == [
        'analysis.metrics[1].name: "request-success-rate" is used twice; allowed: a name of its own for each metric',
        'analysis.webhooks[1].name: "rollout/h" is used twice; allowed: a name of its own for each webhook of a type',
    ]


def test_an_address_that_is_a_credential_is_not_shown() -> None:
    alert = {"name": "team", "type": "slack", "address": "hooks.slack.com/services/T0/B0/secret"}
    assert lines_of(GOOD | {"analysis": GOOD["analysis"] | {"alerts": [alert]}}) == [
        'analysis.alerts[0].address: what is given is not a URL (not shown here); allowed: "http://..." or "https://..."'
    ]


def test_a_duration_may_be_a_timedelta_in_python() -> None:
    settings = parse(GOOD | {"analysis": GOOD["analysis"] | {"interval": timedelta(seconds=10)}})
    assert settings.to_spec().interval == timedelta(seconds=10)
