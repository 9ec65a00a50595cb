"""Which pods the one node takes."""

from typing import Any

import pytest

from lab.node.scheduler import awaits, objection

NODE: dict[str, Any] = {
    "metadata": {"name": "lab", "labels": {"kubernetes.io/os": "linux", "size": "4"}},
    "status": {"allocatable": {"cpu": "2", "memory": "8Gi", "pods": "250"}},
}


def pod(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "spec": {"containers": [{}], **spec}, "status": {"phase": "Pending"}}


def affinity(**term: Any) -> dict[str, Any]:
    required = {"nodeSelectorTerms": [term]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}


def test_a_plain_pod_is_taken() -> None:
    assert awaits(pod())
    assert objection(pod(), NODE) is None


@pytest.mark.parametrize(
    "spec", [{"nodeName": "lab"}, {"schedulerName": "other"}, {"schedulingGates": [{"name": "wait"}]}]
)
def test_a_pod_that_is_placed_or_gated_or_anothers_is_left_alone(spec: dict[str, Any]) -> None:
    assert not awaits(pod(**spec))


def test_a_pod_that_is_being_deleted_is_left_alone() -> None:
    assert not awaits({**pod(), "metadata": {"name": "p", "deletionTimestamp": "2026-01-01T00:00:00Z"}})


def test_a_selector_that_does_not_match_is_an_objection() -> None:
    assert "affinity/selector" in (objection(pod(nodeSelector={"kubernetes.io/os": "windows"}), NODE) or "")
    assert objection(pod(nodeSelector={"kubernetes.io/os": "linux"}), NODE) is None


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"key": "size", "operator": "In", "values": ["4"]}, True),
        ({"key": "size", "operator": "NotIn", "values": ["4"]}, False),
        ({"key": "gpu", "operator": "Exists"}, False),
        ({"key": "gpu", "operator": "DoesNotExist"}, True),
        ({"key": "size", "operator": "Gt", "values": ["3"]}, True),
        ({"key": "size", "operator": "Lt", "values": ["3"]}, False),
    ],
)
def test_required_affinity_is_honoured(rule: dict[str, Any], *, fits: bool) -> None:
    assert (objection(pod(affinity=affinity(matchExpressions=[rule])), NODE) is None) is fits


def test_a_daemon_pod_made_for_this_node_fits_and_for_another_does_not() -> None:
    def made_for(name: str) -> dict[str, Any]:
        rule = {"key": "metadata.name", "operator": "In", "values": [name]}
        return pod(affinity=affinity(matchFields=[rule]))

    assert objection(made_for("lab"), NODE) is None
    assert objection(made_for("other"), NODE) is not None


def test_a_request_larger_than_the_machine_is_an_objection() -> None:
    big = pod(containers=[{"resources": {"requests": {"cpu": "1500m"}}}, {"resources": {"requests": {"cpu": "600m"}}}])
    assert objection(big, NODE) == "0/1 nodes are available: 1 Insufficient cpu."
