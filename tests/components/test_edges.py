"""Promotion is an edge of the graph: what comes after what."""

import pytest

from tests.components.graph import Graph, Node
from tests.components.releases import release


@pytest.fixture(scope="module")
def graph() -> Graph:
    return release()


def before(graph: Graph, node: Node) -> set[str]:
    """`kind/name` of everything that must be done before `node`, however indirectly."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        names = waiting.pop().after
        new = [other for other in graph.nodes if other.name in names and label(other) not in found | {label(node)}]
        found |= {label(other) for other in new}
        waiting += new
    return found


def label(node: Node) -> str:
    return f"{node.kind.rpartition(':')[2]}/{node.name}"


def test_nothing_in_the_cluster_changes_before_the_drain(graph: Graph) -> None:
    for kind in ("Deployment", "Service", "TrafficSplit", "Rollout", "Promotion"):
        for node in graph.of(kind).values():
            assert "podinfo-drain" in node.after or "Drain/podinfo-drain" in before(graph, node), label(node)


def test_the_drain_waits_for_nothing(graph: Graph) -> None:
    assert not before(graph, graph.one("Drain"))


def test_the_rollout_starts_when_the_new_canary_and_all_that_routes_to_it_are_there(graph: Graph) -> None:
    expected = {"podinfo-drain", "podinfo", "podinfo-canary", "podinfo-primary"}
    assert expected <= graph.one("Rollout").after
    assert {"Deployment/podinfo", "TrafficSplit/podinfo", "Service/podinfo"} <= before(graph, graph.one("Rollout"))


def test_the_canarys_template_changes_before_the_rollout_and_the_primarys_only_after_it(graph: Graph) -> None:
    canary, primary = graph.of("Deployment")["podinfo"], graph.of("Deployment")["podinfo-primary"]
    assert "Rollout/podinfo-rollout" not in before(graph, canary)
    assert primary.after == {"podinfo-rollout"}


def test_the_promotion_follows_the_primary_and_the_run(graph: Graph) -> None:
    promotion = graph.one("Promotion")
    assert {"podinfo-primary", "podinfo-rollout"} <= promotion.after
    assert promotion.inputs["run"] == "run-1"


def test_each_release_has_a_provider_process_of_its_own(graph: Graph) -> None:
    processes = [node for node in graph.nodes if node.kind == "pulumi:providers:pulumi-python"]
    assert [node.name for node in processes] == ["podinfo-release"]
    assert {graph.one(kind).provider for kind in ("Drain", "Rollout", "Promotion")} == {"podinfo-release"}


def test_each_step_is_told_its_own_urn_because_pulumi_does_not(graph: Graph) -> None:
    for kind in ("Drain", "Rollout", "Promotion"):
        urn = graph.one(kind).inputs["urn"]
        assert urn.startswith("urn:pulumi:")
        assert urn.endswith(f"pulumi-python:dynamic/canary:{kind}::podinfo-{kind.lower()}")


def test_the_drain_knows_whether_it_is_only_a_preview(graph: Graph) -> None:
    assert graph.one("Drain").inputs["preview"] is False
    assert release(preview=True).one("Drain").inputs["preview"] is True
