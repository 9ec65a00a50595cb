"""What a check adds to the inputs: a name that is kept for life, and a namespace."""

from types import SimpleNamespace
from typing import Any

import pytest

from lab.pulumi.kubernetes.checking import CheckError, Wish, check
from lab.pulumi.kubernetes.engine_log import EngineLog
from lab.pulumi.kubernetes.naming import NamingError, field_manager
from lab.pulumi.kubernetes.properties import UNKNOWN, Secret
from lab.pulumi.kubernetes.session import Session
from lab.pulumi.kubernetes.settings import Settings
from lab.pulumi.kubernetes.urns import UnknownTypeError, Urn

CONFIG_MAP = Urn("urn:pulumi:dev::project::my:component:Thing$kubernetes:core/v1:ConfigMap::settings")
NAMESPACE = Urn("urn:pulumi:dev::project::kubernetes:core/v1:Namespace::prod")
SPLIT = Urn("urn:pulumi:dev::project::kubernetes:split.smi-spec.io/v1alpha2:TrafficSplit::web")
PATCH = Urn("urn:pulumi:dev::project::kubernetes:apps/v1:DeploymentPatch::web")
NO_WISH = Wish(b"", None)


@pytest.fixture
def session() -> Session:
    return Session(Settings(), EngineLog(""), "default", unreachable="no cluster in this test")


def config_map(**metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def test_an_object_without_a_name_gets_one_and_is_marked(session: Session) -> None:
    checked = check(session, CONFIG_MAP, {}, config_map(), Wish(b"seed", None))
    name = checked["metadata"]["name"]
    assert name.startswith("settings-")
    assert len(name) == len("settings-") + 8
    assert checked["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}


def test_the_same_seed_gives_the_same_name(session: Session) -> None:
    first, second = (check(session, CONFIG_MAP, {}, config_map(), Wish(b"seed", None)) for _ in range(2))
    assert first == second


def test_a_generated_name_is_kept(session: Session) -> None:
    old = check(session, CONFIG_MAP, {}, config_map(), Wish(b"seed", None))
    assert check(session, CONFIG_MAP, old, config_map(), Wish(b"other", None)) == old


def test_a_given_name_stays_and_is_not_marked(session: Session) -> None:
    checked = check(session, CONFIG_MAP, {}, config_map(name="mine"), NO_WISH)
    assert checked["metadata"] == {"name": "mine", "namespace": "default"}


def test_a_name_that_is_still_unknown_counts_as_given(session: Session) -> None:
    assert check(session, CONFIG_MAP, {}, config_map(name=UNKNOWN), NO_WISH)["metadata"]["name"] is UNKNOWN


def test_an_unknown_namespace_is_not_replaced_by_the_default(session: Session) -> None:
    checked = check(session, CONFIG_MAP, {}, config_map(name="a", namespace=UNKNOWN), NO_WISH)
    assert checked["metadata"]["namespace"] is UNKNOWN


def test_the_engines_proposal_is_taken_as_the_name(session: Session) -> None:
    wish = Wish(b"", SimpleNamespace(mode=0, DISABLE=2, proposed_name="proposed"))
    assert check(session, CONFIG_MAP, {}, config_map(), wish)["metadata"]["name"] == "proposed"


def test_generated_names_can_be_forbidden(session: Session) -> None:
    wish = Wish(b"", SimpleNamespace(mode=2, DISABLE=2, proposed_name=""))
    with pytest.raises(NamingError, match="autonaming is disabled"):
        check(session, CONFIG_MAP, {}, config_map(), wish)


def test_what_has_no_namespace_gets_none(session: Session) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "prod"}}
    assert check(session, NAMESPACE, {}, namespace, NO_WISH)["metadata"] == {"name": "prod"}


def test_a_custom_resource_whose_definition_comes_later_is_taken_for_namespaced(session: Session) -> None:
    split = {"apiVersion": "split.smi-spec.io/v1alpha2", "kind": "TrafficSplit", "metadata": {"name": "web"}}
    assert check(session, SPLIT, {}, split, NO_WISH)["metadata"]["namespace"] == "default"


def test_a_definition_of_the_same_program_says_that_its_kind_has_no_namespace(session: Session) -> None:
    spec = {"group": "split.smi-spec.io", "scope": "Cluster", "names": {"kind": "TrafficSplit"}}
    crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "x"}}
    urn = Urn("urn:pulumi:dev::p::kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition::x")
    check(session, urn, {}, crd | {"spec": spec}, NO_WISH)
    split = {"apiVersion": "split.smi-spec.io/v1alpha2", "kind": "TrafficSplit", "metadata": {"name": "web"}}
    assert "namespace" not in check(session, SPLIT, {}, split, NO_WISH)["metadata"]


def test_secrets_stay_marked(session: Session) -> None:
    new = config_map(name="a") | {"data": {"token": Secret("t"), "host": "h"}}
    assert check(session, CONFIG_MAP, {}, new, NO_WISH)["data"] == {"token": Secret("t"), "host": "h"}


def test_the_managed_by_label_of_former_days_is_kept_but_not_given(session: Session) -> None:
    old = config_map(name="a", labels={"app.kubernetes.io/managed-by": "pulumi"})
    kept = check(session, CONFIG_MAP, old, config_map(name="a"), NO_WISH)
    assert kept["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "pulumi"}
    assert "labels" not in check(session, CONFIG_MAP, {}, config_map(name="a"), NO_WISH)["metadata"]


def test_a_patch_must_name_its_object(session: Session) -> None:
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {}}
    with pytest.raises(CheckError, match=r"\.metadata\.name"):
        check(session, PATCH, {}, deployment, NO_WISH)


def test_generate_name_is_refused(session: Session) -> None:
    with pytest.raises(CheckError, match="generateName"):
        check(session, CONFIG_MAP, {}, config_map(generateName="a-"), NO_WISH)


def test_a_field_manager_is_new_then_kept_unless_the_program_names_one() -> None:
    manager = field_manager({}, config_map(name="a"))
    assert manager.startswith("pulumi-kubernetes-")
    assert len(manager) == len("pulumi-kubernetes-") + 8
    assert field_manager({"__fieldManager": manager}, config_map(name="a")) == manager
    annotated = config_map(name="a", annotations={"pulumi.com/patchFieldManager": "mine"})
    assert field_manager({"__fieldManager": manager}, annotated) == "mine"


def test_a_urn_tells_its_kind_without_its_parents() -> None:
    assert str(CONFIG_MAP.kind) == "v1/ConfigMap"
    assert CONFIG_MAP.name == "settings"
    assert PATCH.is_patch_of("Deployment")
    assert not PATCH.is_patch_of("DeploymentPatch")


def test_a_type_of_another_package_is_refused() -> None:
    with pytest.raises(UnknownTypeError, match="aws:s3"):
        _ = Urn("urn:pulumi:dev::p::aws:s3/v1:Bucket::b").kind
