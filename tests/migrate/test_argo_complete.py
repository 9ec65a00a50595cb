"""Field by field through Argo's definition of a Rollout: each field changes the release or is named."""

from typing import Any

import pytest
import yaml

from canary.migrate import Imported, ImportFault, from_argo

ANALYSIS = {"interval": "30s", "metrics": [{"name": "request-success-rate", "min": 99}]}

# The fields of the definition's spec (v1alpha1, as of August 2026), with a value to try.
HONOURED: dict[str, Any] = {
    "paused": True,
    "progressDeadlineSeconds": 30,
    "replicas": 7,
    "workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "other"},
    "strategy.canary.trafficRouting": {"smi": {"rootService": "front"}},
    "strategy.canary.steps": [{"setWeight": 30}, {"pause": {"duration": "1m"}}, {"pause": {}}],
}
NAMED: dict[str, Any] = {
    "analysis": {"successfulRunHistoryLimit": 1},
    "minReadySeconds": 5,
    "progressDeadlineAbort": True,
    "restartAt": "2026-01-01T00:00:00Z",
    "revisionHistoryLimit": 3,
    "rollbackWindow": {"revisions": 3},
    "selector": {"matchLabels": {"a": "b"}},
    "template": {"spec": {"containers": []}},
    "workloadRef.scaleDown": "onsuccess",
    "strategy.blueGreen": {"activeService": "x"},
    "strategy.canary.abortScaleDownDelaySeconds": 30,
    "strategy.canary.analysis": {"templates": [{"templateName": "t"}]},
    "strategy.canary.antiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": {"weight": 1}},
    "strategy.canary.canaryMetadata": {"labels": {"a": "b"}},
    "strategy.canary.canaryService": "x",
    "strategy.canary.dynamicStableScale": True,
    "strategy.canary.maxSurge": "20%",
    "strategy.canary.maxUnavailable": 1,
    "strategy.canary.minPodsPerReplicaSet": 1,
    "strategy.canary.pingPong": {"pingService": "a", "pongService": "b"},
    "strategy.canary.replicaProgressThreshold": {"type": "Percent", "value": 90},
    "strategy.canary.scaleDownDelayRevisionLimit": 1,
    "strategy.canary.scaleDownDelaySeconds": 30,
    "strategy.canary.stableMetadata": {"labels": {"a": "b"}},
    "strategy.canary.stableService": "x",
    "strategy.canary.trafficRouting.alb": {"ingress": "x"},
    "strategy.canary.trafficRouting.ambassador": {"mappings": ["x"]},
    "strategy.canary.trafficRouting.apisix": {"route": {"name": "x"}},
    "strategy.canary.trafficRouting.appMesh": {"virtualService": {"name": "x"}},
    "strategy.canary.trafficRouting.istio": {"virtualService": {"name": "x"}},
    "strategy.canary.trafficRouting.managedRoutes": [{"name": "x"}],
    "strategy.canary.trafficRouting.maxTrafficWeight": 1000,
    "strategy.canary.trafficRouting.nginx": {"stableIngress": "x"},
    "strategy.canary.trafficRouting.plugins": {"x": {}},
    "strategy.canary.trafficRouting.smi.trafficSplitName": "x",
    "strategy.canary.trafficRouting.traefik": {"weightedTraefikServiceName": "x"},
}
STEPS: dict[str, Any] = {
    "analysis": {"templates": [{"templateName": "t"}]},
    "experiment": {"templates": [{"name": "x"}]},
    "plugin": {"name": "x"},
    "setCanaryScale": {"replicas": 1},
    "setHeaderRoute": {"name": "x"},
    "setMirrorRoute": {"name": "x"},
}


def rollout(path: str = "", value: Any = None) -> dict[str, Any]:
    spec: dict[str, Any] = {"strategy": {"canary": {"steps": [{"setWeight": 5}]}}}
    *parents, last = path.split(".")
    place = spec
    for part in parents:
        place = place.setdefault(part, {})
    if path:
        place[last] = value
    metadata = {"name": "web", "namespace": "prod"}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": metadata, "spec": spec}


def read(document: dict[str, Any]) -> Imported:
    return from_argo(yaml.safe_dump(document), port=80, analysis=ANALYSIS)


def findings(document: dict[str, Any]) -> list[str]:
    """The paths of all faults, or of all notes if there is no fault."""
    try:
        lines: tuple[str, ...] = read(document).notes
    except ImportFault as fault:
        lines = fault.lines
    return [line.partition(":")[0] for line in lines]


@pytest.mark.parametrize(("path", "value"), HONOURED.items())
def test_a_field_with_a_counterpart_changes_the_release(path: str, value: Any) -> None:
    assert read(rollout(path, value)).settings.to_spec() != read(rollout()).settings.to_spec()


@pytest.mark.parametrize(("path", "value"), NAMED.items())
def test_a_field_without_counterpart_is_named_by_its_path(path: str, value: Any) -> None:
    assert f"spec.{path}" in findings(rollout(path, value))


@pytest.mark.parametrize(("key", "value"), STEPS.items())
def test_a_step_without_counterpart_is_named_by_its_path(key: str, value: Any) -> None:
    steps = [{"setWeight": 5}, {key: value}]
    assert f"spec.strategy.canary.steps[1].{key}" in findings(rollout("strategy.canary.steps", steps))


def test_a_workload_that_is_no_deployment_is_named() -> None:
    ref = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "x"}
    assert "spec.workloadRef.kind" in findings(rollout("workloadRef", ref))


def test_an_object_of_another_version_or_with_foreign_parts_is_named() -> None:
    document = rollout() | {"apiVersion": "argoproj.io/v2", "extra": 1}
    assert {"apiVersion", "extra"} <= set(findings(document))


def test_the_objects_own_metadata_and_status_are_notes() -> None:
    document = rollout() | {"status": {"phase": "Healthy"}}
    document["metadata"] |= {"labels": {"a": "b"}}
    assert {"metadata.labels", "status"} <= set(findings(document))
