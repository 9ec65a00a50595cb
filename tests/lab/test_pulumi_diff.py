"""Which changes are shown, how they are called, and which of them need a new object."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from lab.pulumi.kubernetes.checkpoint import checkpoint
from lab.pulumi.kubernetes.configuring import diff_config
from lab.pulumi.kubernetes.diffing import Diff, diff
from lab.pulumi.kubernetes.engine_log import EngineLog
from lab.pulumi.kubernetes.force_new import Mutability
from lab.pulumi.kubernetes.patches import merge_patch, path_text
from lab.pulumi.kubernetes.properties import UNKNOWN, Secret
from lab.pulumi.kubernetes.property_paths import PathError, contains, parse_path
from lab.pulumi.kubernetes.session import Session
from lab.pulumi.kubernetes.settings import Settings
from lab.pulumi.kubernetes.urns import Urn

Json = dict[str, Any]


def urn_of(obj: Json) -> Urn:
    version = obj["apiVersion"] if "/" in obj["apiVersion"] else f"core/{obj['apiVersion']}"
    return Urn(f"urn:pulumi:dev::p::kubernetes:{version}:{obj['kind']}::x")


def compare(
    old: Json,
    new: Json,
    live: Json | None = None,
    ignored: tuple[str, ...] = (),
    mutable: Mapping[str, bool] | None = None,
) -> Diff:
    session = Session(
        Settings(mutability=Mutability(**(mutable or {}))), EngineLog(""), "default", unreachable="a test"
    )
    state = checkpoint(old, live or old, old, old["apiVersion"], "manager")
    return diff(session, urn_of(new), state, new, ignored)


def kinds(found: Diff) -> dict[str, str]:
    return {each.text: each.change.value + ("-replace" if each.replaces else "") for each in found.differences}


def deployment(**spec: Any) -> Json:
    selector = {"matchLabels": {"app": "web"}}
    container = {"name": "web", "image": "web:1", "ports": [{"containerPort": 80}]}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}
    metadata = {"name": "web", "namespace": "prod"}
    spec = {"selector": selector, "template": template} | spec
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": copy.deepcopy(spec)}


def with_container(obj: Json, **fields: Any) -> Json:
    changed = copy.deepcopy(obj)
    changed["spec"]["template"]["spec"]["containers"][0].update(fields)
    return changed


def simple(kind: str, version: str = "v1", **body: Any) -> Json:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "x", "namespace": "prod"}, **body}


def test_nothing_changed_is_no_difference() -> None:
    assert compare(deployment(), deployment()).differences == ()


def test_what_the_cluster_filled_in_is_no_difference() -> None:
    live = deployment(replicas=3, strategy={"type": "RollingUpdate"}) | {"status": {"replicas": 3}}
    live["metadata"] |= {"uid": "u", "annotations": {"deployment.kubernetes.io/revision": "1"}}
    assert compare(deployment(), deployment(), live).differences == ()


def test_drift_in_a_declared_field_is_a_difference() -> None:
    assert kinds(compare(deployment(replicas=2), deployment(replicas=2), deployment(replicas=5))) == {
        "spec.replicas": "update"
    }


def test_a_change_inside_of_a_list_names_the_element() -> None:
    assert kinds(compare(deployment(), with_container(deployment(), image="web:2"))) == {
        "spec.template.spec.containers[0].image": "update"
    }


def test_an_element_that_is_added_or_gone_is_named() -> None:
    more = with_container(deployment(), ports=[{"containerPort": 80}, {"containerPort": 81}])
    path = "spec.template.spec.containers[0].ports[1]"
    assert kinds(compare(deployment(), more)) == {path: "add"}
    assert kinds(compare(more, deployment())) == {path: "delete"}


def test_a_key_gone_from_an_element_is_deleted() -> None:
    assert kinds(compare(with_container(deployment(), tty=True), deployment())) == {
        "spec.template.spec.containers[0].tty": "delete"
    }


def test_a_field_that_is_no_longer_declared_is_deleted() -> None:
    assert kinds(compare(deployment(replicas=2), deployment())) == {"spec.replicas": "delete"}


def test_an_unknown_value_is_an_update_of_what_is_there_and_else_an_addition() -> None:
    assert kinds(compare(deployment(replicas=2), deployment(replicas=UNKNOWN))) == {"spec.replicas": "update"}
    assert kinds(compare(deployment(), deployment(replicas=UNKNOWN))) == {"spec.replicas": "add"}


def test_a_zero_that_the_server_does_not_store_is_not_a_change_for_ever() -> None:
    declared = with_container(deployment(), tty=False, args=[], env=[{"name": "A", "value": ""}])
    stored = with_container(deployment(), env=[{"name": "A"}])
    assert compare(declared, declared, stored).differences == ()


def test_a_number_and_the_same_number_as_a_float_are_equal() -> None:
    assert compare(deployment(replicas=2), deployment(replicas=2.0)).differences == ()


def test_an_ignored_field_is_left_out() -> None:
    split = simple("TrafficSplit", "split.smi-spec.io/v1alpha2", spec={"backends": [{"service": "a", "weight": 0}]})
    moved = copy.deepcopy(split)
    moved["spec"]["backends"][0]["weight"] = 35
    assert kinds(compare(split, moved)) == {"spec.backends[0].weight": "update"}
    assert compare(split, moved, ignored=("spec.backends",)).differences == ()


def test_a_secret_is_compared_by_its_value() -> None:
    one, other = (simple("ConfigMap", data={"a": Secret(value)}) for value in ("1", "2"))
    assert compare(one, one).differences == ()
    assert kinds(compare(one, other)) == {"data.a": "update-replace"}


REPLACEMENTS = {
    "a name": (simple("ConfigMap"), {"metadata": {"name": "y", "namespace": "prod"}}, {}, True),
    "a namespace": (simple("ConfigMap"), {"metadata": {"name": "x", "namespace": "dev"}}, {}, True),
    "a ConfigMap's data": (simple("ConfigMap", data={"a": "1"}), {"data": {"a": "2"}}, {}, True),
    "mutable data": (simple("ConfigMap", data={"a": "1"}), {"data": {"a": "2"}}, {"config_maps": True}, False),
    "immutable data": (
        simple("ConfigMap", data={"a": "1"}, immutable=True),
        {"data": {"a": "2"}},
        {"config_maps": True},
        True,
    ),
    "a Secret's data": (simple("Secret", data={"a": "MQ=="}), {"data": {"a": "Mg=="}}, {}, True),
    "a Secret's text": (simple("Secret", stringData={"a": "1"}), {"stringData": {"a": "2"}}, {}, True),
    "a mutable Secret's data": (
        simple("Secret", data={"a": "MQ=="}),
        {"data": {"a": "Mg=="}},
        {"secrets": True},
        False,
    ),
    "a mutable Secret's type": (simple("Secret", type="a"), {"type": "b"}, {"secrets": True}, True),
    "a Service's address": (
        simple("Service", spec={"clusterIP": "10.43.0.9"}),
        {"spec": {"clusterIP": "None"}},
        {},
        True,
    ),
    "a Service's ports": (
        simple("Service", spec={"ports": [{"port": 1}]}),
        {"spec": {"ports": [{"port": 2}]}},
        {},
        False,
    ),
    "a Job's template": (
        simple("Job", "batch/v1", spec={"template": {"spec": {"restartPolicy": "Never"}}}),
        {"spec": {"template": {"spec": {"restartPolicy": "OnFailure"}}}},
        {},
        True,
    ),
    "a Pod's image": (
        simple("Pod", spec={"containers": [{"name": "a", "image": "a:1"}]}),
        {"spec": {"containers": [{"name": "a", "image": "a:2"}]}},
        {},
        True,
    ),
    "a role binding's role": (
        simple("RoleBinding", "rbac.authorization.k8s.io/v1", roleRef={"name": "a"}),
        {"roleRef": {"name": "b"}},
        {},
        True,
    ),
    "a custom resource's spec": (simple("X", "x.io/v1", spec={"selector": 1}), {"spec": {"selector": 2}}, {}, False),
}


@pytest.mark.parametrize(("old", "changes", "mutable", "replaces"), REPLACEMENTS.values(), ids=REPLACEMENTS)
def test_what_cannot_be_changed_in_place_needs_a_new_object(
    old: Json, changes: Json, mutable: dict[str, bool], *, replaces: bool
) -> None:
    found = compare(old, old | changes, mutable=mutable)
    assert found.differences
    assert bool(found.replaces) == replaces


def test_a_deployments_selector_needs_a_new_object() -> None:
    changed = deployment(selector={"matchLabels": {"app": "other"}})
    assert kinds(compare(deployment(), changed)) == {"spec.selector.matchLabels.app": "update-replace"}


def test_an_object_of_a_given_name_is_deleted_before_it_is_replaced() -> None:
    changed = deployment(selector={"matchLabels": {"app": "other"}})
    assert compare(deployment(), changed).delete_first


def test_a_renamed_object_is_created_before_the_old_one_is_deleted() -> None:
    renamed = deployment() | {"metadata": {"name": "other", "namespace": "prod"}}
    assert not compare(deployment(), renamed).delete_first


def test_an_object_of_a_generated_name_is_created_before_the_old_one_is_deleted() -> None:
    marked = {"name": "x-1", "namespace": "prod", "annotations": {"pulumi.com/autonamed": "true"}}
    old, new = ({**simple("ConfigMap", data={"a": value}), "metadata": marked} for value in ("1", "2"))
    found = compare(old, new)
    assert found.replaces
    assert not found.delete_first


def test_a_patch_is_only_replaced_when_it_names_another_object() -> None:
    old, new = deployment(), deployment(selector={"matchLabels": {"app": "other"}})
    session = Session(Settings(), EngineLog(""), "default", unreachable="a test")
    urn = Urn("urn:pulumi:dev::p::kubernetes:apps/v1:DeploymentPatch::x")
    assert not diff(session, urn, checkpoint(old, old, old, "apps/v1", "m"), new, ()).replaces


def test_a_merge_patch_turns_the_old_into_the_new() -> None:
    old = {"a": 1, "b": {"c": [1], "d": 2}, "e": 3}
    assert merge_patch(old, {"a": 1, "b": {"c": [2], "d": 2}, "f": None}) == {"b": {"c": [2]}, "e": None, "f": None}


@pytest.mark.parametrize("text", ["spec.ports[0].port", 'metadata.annotations["a.b/c"]', "data", "spec[1][2]"])
def test_a_property_path_is_read_and_written_alike(text: str) -> None:
    assert path_text(parse_path(text)) == text


def test_a_path_contains_what_lies_below_it() -> None:
    assert contains(parse_path("spec.*.name"), parse_path("spec.ports.name.x"))
    assert not contains(parse_path("spec.ports"), parse_path("spec.portsX"))


def test_what_is_no_path_is_quoted() -> None:
    with pytest.raises(PathError, match=r"spec\["):
        parse_path("spec[")


def kubeconfig(server: str, token: str) -> str:
    return (
        "{current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}], "
        f"clusters: [{{name: k, cluster: {{server: {server}}}}}], users: [{{name: u, user: {{token: {token}}}}}]}}\n"
    )


def test_another_cluster_replaces_everything_but_new_credentials_do_not() -> None:
    old = {"kubeconfig": kubeconfig("https://a", "1")}
    assert diff_config(old, {"kubeconfig": kubeconfig("https://b", "1")}).replaces == ("kubeconfig",)
    renewed = diff_config(old, {"kubeconfig": kubeconfig("https://a", "2")})
    assert (renewed.changed, renewed.replaces) == (("kubeconfig",), ())


def test_an_unknown_kubeconfig_may_be_of_another_cluster() -> None:
    assert diff_config({"kubeconfig": "x"}, {"kubeconfig": UNKNOWN}).replaces == ("kubeconfig",)


def test_a_given_identity_of_the_cluster_decides_alone() -> None:
    old = {"kubeconfig": kubeconfig("https://a", "1"), "clusterIdentifier": "one"}
    new = {"kubeconfig": kubeconfig("https://b", "1"), "clusterIdentifier": "one"}
    assert diff_config(old, new).replaces == ()
    assert diff_config(old, new | {"clusterIdentifier": "two"}).replaces == ("clusterIdentifier",)
