import json
from datetime import timedelta
from functools import reduce
from operator import getitem
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.core.routing import Capability
from canary.core.spec import Access, Counting, HookType, Policy, RouterRef
from canary.settings import Gate, Pause, Weight, from_config, parse, router_capabilities
from canary.settings.codec import spec_from_json, spec_to_json
from canary.settings.parsing import examine
from canary.settings.spelling import camel, snake

STEPS = [Weight(5), Pause("2m"), Weight(20, duration="1m"), Gate("https://gate.example/open")]
IN_CONFIG = [{"weight": 5}, {"pause": "2m"}, {"weight": 20, "duration": "1m"}, {"gate": "https://gate.example/open"}]
ARGUMENTS: dict[str, Any] = {
    "name": "podinfo",
    "namespace": "prod",
    "target": "podinfo-app",
    "service": {"port": 80, "target_port": "http", "port_name": "web", "app_protocol": "http"},
    "replicas": 3,
    "progress_deadline_seconds": 120,
    "router": "trafficsplit/v1alpha1",
    "metrics_server": "http://prometheus.monitoring:9090",
    "metrics_backend": {"secret_ref": "prometheus-login", "insecure_skip_verify": True},
    "access": "proxy",
    "analysis": {
        "interval": "10s",
        "steps": IN_CONFIG,
        "step_weight_promotion": 25,
        "threshold": 5,
        "counting": "consecutive",
        "on_no_data": "fail",
        "min_requests": 10,
        "warm_up": "30s",
        "initial_delay": "1m",
        "gate_deadline": "1h",
        "primary_ready_threshold": 80,
        "rollback_step": 20,
        "drain": "1s",
        "metrics": [
            {"name": "request-success-rate", "threshold_range": {"min": 99}, "interval": "1m"},
            {"name": "request-duration", "threshold": 500, "percentile": 95, "initial_delay": "0s"},
            {
                "name": "lag",
                "max": 10,
                "query": "q{{ variables.x }}",
                "variables": {"camelCase": "kept"},
                "dry_run": True,
            },
        ],
        "webhooks": [
            {"name": "load", "url": "http://load-tester.prod/", "metadata": {"cmdLine": "hey"}, "disable_tls": True}
        ],
        "alerts": [{"name": "team", "type": "slack", "severity": "error", "secret_ref": "slack-url"}],
    },
}
FREE = {"variables", "metadata", "headers"}


def in_camel_case(value: Any) -> Any:
    if isinstance(value, dict):
        return {camel(key): item if key in FREE else in_camel_case(item) for key, item in value.items()}
    return [in_camel_case(item) for item in value] if isinstance(value, list) else value


def test_python_arguments_and_stack_config_mean_the_same() -> None:
    in_python = ARGUMENTS | {"analysis": ARGUMENTS["analysis"] | {"steps": STEPS}}
    as_pulumi_has_it = {f"canary:{key}": _as_config(value) for key, value in in_camel_case(ARGUMENTS).items()}
    assert (
        parse(**in_python).to_spec()
        == parse(in_camel_case(ARGUMENTS)).to_spec()
        == from_config(as_pulumi_has_it).to_spec()
    )


def _as_config(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def test_every_setting_reaches_the_spec() -> None:
    spec = parse(ARGUMENTS).to_spec(kind="DaemonSet")
    assert (spec.target.name, spec.target.service, spec.target.release) == ("podinfo-app", "podinfo-app", "podinfo")
    assert (spec.target.kind, spec.target.replicas, spec.target.port) == ("DaemonSet", 3, 80)
    assert (spec.interval, spec.promotion_step, spec.access) == (timedelta(seconds=10), 25, Access.PROXY)
    assert spec.router == RouterRef("trafficsplit", "v1alpha1", "podinfo-app")
    assert (spec.backend.address, spec.backend.secret) == ("http://prometheus.monitoring:9090", "prometheus-login")
    assert (spec.retreat.step, spec.retreat.drain) == (20, timedelta(seconds=1))
    assert (spec.alerts[0].secret, spec.alerts[0].severity) == ("slack-url", "error")


def test_every_limit_reaches_the_spec() -> None:
    limits = parse(ARGUMENTS).to_spec().limits
    assert (limits.threshold, limits.counting, limits.on_no_data) == (5, Counting.CONSECUTIVE, Policy.FAIL)
    assert (limits.min_requests, limits.warm_up) == (10, timedelta(seconds=30))
    assert (limits.gate_deadline, limits.progress_deadline) == (timedelta(hours=1), timedelta(minutes=2))
    assert (limits.primary_ready_percent, limits.canary_ready_percent) == (80, 100)


def test_metrics_keep_their_ranges_and_the_names_of_their_variables() -> None:
    rate, duration, lag = parse(ARGUMENTS).to_spec().metrics
    assert (rate.minimum, rate.maximum, rate.initial_delay) == (99, None, timedelta(minutes=1))
    assert (duration.minimum, duration.maximum, duration.initial_delay) == (None, 500, timedelta(0))
    assert (duration.percentile, lag.variables, lag.dry_run) == (95, {"camelCase": "kept"}, True)


def test_webhooks_keep_their_metadata() -> None:
    (hook,) = parse(ARGUMENTS).to_spec().hooks
    assert (hook.type, hook.metadata, hook.disable_tls) == (HookType.ROLLOUT, {"cmdLine": "hey"}, True)


def test_the_services_have_the_port_that_was_asked_for() -> None:
    port = {"name": "web", "port": 80, "targetPort": "http", "protocol": "TCP", "appProtocol": "http"}
    assert parse(ARGUMENTS).service_port() == port
    plain = parse(name="a", service={"port": 80}, skip_analysis=True).service_port()
    assert plain == {"name": "http", "port": 80, "targetPort": 80, "protocol": "TCP"}


@pytest.mark.parametrize("version", ["v1alpha1", "v1alpha2", "v1alpha3", "v1alpha4"])
def test_a_traffic_split_can_do_weights_only(version: str) -> None:
    assert router_capabilities(RouterRef("trafficsplit", version)) == {Capability.WEIGHTS}


@pytest.mark.parametrize("key", ["step_weight", "disable_tls", "progress_deadline_seconds", "name"])
def test_both_spellings_of_a_key_lead_to_each_other(key: str) -> None:
    assert snake(camel(key)) == key


def places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in `value`, the outermost left out."""
    items = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    return [one for key, item in items for one in [(*place, key), *places(item, (*place, key))]]


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 101, 10**30, 1.5, float("nan"), "", "x", "10x", "5", [], [[]], [5], {}, {"name": 5}]
)


@given(st.lists(st.tuples(st.sampled_from(places(ARGUMENTS)), ODD), min_size=1, max_size=4))
def test_whatever_is_written_is_read_or_refused_with_a_reason(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    written = json.loads(json.dumps(ARGUMENTS))
    for (*parents, last), odd in changes:
        try:
            reduce(getitem, parents, written)[last] = odd
        except (LookupError, TypeError):
            continue
    settings, faults = examine(written)
    assert faults or settings is not None
    if not faults and settings is not None:
        assert spec_from_json(spec_to_json(settings.to_spec())) == settings.to_spec()
