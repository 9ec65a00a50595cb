"""Flagger's objects are taken over field by field; what has no counterpart is named."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from canary.core.spec import Builtin, HookType, Policy, RouterRef, Weight
from canary.migrate import from_flagger
from canary.ports import Misconfigured
from tests.migrate.canaries import canary, lines_of, read

SEED = Path(__file__).parents[2] / "examples" / "podinfo" / "canary.yaml"


def test_the_walk_throughs_own_object_is_read_unchanged() -> None:
    spec = from_flagger(SEED).settings.to_spec()
    assert (spec.target.name, spec.target.namespace, spec.target.port) == ("podinfo", "prod", 9898)
    assert spec.steps == tuple(Weight(weight) for weight in range(5, 101, 5))
    assert (spec.interval, spec.limits.threshold) == (timedelta(seconds=10), 5)
    assert [(one.name, one.minimum, one.maximum) for one in spec.metrics] == [
        (Builtin.SUCCESS_RATE, 99, None),
        (Builtin.DURATION, None, 500),
    ]
    assert spec.hooks[0].metadata == {"cmd": "hey -z 2m -q 10 -c 2 http://podinfo:9898/"}


def test_notes_name_what_was_assumed_and_what_differs() -> None:
    assert [note.partition(": ")[0] for note in from_flagger(SEED).notes] == [
        "spec.provider",
        "spec.canaryAnalysis.metrics",
    ]


def test_the_workload_referred_to_is_told() -> None:
    imported = read(canary(targetRef={"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent"}))
    assert (imported.api_version, imported.kind, imported.target) == ("apps/v1", "DaemonSet", "agent")
    assert imported.settings.to_spec().target.release == "podinfo"


def test_every_plain_field_is_honoured() -> None:
    analysis = {
        "maxWeight": 50,
        "stepWeightPromotion": 25,
        "threshold": 3,
        "primaryReadyThreshold": 80,
        "canaryReadyThreshold": 60,
    }
    service = {"port": 80, "name": "web", "targetPort": "http", "portName": "web", "appProtocol": "http"}
    spec_fields = {"metricsServer": "http://p:9090", "progressDeadlineSeconds": 60, "suspend": True, "service": service}
    imported = read(canary(analysis, **spec_fields))
    spec, limits = imported.settings.to_spec(), imported.settings.to_spec().limits
    assert (spec.max_weight, spec.promotion_step, spec.suspend) == (50, 25, True)
    assert (limits.threshold, limits.primary_ready_percent, limits.canary_ready_percent) == (3, 80, 60)
    assert (spec.backend.address, limits.progress_deadline) == ("http://p:9090", timedelta(minutes=1))
    assert spec.target.service == "web"
    assert imported.settings.service_port()["targetPort"] == "http"


def test_every_field_of_a_webhook_is_honoured() -> None:
    hook = {"name": "gate", "type": "confirm-promotion", "url": "http://gate/", "timeout": "5s", "retries": 2}
    more = {"metadata": {"aKey": "b"}, "muteAlert": True, "disableTLS": True}
    (read_hook,) = read(canary({"webhooks": [hook | more]})).settings.to_spec().hooks
    assert (read_hook.type, read_hook.timeout, read_hook.retries) == (
        HookType.CONFIRM_PROMOTION,
        timedelta(seconds=5),
        2,
    )
    assert (read_hook.metadata, read_hook.mute_alert, read_hook.disable_tls) == ({"aKey": "b"}, True, True)


def test_a_metric_takes_query_and_backend_from_its_template() -> None:
    provider = {
        "type": "datadog",
        "address": "https://dd",
        "secretRef": {"name": "keys"},
        "headers": {"X-A": ["1", "2"]},
    }
    template = _object("MetricTemplate", "errors", {"provider": provider, "query": "sum({{ target }})"})
    metric = {
        "name": "errors",
        "templateRef": {"name": "errors"},
        "thresholdRange": {"max": 1},
        "templateVariables": {"aB": "c"},
        "interval": "30s",
    }
    (seen,) = read(canary({"metrics": [metric]}), template).settings.to_spec().metrics
    assert (seen.query, seen.maximum, seen.variables) == ("sum({{ target }})", 1, {"aB": "c"})
    assert seen.backend is not None
    assert (seen.backend.type, seen.backend.secret, seen.backend.headers) == ("datadog", "keys", {"X-A": "1, 2"})


def test_an_inline_query_keeps_flaggers_meaning_of_threshold() -> None:
    (seen,) = read(canary({"metrics": [{"name": "404s", "query": "q", "threshold": 5}]})).settings.to_spec().metrics
    assert (seen.query, seen.minimum, seen.maximum) == ("q", None, 5)


def test_an_alert_takes_its_address_from_its_provider() -> None:
    provider = _object(
        "AlertProvider", "slack", {"type": "slack", "channel": "c", "address": "http://x", "secretRef": {"name": "s"}}
    )
    alert = {"name": "team", "severity": "warn", "providerRef": {"name": "slack"}}
    (seen,) = read(canary({"alerts": [alert]}), provider).settings.to_spec().alerts
    assert (seen.type, seen.channel, seen.severity, seen.secret, seen.address) == ("slack", "c", "warn", "s", "")


def _object(kind: str, name: str, spec: dict[str, Any], namespace: str = "prod") -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "flagger.app/v1beta1", "kind": kind, "metadata": metadata, "spec": spec}


NOT_GIVEN = "is not in what was given; pass the file that has it, too"


def test_what_is_referred_to_has_to_be_given() -> None:
    metrics = [{"name": "x", "templateRef": {"name": "t", "namespace": "flagger"}, "thresholdRange": {"max": 1}}]
    assert lines_of(canary({"metrics": metrics}))[0] == (
        f"spec.analysis.metrics[0].templateRef: MetricTemplate flagger/t {NOT_GIVEN}"
    )


def test_a_secret_of_another_namespace_is_named() -> None:
    template = _object(
        "MetricTemplate", "t", {"provider": {"type": "datadog", "secretRef": {"name": "s"}}, "query": "q"}, "flagger"
    )
    metrics = [{"name": "x", "templateRef": {"name": "t", "namespace": "flagger"}, "thresholdRange": {"max": 1}}]
    (line,) = lines_of(canary({"metrics": metrics}), template)
    assert line.startswith(
        "MetricTemplate flagger/t: spec.provider.secretRef: is not supported: it is in the namespace flagger"
    )


@pytest.mark.parametrize(
    ("provider", "router"),
    [
        ("", RouterRef("trafficsplit", "v1alpha2", "podinfo")),
        ("linkerd", RouterRef("trafficsplit", "v1alpha2", "podinfo")),
        ("smi:v1alpha1", RouterRef("trafficsplit", "v1alpha1", "podinfo")),
        ("smi:v1alpha3:linkerd", RouterRef("trafficsplit", "v1alpha3", "podinfo")),
    ],
)
def test_the_provider_says_which_router(provider: str, router: RouterRef) -> None:
    assert read(canary(provider=provider)).settings.router_ref == router


@pytest.mark.parametrize("provider", ["istio", "nginx", "kubernetes", "gloo:v1"])
def test_a_provider_without_a_router_here_is_named(provider: str) -> None:
    (line,) = lines_of(canary(provider=provider))
    assert line.startswith(f"spec.provider: is not supported: no router for {provider};")


def test_gateway_api_is_refused_as_planned() -> None:
    assert lines_of(canary(provider="gatewayapi:v1"))[0].startswith(
        'spec.provider: "httproute/v1" is planned but not in this version'
    )


def test_fields_that_say_nothing_are_neither_fault_nor_note() -> None:
    analysis = {"iterations": 0, "mirror": False, "mirrorWeight": 0, "match": [], "alerts": [], "webhooks": None}
    service = {"port": 9898, "portDiscovery": False, "hosts": [], "name": ""}
    imported = read(canary(analysis, service=service, autoscalerRef=None, revertOnDeletion=False, skipAnalysis=False))
    assert [note.partition(":")[0] for note in imported.notes] == ["spec.analysis.metrics"]


def test_faults_of_values_have_flaggers_paths() -> None:
    old = canary()
    old["apiVersion"] = "flagger.app/v1alpha3"
    old["spec"]["canaryAnalysis"] = old["spec"].pop("analysis") | {"interval": "10x", "stepWeight": 101}
    assert [line.partition(": ")[0] for line in lines_of(old)] == [
        "spec.canaryAnalysis.interval",
        "spec.canaryAnalysis.stepWeight",
    ]


def test_a_fault_becomes_a_note_when_it_is_ignored_by_its_path() -> None:
    imported = read(canary(autoscalerRef={"name": "x"}), ignore=["spec.autoscalerRef"])
    assert any(
        note.startswith("spec.autoscalerRef: ignored as you asked (is not supported: ") for note in imported.notes
    )


def test_a_canary_without_analysis_is_promoted_without_as_in_flagger() -> None:
    imported = read(canary(analysis=None) | {"spec": {**canary()["spec"], "analysis": None}})
    assert imported.settings.skip_analysis


@pytest.mark.parametrize(
    ("analysis", "weights"),
    [
        ({"stepWeights": [1, 10, 80], "stepWeight": 0}, [1, 10, 80]),
        ({"stepWeights": [1, 10, 80], "stepWeight": 0, "maxWeight": 50}, [1, 10, 80]),
        ({"stepWeights": [1, 40], "stepWeight": 20}, [20, 40]),
        ({"stepWeight": 30, "maxWeight": 50}, [30, 50]),
    ],
)
def test_of_several_strategies_the_one_that_flagger_reads_is_taken(
    analysis: dict[str, Any], weights: list[int]
) -> None:
    steps = read(canary(analysis)).settings.to_spec().steps
    assert [step.percent for step in steps if isinstance(step, Weight)] == weights


def test_iterations_win_over_weights_with_a_note() -> None:
    imported = read(canary({"iterations": 5, "maxWeight": 50}))
    assert [step.kind for step in imported.settings.to_spec().steps] == ["hold", "switch"]
    assert {"spec.analysis.stepWeight", "spec.analysis.maxWeight"} <= {
        note.partition(":")[0] for note in imported.notes
    }


def test_a_check_without_data_holds_which_a_note_says() -> None:
    imported = read(canary())
    assert imported.settings.to_spec().limits.on_no_data is Policy.HOLD
    assert any("onNoData: fail restores that" in note for note in imported.notes)


def test_one_of_several_canaries_is_chosen_by_name() -> None:
    other = canary()
    other["metadata"] = {"name": "backend"}
    assert read(canary(), other, name="backend").settings.namespace == "default"
    assert lines_of(canary(), other) == (
        "kind: there are 2 objects of kind Canary; pass name= one of: podinfo, backend",
    )


def test_objects_as_the_cluster_has_them_are_read() -> None:
    live = canary()
    live["metadata"] |= {"uid": "u", "resourceVersion": "1", "annotations": {"a": "b"}}
    imported = read({"apiVersion": "v1", "kind": "List", "items": [live | {"status": {"phase": "Succeeded"}}]})
    assert {"metadata.uid", "metadata.annotations", "status"} <= {note.partition(":")[0] for note in imported.notes}


@pytest.mark.parametrize("source", ["no/such/file.yaml", "a: [\n", "- 1\n- 2\n"])
def test_what_is_no_object_is_refused(source: str) -> None:
    with pytest.raises(Misconfigured):
        from_flagger(source)


def test_another_version_of_the_api_is_refused() -> None:
    assert lines_of(canary() | {"apiVersion": "flagger.app/v2"}) == (
        'apiVersion: "flagger.app/v2" is not known; allowed: flagger.app/v1alpha3, flagger.app/v1beta1',
    )
