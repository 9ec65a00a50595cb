"""Which objects one Canary declares, under which names, selected by which labels."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.components.graph import Graph
from tests.components.releases import DEPLOYMENT, deployment, release

KINDS = ("Deployment", "Service", "TrafficSplit", "Drain", "Rollout", "Promotion")


@pytest.fixture(scope="module")
def graph() -> Graph:
    return release()


def names(graph: Graph) -> dict[str, set[str]]:
    return {kind: set(graph.of(kind)) for kind in KINDS}


def test_one_release_is_two_deployments_three_services_a_split_and_the_three_steps(graph: Graph) -> None:
    assert names(graph) == {
        "Deployment": {"podinfo", "podinfo-primary"},
        "Service": {"podinfo", "podinfo-canary", "podinfo-primary"},
        "TrafficSplit": {"podinfo"},
        "Drain": {"podinfo-drain"},
        "Rollout": {"podinfo-rollout"},
        "Promotion": {"podinfo-promotion"},
    }


@pytest.mark.parametrize("kind", ["Deployment", "Service", "TrafficSplit"])
def test_objects_in_the_cluster_have_the_names_of_the_graph_and_the_namespace_of_the_settings(
    graph: Graph, kind: str
) -> None:
    for name, node in graph.of(kind).items():
        assert (node.metadata["name"], node.metadata["namespace"]) == (name, "prod")


def test_everything_is_a_child_of_the_component(graph: Graph) -> None:
    parents = {node.name: node.parent for node in graph.nodes if node.kind != "canary:index:Canary"}
    assert set(parents.values()) == {"podinfo"}


def test_the_canary_keeps_the_users_labels_and_the_primary_has_the_suffix(graph: Graph) -> None:
    for name, app in {"podinfo": "podinfo", "podinfo-primary": "podinfo-primary"}.items():
        spec = graph.of("Deployment")[name].spec
        assert spec["selector"]["matchLabels"] == {"app": app, "team": "web"}
        assert spec["template"]["metadata"]["labels"] == {"app": app, "team": "web"}


def test_the_tracks_never_select_each_others_pods(graph: Graph) -> None:
    tracks = [node.spec for node in graph.of("Deployment").values()]
    for one, other in (tracks, tracks[::-1]):
        assert not selects(one["selector"]["matchLabels"], other["template"]["metadata"]["labels"])


def selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return selector.items() <= labels.items()


@pytest.mark.parametrize(
    ("service", "deployment_name"),
    [("podinfo", "podinfo-primary"), ("podinfo-primary", "podinfo-primary"), ("podinfo-canary", "podinfo")],
)
def test_a_service_selects_exactly_its_track(graph: Graph, service: str, deployment_name: str) -> None:
    selector = graph.of("Service")[service].spec["selector"]
    pods = {name: node.spec["template"]["metadata"]["labels"] for name, node in graph.of("Deployment").items()}
    assert [name for name, labels in pods.items() if selects(selector, labels)] == [deployment_name]


def test_services_have_the_port_of_the_settings(graph: Graph) -> None:
    for node in graph.of("Service").values():
        assert node.spec["ports"] == [{"name": "http", "port": 9898, "targetPort": 9898}]


def test_a_service_may_have_another_name_target_port_and_protocol() -> None:
    service = {"port": 80, "name": "web", "target_port": "http", "port_name": "web", "app_protocol": "http"}
    found = release(service=service)
    port = {"name": "web", "port": 80, "targetPort": "http", "appProtocol": "http"}
    assert {name: node.spec["ports"] for name, node in found.of("Service").items()} == {
        "web": [port],
        "web-canary": [port],
        "web-primary": [port],
    }
    assert found.one("TrafficSplit").spec["service"] == "web"


def test_the_canary_declares_no_replicas_because_the_rollout_owns_them(graph: Graph) -> None:
    canary, primary = graph.of("Deployment")["podinfo"], graph.of("Deployment")["podinfo-primary"]
    assert "replicas" not in canary.spec
    assert canary.ignored == ("spec.replicas",)
    assert primary.spec["replicas"] == 2
    assert primary.ignored == ()


def test_apart_from_names_and_replicas_both_tracks_are_the_declared_deployment(graph: Graph) -> None:
    pods = [node.spec["template"]["spec"] for node in graph.of("Deployment").values()]
    assert pods == [DEPLOYMENT["template"]["spec"]] * 2


def split_weights(version: str) -> Any:
    return {
        backend["service"]: backend["weight"]
        for backend in release(router=f"trafficsplit/{version}").one("TrafficSplit").spec["backends"]
    }


@pytest.mark.parametrize("version", ["v1alpha2", "v1alpha3", "v1alpha4"])
def test_a_split_is_declared_with_everything_at_the_primary(version: str) -> None:
    assert split_weights(version) == {"podinfo-canary": 0, "podinfo-primary": 100}


def test_v1alpha1_writes_weights_as_quantities() -> None:
    assert split_weights("v1alpha1") == {"podinfo-canary": "0", "podinfo-primary": "100"}


def test_weights_belong_to_the_rollout(graph: Graph) -> None:
    assert graph.one("TrafficSplit").ignored == ("spec.backends",)


def test_what_can_never_become_ready_by_itself_is_not_awaited(graph: Graph) -> None:
    for node in graph.of("Service").values():
        assert node.metadata["annotations"]["pulumi.com/skipAwait"] == "true"


def test_a_deployment_without_selector_is_told_apart_by_app() -> None:
    declared = {key: value for key, value in deployment().items() if key != "selector"}
    found = release(declared).of("Deployment")
    assert [found[name].spec["selector"] for name in ("podinfo", "podinfo-primary")] == [
        {"matchLabels": {"app": "podinfo"}},
        {"matchLabels": {"app": "podinfo-primary"}},
    ]
