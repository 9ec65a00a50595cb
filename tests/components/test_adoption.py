"""What serves already is touched last, and what could not be taken over safely is refused before anything is."""

from copy import deepcopy
from typing import Any

import pytest

from canary import components
from canary.adapters.existing import MANAGED, Existing, find_existing
from canary.adoption import refuse_unsafe
from canary.core.spec import Target
from canary.ports import Misconfigured
from canary.tracks import plan_of_deployment
from canary.workload import MANAGED as LABEL
from tests.components.graph import Graph
from tests.components.releases import DEPLOYMENT, release

LABELS = DEPLOYMENT["selector"]["matchLabels"]
OLD_DEPLOYMENT: dict[str, Any] = {
    "kind": "Deployment",
    "metadata": {"name": "podinfo"},
    "spec": {
        "replicas": 3,
        "selector": {"matchLabels": LABELS},
        "template": {"spec": {"containers": [{"name": "podinfod", "image": "podinfo:1"}]}},
    },
}
OLD_SERVICE: dict[str, Any] = {
    "kind": "Service",
    "metadata": {"name": "podinfo"},
    "spec": {"type": "ClusterIP", "clusterIP": "10.0.0.1", "selector": {"app": "podinfo"}, "ports": [{"port": 9898}]},
}


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, Existing]:
    """What is in the cluster; a test may change it."""
    there = {"now": Existing(OLD_DEPLOYMENT, OLD_SERVICE)}
    monkeypatch.setattr(components, "find_existing", lambda _cluster, _target: there["now"])
    return there


def adopted(**fields: Any) -> Graph:
    return release(adopt=True, **fields)


@pytest.mark.usefixtures("found")
def test_the_order_is_primary_then_service_and_split_then_promotion_then_canary() -> None:
    graph = adopted()
    assert "podinfo-primary" in graph.of("Service")["podinfo"].after
    assert "podinfo-primary" in graph.one("TrafficSplit").after
    assert {"podinfo"} <= graph.one("Promotion").after
    assert graph.of("Deployment")["podinfo"].after == {"podinfo-promotion"}
    assert "podinfo" not in graph.one("Rollout").after


@pytest.mark.usefixtures("found")
def test_the_facts_for_the_plan_are_among_the_inputs() -> None:
    assert adopted().one("Rollout").inputs["adopting"] == {
        "objects": ["Deployment podinfo", "Service podinfo"],
        "replicas": 3,
        "images": {"podinfod": "podinfo:1"},
    }


def test_once_everything_belongs_to_the_release_the_order_is_a_releases(found: dict[str, Existing]) -> None:
    found["now"] = Existing()
    graph = adopted()
    assert "adopting" not in graph.one("Rollout").inputs
    assert "podinfo" in graph.one("Rollout").after


@pytest.mark.usefixtures("found")
def test_what_others_own_is_taken_over_by_force_and_nothing_else_is() -> None:
    graph = adopted()
    assert graph.of("Deployment")["podinfo"].metadata["annotations"]["pulumi.com/patchForce"] == "true"
    assert "pulumi.com/patchForce" not in release().of("Deployment")["podinfo"].metadata["annotations"]


def test_a_service_alone_is_adopted_with_a_canary_that_is_made_first(found: dict[str, Existing]) -> None:
    found["now"] = Existing(service=OLD_SERVICE)
    graph = adopted()
    assert "podinfo-primary" in graph.of("Service")["podinfo"].after
    assert "podinfo" in graph.one("Rollout").after


def refusal(deployment: Any = OLD_DEPLOYMENT, service: Any = OLD_SERVICE, port: int = 9898) -> str:
    plan = plan_of_deployment("podinfo", DEPLOYMENT)
    try:
        refuse_unsafe(Existing(deployment, service), plan.canary, plan.primary, port)
    except Misconfigured as error:
        return str(error)
    return ""


def changed(manifest: Any, **spec: Any) -> Any:
    copy = deepcopy(manifest)
    copy["spec"].update(spec)
    return copy


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, ""),
        ({"deployment": {}}, ""),
        ({"service": {}}, ""),
        ({"service": changed(OLD_SERVICE, selector=LABELS)}, ""),
        ({"deployment": changed(OLD_DEPLOYMENT, selector={"matchLabels": {"app": "x"}})}, "selector cannot change"),
        ({"service": changed(OLD_SERVICE, type="LoadBalancer")}, "is of type LoadBalancer"),
        ({"service": changed(OLD_SERVICE, clusterIP="None")}, "is headless"),
        ({"service": changed(OLD_SERVICE, selector={"app": "podinfo", "tier": "web"})}, "{'tier': 'web'}"),
        ({"port": 80}, "has the ports [9898], but not service.port 80"),
    ],
)
def test_what_would_interrupt_users_is_refused(given: dict[str, Any], words: str) -> None:
    message = refusal(**given)
    assert words in message
    assert bool(message) is bool(words)


class Cluster:
    """A cluster with these two objects."""

    def __init__(self, **labels: str) -> None:
        self.labels = labels

    def get(self, path: str) -> Any:
        return deepcopy({**OLD_DEPLOYMENT, "metadata": {"name": "podinfo", "labels": self.labels}})


def test_only_what_belongs_to_no_release_is_found() -> None:
    target = Target("podinfo", "prod", "podinfo", 9898)
    assert find_existing(Cluster(), target).names == ["Deployment podinfo", "Service podinfo"]  # type: ignore[arg-type]
    assert not find_existing(Cluster(**{MANAGED: "podinfo"}), target)  # type: ignore[arg-type]


def test_the_label_is_the_one_that_a_release_puts_on_its_objects() -> None:
    assert MANAGED == LABEL
