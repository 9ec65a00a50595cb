"""`workload(track)`: whatever a track consists of is declared, versioned and rolled out with the release."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from canary import Canary, Track, track_name
from canary.ports import Misconfigured
from canary.settings.codec import spec_from_json
from tests.components.graph import Graph, declare
from tests.components.releases import CONTAINER, FIELDS

Manifests = list[dict[str, Any]]
CONFIG, DEPLOYMENT, SCALER = "ConfigMap", "Deployment", "HorizontalPodAutoscaler"


def everything(track: Track, color: Any = "blue", kind: str = DEPLOYMENT, replicas: int = 3) -> Manifests:
    """A ConfigMap, a Secret, a disruption budget, a custom object and the workload that uses them."""
    name = track_name("podinfo", track)
    labels = {"app": name}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{**CONTAINER, "envFrom": [{"configMapRef": {"name": f"{name}-config"}}]}]},
    }
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    if kind == "DaemonSet":
        spec.pop("replicas")
    return [
        manifest("v1", CONFIG, f"{name}-config", data={"COLOR": color}),
        manifest("v1", "Secret", name, stringData={"password": "p"}),
        manifest("policy/v1", "PodDisruptionBudget", name, spec={"selector": {"matchLabels": labels}}),
        manifest("policy.linkerd.io/v1beta3", "Server", name, spec={"port": "http"}, extra={"kept": True}),
        manifest("apps/v1", kind, name, spec=spec),
    ]


def scaled(track: Track, least: int = 4) -> Manifests:
    name = track_name("podinfo", track)
    target = {"apiVersion": "apps/v1", "kind": DEPLOYMENT, "name": name}
    spec = {"scaleTargetRef": target, "minReplicas": least, "maxReplicas": 9}
    return [*everything(track), manifest("autoscaling/v2", SCALER, name, spec=spec)]


def manifest(api_version: str, kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **fields}


def release(workload: Callable[[Track], Any] = everything) -> Graph:
    return declare(lambda: Canary("podinfo", workload=workload, **FIELDS).promotion.urn)


def refused(workload: Callable[[Track], Any], **fields: Any) -> str:
    messages: list[str] = []

    def program() -> None:
        try:
            Canary("podinfo", workload=workload, **{**FIELDS, **fields})
        except Misconfigured as error:
            messages.append(str(error))

    assert declare(program).nodes == []
    (message,) = messages
    return message


def revision(workload: Callable[[Track], Any]) -> str:
    return str(release(workload).one("Rollout").inputs["revision"])


@pytest.fixture(scope="module")
def graph() -> Graph:
    return release()


def kinds(graph: Graph) -> dict[str, str]:
    return {node.kind: node.name for node in graph.nodes if node.name.startswith("podinfo-primary")}


def test_each_object_has_the_type_that_the_kubernetes_provider_knows(graph: Graph) -> None:
    found = kinds(graph)
    for kind in ("core/v1:ConfigMap", "core/v1:Secret", "policy/v1:PodDisruptionBudget", "apps/v1:Deployment"):
        assert f"kubernetes:{kind}" in found
    assert "kubernetes:policy.linkerd.io/v1beta3:Server" in found


def test_fields_arrive_as_they_were_written(graph: Graph) -> None:
    assert graph.of(CONFIG)["podinfo-config"].inputs["data"] == {"COLOR": "blue"}
    server = graph.of("Server")["podinfo"].inputs
    assert (server["spec"], server["extra"]) == ({"port": "http"}, {"kept": True})


def test_everything_is_in_the_releases_namespace_and_labelled(graph: Graph) -> None:
    for kind in (CONFIG, "Secret", "PodDisruptionBudget", "Server", DEPLOYMENT):
        for node in graph.of(kind).values():
            assert node.metadata["namespace"] == "prod"
            assert node.metadata["labels"]["canary.pulumi.io/release"] == "podinfo"


def test_the_canarys_objects_change_after_the_drain_and_the_primarys_after_the_rollout(graph: Graph) -> None:
    for kind in (CONFIG, "Secret", "PodDisruptionBudget", "Server", DEPLOYMENT):
        for node in graph.of(kind).values():
            first = "podinfo-rollout" if "primary" in node.name else "podinfo-drain"
            assert first in node.after, (kind, node.name)


def test_the_rollout_waits_for_the_canarys_objects_and_the_promotion_for_the_primarys(graph: Graph) -> None:
    assert {"podinfo-config", "podinfo"} <= graph.one("Rollout").after
    assert {"podinfo-primary-config", "podinfo-primary"} <= graph.one("Promotion").after


def test_pods_come_after_the_configuration_that_they_read(graph: Graph) -> None:
    assert "podinfo-config" in graph.of(DEPLOYMENT)["podinfo"].after
    assert "podinfo-primary-config" in graph.of(DEPLOYMENT)["podinfo-primary"].after


def test_a_change_of_configuration_alone_is_a_new_revision_with_new_pods(graph: Graph) -> None:
    changed = release(lambda track: everything(track, color="green"))

    def stamps(found: Graph) -> set[str]:
        return {
            node.spec["template"]["metadata"]["annotations"]["canary.pulumi.io/revision"]
            for node in found.of(DEPLOYMENT).values()
        }

    assert stamps(graph) == {graph.one("Rollout").inputs["revision"]}
    assert stamps(changed).isdisjoint(stamps(graph))


def test_neither_order_nor_the_number_of_pods_is_a_new_revision(graph: Graph) -> None:
    expected = graph.one("Rollout").inputs["revision"]
    assert revision(lambda track: everything(track)[::-1]) == expected
    assert revision(lambda track: everything(track, replicas=8)) == expected
    assert revision(scaled) == revision(lambda track: scaled(track, least=6)) == expected


def test_a_revision_is_stable_from_release_to_release_of_this_library(graph: Graph) -> None:
    assert graph.one("Rollout").inputs["revision"] == "75ca79367f"


def test_a_value_that_is_known_later_or_secret_gives_the_same_revision_in_the_open(graph: Graph) -> None:
    later = release(lambda track: everything(track, color=pulumi.Output.secret("blue")))
    assert later.one("Rollout").inputs["revision"] == graph.one("Rollout").inputs["revision"]


def target(graph: Graph) -> Any:
    return spec_from_json(graph.one("Rollout").inputs["spec"]).target


def test_the_canary_is_scaled_to_the_declared_number(graph: Graph) -> None:
    assert target(graph).replicas == 3
    assert "replicas" not in graph.of(DEPLOYMENT)["podinfo"].spec
    assert graph.of(DEPLOYMENT)["podinfo-primary"].spec["replicas"] == 3


def test_with_an_autoscaler_nobody_else_declares_replicas_and_the_canary_starts_at_its_least() -> None:
    found = release(scaled)
    assert target(found).replicas == 4
    assert not any("replicas" in node.spec for node in found.of(DEPLOYMENT).values())
    assert set(found.of(SCALER)) == {"podinfo", "podinfo-primary"}


def test_services_select_the_pods_of_their_track(graph: Graph) -> None:
    selectors = {name: node.spec["selector"] for name, node in graph.of("Service").items()}
    assert selectors == {
        "podinfo": {"app": "podinfo-primary"},
        "podinfo-primary": {"app": "podinfo-primary"},
        "podinfo-canary": {"app": "podinfo"},
    }


def test_a_daemon_set_is_released_as_one() -> None:
    found = release(lambda track: everything(track, kind="DaemonSet"))
    assert target(found).kind == "DaemonSet"
    assert found.of("DaemonSet")["podinfo"].ignored == ()


def test_one_manifest_may_be_returned_alone() -> None:
    assert set(release(lambda track: everything(track)[-1]).of(DEPLOYMENT)) == {"podinfo", "podinfo-primary"}


def shared_config(track: Track) -> Manifests:
    return [manifest("v1", CONFIG, "config"), *everything(track)]


def shared_pods(track: Track) -> Manifests:
    found = everything(track)[-1]
    found["spec"] = everything(Track.CANARY)[-1]["spec"]
    return [found]


def foreign_scaler(track: Track) -> Manifests:
    found = scaled(track)
    found[-1]["spec"]["scaleTargetRef"]["name"] = "other"
    return found


@pytest.mark.parametrize(
    ("workload", "message"),
    [
        (shared_config, "workload: ConfigMap config is in both tracks"),
        (shared_pods, "workload: the selector of Deployment podinfo, {'app': 'podinfo'}, matches the pods of"),
        (foreign_scaler, "its spec.scaleTargetRef.name must be podinfo"),
        (lambda track: everything(track)[:-1], "given none; exactly one Deployment or DaemonSet, named podinfo"),
        (lambda _track: None, "workload(canary): returned NoneType; return one manifest, or a list"),
        (lambda _track: [{"kind": CONFIG, "metadata": {}}], "workload(canary)[0]: apiVersion is missing"),
        (lambda _track: ["podinfo"], "workload(canary)[0]: is str; a Kubernetes manifest is a mapping"),
        (
            lambda _track: [{**manifest("v1", CONFIG, "c"), "metadata": {"name": "c", "namespace": "other"}}],
            "metadata.namespace is not the release's, prod",
        ),
        (
            lambda track: manifest("apps/v1", DEPLOYMENT, track_name("podinfo", track), spec={}),
            "needs spec.selector.matchLabels and spec.template.metadata.labels",
        ),
    ],
)
def test_what_could_not_be_released_is_refused_before_any_resource(workload: Any, message: str) -> None:
    assert message in refused(workload)


def test_deployment_and_workload_are_alternatives() -> None:
    assert "either deployment=" in refused(everything, deployment={})


def test_a_field_that_a_kind_does_not_have_is_named() -> None:
    with pytest.raises(Misconfigured, match=r"ConfigMap podinfo-config: .*dta"):
        release(lambda track: [{**everything(track)[0], "dta": {}}, everything(track)[-1]])
