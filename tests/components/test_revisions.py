"""What is a new revision and what is not."""

from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest

from tests.components.graph import Graph
from tests.components.releases import DEPLOYMENT, deployment, release, revision


def reverse(value: Any) -> Any:
    """The same with every mapping's keys in the opposite order."""
    if isinstance(value, dict):
        return {key: reverse(value[key]) for key in reversed(value)}
    return [reverse(item) for item in value] if isinstance(value, list) else value


def classes() -> k8s.apps.v1.DeploymentSpecArgs:
    """DEPLOYMENT in the SDK's classes."""
    labels = {"app": "podinfo", "team": "web"}
    port = k8s.core.v1.ContainerPortArgs(name="http", container_port=9898)
    container = k8s.core.v1.ContainerArgs(name="podinfod", image="stefanprodan/podinfo:2.1.0", ports=[port])
    return k8s.apps.v1.DeploymentSpecArgs(
        replicas=2,
        selector=k8s.meta.v1.LabelSelectorArgs(match_labels=labels),
        template=k8s.core.v1.PodTemplateSpecArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(labels=labels), spec=k8s.core.v1.PodSpecArgs(containers=[container])
        ),
    )


def test_the_order_of_keys_is_no_new_revision() -> None:
    assert revision(reverse(DEPLOYMENT)) == revision(DEPLOYMENT)


@pytest.mark.parametrize("change", [{"replicas": 7}, {"strategy": {"type": "Recreate"}}, {"minReadySeconds": 3}])
def test_what_is_outside_the_pod_template_is_no_new_revision(change: dict[str, Any]) -> None:
    assert revision(deployment(**change)) == revision(DEPLOYMENT)


def test_another_image_is_a_new_revision() -> None:
    assert revision(deployment("stefanprodan/podinfo:2.1.1")) != revision(DEPLOYMENT)


def test_settings_are_no_part_of_the_revision() -> None:
    analysis = {"step_weight": 7, "metrics": [{"name": "request-duration", "max": 500}]}
    assert revision(DEPLOYMENT, analysis=analysis) == revision(DEPLOYMENT)


def test_a_revision_is_stable_from_release_to_release_of_this_library() -> None:
    assert revision(DEPLOYMENT) == "ed1118ff71"


def test_the_revision_is_on_every_deployment_and_step_alike() -> None:
    graph = release()
    steps = {graph.one(kind).inputs["revision"] for kind in ("Drain", "Rollout", "Promotion")}
    tracks = {node.metadata["annotations"]["canary.pulumi.io/revision"] for node in graph.of("Deployment").values()}
    assert steps == tracks == {revision()}


def inputs(graph: Graph) -> dict[str, Any]:
    return {name: node.inputs for name, node in graph.of("Deployment").items()}


def test_the_sdks_classes_mean_what_the_mapping_means() -> None:
    plain, typed = release(DEPLOYMENT), release(classes())
    assert inputs(typed) == inputs(plain)
    assert typed.one("Rollout").inputs == plain.one("Rollout").inputs


def test_a_value_that_is_known_later_gives_the_same_revision_as_the_plain_one() -> None:
    image = "stefanprodan/podinfo:2.1.0"
    assert revision(lambda: deployment(pulumi.Output.from_input(image))) == revision(DEPLOYMENT)
