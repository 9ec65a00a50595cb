"""The rules on images, containers and TrafficSplits: one resource at a time."""

from typing import Any

import pytest

from policies.exemption import BadConfiguration
from policies.images import split
from policies.resource import Resource
from policies.view import UNKNOWN
from tests.policies.objects import CONTAINER, broken, resource, thing, unknown, workload

DIGEST = "sha256:" + "0a" * 32
PINNED = (
    "web:1.2.3",
    "web:v1.2.3-rc.1",
    "web:3f2a9c1",
    "web:main-3f2a9c1",
    f"web@{DIGEST}",
    f"r.io:5000/a/web:x@{DIGEST}",
)
MOVING = ("web", "web:latest", "web:1", "web:1.2", "web:stable", "r.io:5000/web", "web@sha256:short", "")


@pytest.mark.parametrize("image", PINNED)
def test_an_image_that_cannot_come_to_mean_another_is_fine(image: str) -> None:
    assert broken("image-pinned", workload(container={"image": image})) == []


@pytest.mark.parametrize("image", MOVING)
def test_an_image_that_may_come_to_mean_another_is_refused(image: str) -> None:
    [message] = broken("image-pinned", workload(container={"image": image}))
    assert f"spec.template.spec.containers[0].image is {image or 'missing'}" in message
    assert "allowed: a digest, or a tag that is never moved" in message


def test_a_digest_may_be_asked_for() -> None:
    [message] = broken("image-pinned", workload(), require_digest=True)
    assert "append the digest: shop/web:1.2.3@sha256:" in message


def test_a_team_says_which_tags_it_never_moves() -> None:
    assert broken("image-pinned", workload(container={"image": "web:release-7"}), tag_pattern=r"release-\d+") == []
    with pytest.raises(BadConfiguration, match=r"tag_pattern '\(' is no regular expression"):
        broken("image-pinned", workload(), tag_pattern="(")


POD: dict[str, Any] = {"containers": [{"name": "c", "image": "web"}]}
HOLDERS = [
    *(thing(kind, template={"spec": POD}) for kind in ("apps/v1:StatefulSet", "apps/v1:DaemonSet", "batch/v1:Job")),
    thing("argoproj.io/v1alpha1:Rollout", template={"spec": POD}),
    thing("apps/v1:DeploymentPatch", template={"spec": POD}),
    thing("batch/v1:CronJob", jobTemplate={"spec": {"template": {"spec": POD}}}),
    thing("core/v1:Pod", **POD),
    thing("apps/v1:Deployment", template={"spec": {"initContainers": POD["containers"]}}),
]


@pytest.mark.parametrize("holder", HOLDERS, ids=str)
def test_images_are_found_wherever_pods_are_declared(holder: Resource) -> None:
    assert len(broken("image-pinned", holder)) == 1


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("web", ("web", "", "")),
        ("r:5000/web", ("r:5000/web", "", "")),
        ("r:5000/web:1@sha256:ab", ("r:5000/web", "1", "sha256:ab")),
    ],
)
def test_an_image_has_three_parts(image: str, parts: tuple[str, str, str]) -> None:
    assert split(image) == parts


def test_a_container_without_readiness_is_refused() -> None:
    assert broken("probes", workload()) == []
    [message] = broken("probes", workload(container={"readinessProbe": None}))
    assert "Deployment shop/web: spec.template.spec.containers[0].readinessProbe is missing" in message
    assert len(broken("probes", workload(), probes=["readiness", "liveness", "startup"])) == 2


def test_a_sidecar_without_ports_needs_no_probe_beside_a_container_with_ports() -> None:
    pod = {"containers": [CONTAINER, {"name": "logs", "image": "logs:1.2.3"}]}
    assert broken("probes", thing("apps/v1:Deployment", template={"spec": pod})) == []
    without_ports = {"containers": [{"name": "a"}]}
    assert len(broken("probes", thing("apps/v1:Deployment", template={"spec": without_ports}))) == 1


def test_a_container_without_requests_or_limits_is_refused() -> None:
    assert broken("resource-limits", workload()) == []
    messages = broken("resource-limits", workload(container={"resources": {"requests": {"cpu": 1}}}))
    assert ["requests.memory is missing" in messages[0], "limits.memory is missing" in messages[1]] == [True, True]
    assert broken("resource-limits", workload(container={"resources": {}}), requests=[], limits=[]) == []


@pytest.mark.parametrize("name", ["probes", "resource-limits"])
def test_a_patch_and_a_job_need_neither(name: str) -> None:
    assert broken(name, thing("apps/v1:DeploymentPatch", template={"spec": POD})) == []
    assert broken(name, thing("batch/v1:Job", template={"spec": POD})) == []


def test_values_that_are_not_known_are_neither_passed_nor_refused() -> None:
    late = workload(container={"image": UNKNOWN, "readinessProbe": UNKNOWN, "resources": UNKNOWN})
    place = "spec.template.spec.containers[0]"
    assert unknown("image-pinned", late) == [f"{place}.image"]
    assert unknown("probes", late) == [f"{place}.readinessProbe"]
    assert unknown("resource-limits", late, requests=[]) == [f"{place}.resources.limits.memory"]
    assert unknown("image-pinned", workload(template=UNKNOWN))[0] == "spec.template.spec.initContainers"


def traffic(primary: Any, canary: Any, ignored: tuple[str, ...] = ("spec.backends",)) -> Resource:
    backends = [{"service": "web-primary", "weight": primary}, {"service": "web-canary", "weight": canary}]
    props = {"metadata": {"name": "web", "namespace": "shop"}, "spec": {"service": "web", "backends": backends}}
    return resource("kubernetes:split.smi-spec.io/v1alpha2:TrafficSplit", props, ignored=ignored)


def test_weights_that_the_release_shifts_are_fine() -> None:
    assert broken("weights-not-hand-set", traffic(100, 0)) == []


def test_weights_that_somebody_declared_are_refused() -> None:
    [message] = broken("weights-not-hand-set", traffic(90, 10))
    assert "spec.backends are web-primary 90, web-canary 10; allowed: all weight on one backend" in message
    [message] = broken("weights-not-hand-set", traffic(100, 0, ignored=()))
    assert "are declared and not ignored" in message
    assert 'ignore_changes=["spec.backends"]' in message


def test_weights_that_are_not_known_are_neither_passed_nor_refused() -> None:
    assert unknown("weights-not-hand-set", traffic(100, UNKNOWN)) == ["spec.backends[1].weight"]
