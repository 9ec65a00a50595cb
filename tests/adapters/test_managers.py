"""Who changed it, and whether it is another template."""

from typing import Any

import pytest

from canary.adapters.managers import last_manager
from canary.adapters.podtemplate import RESTARTED, STOPPED, template_print


def entry(manager: str, time: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"manager": manager, "operation": "Update", "time": time, "fieldsType": "FieldsV1", "fieldsV1": fields}


BACKENDS: dict[str, Any] = {"f:spec": {"f:backends": {}}}
LABELS: dict[str, Any] = {"f:metadata": {"f:labels": {"f:a": {}}}}


def test_the_last_other_manager_of_the_field_is_named() -> None:
    entries = [
        entry("pulumi-kubernetes-1", "2026-01-01T00:00:00Z", BACKENDS),
        entry("kubectl-edit", "2026-01-01T00:00:09Z", BACKENDS),
        entry("labeller", "2026-01-01T00:01:00Z", LABELS),
        entry("pulumi-canary", "2026-01-01T00:02:00Z", BACKENDS),
    ]
    assert last_manager({"metadata": {"managedFields": entries}}, "spec", "backends") == "kubectl-edit"


@pytest.mark.parametrize("found", [{}, {"metadata": {}}, {"metadata": {"managedFields": [{"manager": "x"}]}}])
def test_nobody_is_named_where_the_cluster_does_not_tell(found: dict[str, Any]) -> None:
    assert last_manager(found, "spec", "backends") == ""


def template(image: str = "a:1", annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    pod = {"containers": [{"name": "a", "image": image}], **spec}
    return {"spec": {"template": {"metadata": {"annotations": annotations or {}}, "spec": pod}}}


def test_another_image_is_another_template() -> None:
    assert template_print(template("a:1")) != template_print(template("a:2"))


def test_a_restart_or_a_stop_is_the_same_template() -> None:
    plain = template_print(template())
    assert template_print(template(annotations={RESTARTED: "2026-01-01T00:00:00Z"})) == plain
    assert template_print(template(nodeSelector=dict(STOPPED))) == plain
    assert template_print(template(nodeSelector={"disk": "ssd"})) != plain
