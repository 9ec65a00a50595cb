"""Differences are told by path, in a reviewer's words."""

from typing import Any

import pytest

from canary.plan.changes import changes_between


def pod(**container: Any) -> dict[str, Any]:
    return {"Deployment web": {"spec": {"containers": [{"name": "web", **container}]}}}


@pytest.mark.parametrize(
    ("before", "after", "about", "where"),
    [
        (pod(image="a:1"), pod(image="a:2"), "image", "Deployment web spec.containers[web].image"),
        (
            pod(env=[{"name": "COLOR", "value": "blue"}]),
            pod(env=[{"name": "COLOR", "value": "red"}]),
            "environment",
            "Deployment web spec.containers[web].env[COLOR].value",
        ),
        (
            pod(resources={"limits": {"memory": "1Gi"}}),
            pod(resources={"limits": {"memory": "2Gi"}}),
            "resources",
            "Deployment web spec.containers[web].resources.limits.memory",
        ),
        (
            {"ConfigMap web": {"data": {"A": "1"}}},
            {"ConfigMap web": {"data": {"A": "2"}}},
            "configuration",
            "ConfigMap web data.A",
        ),
        (pod(args=["a"]), pod(args=["b"]), "other", "Deployment web spec.containers[web].args[0]"),
    ],
)
def test_a_change_is_named_by_what_it_is_about_and_where(before: Any, after: Any, about: str, where: str) -> None:
    (change,) = changes_between(before, after)
    assert (change.about, change.path) == (about, where)


def test_a_new_sidecar_is_no_change_of_its_neighbours() -> None:
    before = pod(image="a:1")
    after = {
        "Deployment web": {"spec": {"containers": [{"name": "log", "image": "b:1"}, {"name": "web", "image": "a:1"}]}}
    }
    (change,) = changes_between(before, after)
    assert change.path == "Deployment web spec.containers[log].image"
    assert (change.before, change.after) == (None, "b:1")


def test_what_is_removed_has_no_value_after() -> None:
    (change,) = changes_between(pod(image="a", env=[{"name": "A", "value": "1"}]), pod(image="a"))
    assert (change.before, change.after) == ("1", None)


def test_equal_workloads_have_no_changes() -> None:
    assert changes_between(pod(image="a"), pod(image="a")) == ()


def test_a_long_value_is_cut_and_stays_on_one_line() -> None:
    (change,) = changes_between(
        {"ConfigMap web": {"data": {"f": ""}}}, {"ConfigMap web": {"data": {"f": "line\n" * 99}}}
    )
    assert change.after is not None
    assert len(change.after) == 100
    assert "\n" not in change.after


def test_a_value_that_is_known_later_is_said_to_be() -> None:
    (change,) = changes_between(pod(image="a"), pod(image="???"), "???")
    assert change.after == "(known during the update)"
