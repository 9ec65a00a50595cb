"""The guard's objects, and its rights: no more than bringing traffic home needs."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from canary import Guard
from canary.guard import guard_rules
from canary.settings import SettingsError
from tests.components.graph import Graph, declare


def guarded(**fields: Any) -> Graph:
    return declare(lambda: Guard(**{"namespace": "prod", "image": "registry/pulumi-canary:1", **fields}))


def test_a_guard_is_one_pod_with_an_account_and_a_role_of_its_namespace() -> None:
    graph = guarded()
    kinds = {"ServiceAccount", "Role", "RoleBinding", "Deployment"}
    assert {kind: list(graph.of(kind)) for kind in kinds} == {kind: ["canary-guard"] for kind in kinds}
    assert {graph.one(kind).metadata["namespace"] for kind in kinds} == {"prod"}
    assert graph.one("Deployment").spec["replicas"] == 1
    binding = graph.one("RoleBinding").inputs
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "canary-guard", "namespace": "prod"}]
    assert binding["roleRef"]["name"] == "canary-guard"


def test_the_pod_comes_after_its_rights() -> None:
    assert "canary-guard" in guarded().one("Deployment").after


def test_it_watches_its_namespace_and_is_probed() -> None:
    (container,) = guarded().one("Deployment").spec["template"]["spec"]["containers"]
    assert container["args"] == ["guard", "--namespace", "prod", "--health-port", "8080"]
    assert (container["livenessProbe"]["httpGet"]["path"], container["readinessProbe"]["httpGet"]["path"]) == (
        "/healthz",
        "/readyz",
    )
    assert set(container["resources"]) == {"requests", "limits"}


def test_it_is_no_root_and_cannot_become_more() -> None:
    pod = guarded().one("Deployment").spec["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_for_every_namespace_it_has_a_cluster_role_that_is_no_other_guards() -> None:
    graph = guarded(all_namespaces=True)
    assert graph.one("ClusterRole").metadata == {"name": "prod-canary-guard"}
    assert graph.one("ClusterRoleBinding").inputs["roleRef"]["name"] == "prod-canary-guard"
    (container,) = graph.one("Deployment").spec["template"]["spec"]["containers"]
    assert container["args"][1] == "--all-namespaces"
    assert graph.of("Role") == {}


@pytest.mark.parametrize("daemonsets", [True, False])
def test_its_rights_hold_no_secret_no_wildcard_and_no_creating_or_deleting(*, daemonsets: bool) -> None:
    for rule in guard_rules(daemonsets=daemonsets):
        assert set(rule["verbs"]) <= {"get", "list", "update", "patch"}
        assert not {"*", "secrets", "pods/exec"} & {*rule["resources"], *rule["apiGroups"]}


def test_it_cannot_change_what_a_deployment_runs() -> None:
    allowed = [rule["verbs"] for rule in guard_rules() if "deployments" in rule["resources"]]
    assert allowed == [["get"]]


def test_the_manifest_for_an_installation_by_hand_has_the_same_rights() -> None:
    file = Path(__file__).resolve().parents[2] / "examples" / "rbac" / "guard.yaml"
    roles = [document for document in yaml.safe_load_all(file.read_text()) if document["kind"] == "Role"]
    assert [role["rules"] for role in roles] == [guard_rules()]


@pytest.mark.parametrize("field", ["namespace", "image"])
def test_an_empty_field_is_refused_by_name(field: str) -> None:
    with pytest.raises(SettingsError, match=f"{field}: is empty"):
        guarded(**{field: ""})
