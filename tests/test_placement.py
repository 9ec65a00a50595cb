"""A node selector said as an affinity means the same, whatever affinity there was."""

from typing import Any

import pytest

from canary.core.routing import Track
from canary.placement import REQUIRED, placed_by_affinity
from canary.tracks import plan_of_function
from lab.node.scheduler import objection

SSD, ZONE = {"disk": "ssd"}, {"key": "zone", "operator": "In", "values": ["a"]}


def node(**labels: str) -> dict[str, Any]:
    return {"metadata": {"name": "n1", "labels": labels}, "status": {"allocatable": {}}}


def required(*terms: dict[str, Any]) -> dict[str, Any]:
    return {"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": list(terms)}}}}


@pytest.mark.parametrize(
    "declared",
    [
        {},
        required({"matchExpressions": [ZONE]}),
        required({"matchExpressions": [ZONE]}, {"matchFields": [{**ZONE, "key": "metadata.name", "values": ["n1"]}]}),
    ],
)
@pytest.mark.parametrize("labels", [{}, {"disk": "ssd"}, {"disk": "hdd", "zone": "a"}, {"disk": "ssd", "zone": "a"}])
def test_the_same_nodes_are_allowed(declared: dict[str, Any], labels: dict[str, str]) -> None:
    pod = {"containers": [], "nodeSelector": SSD, **declared}
    moved = placed_by_affinity({"spec": pod})["spec"]
    assert "nodeSelector" not in moved
    assert (objection({"spec": moved}, node(**labels)) is None) == (objection({"spec": pod}, node(**labels)) is None)


def test_what_else_the_template_says_stays_and_the_declared_one_is_not_changed() -> None:
    pod = {"containers": [], "nodeSelector": SSD, "affinity": {"podAffinity": {"any": "thing"}}}
    template = {"metadata": {"labels": {"app": "a"}}, "spec": pod}
    moved = placed_by_affinity(template)
    assert moved["metadata"] == template["metadata"]
    assert moved["spec"]["affinity"]["podAffinity"] == {"any": "thing"}
    assert pod["nodeSelector"] == SSD


def test_only_the_canary_of_a_daemon_set_leaves_its_node_selector_to_the_rollout() -> None:
    def agent(track: Track) -> dict[str, Any]:
        name = "agent" if track is Track.CANARY else "agent-primary"
        template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [], "nodeSelector": SSD}}
        spec = {"selector": {"matchLabels": {"app": name}}, "template": template}
        return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": name}, "spec": spec}

    plan = plan_of_function("agent", "prod", agent)
    canary, primary = (plan.of(track).workload["spec"]["template"]["spec"] for track in (Track.CANARY, Track.PRIMARY))
    assert "nodeSelector" not in canary
    assert primary["nodeSelector"] == SSD
    assert plan.content[0]["template"]["spec"]["nodeSelector"] == SSD
