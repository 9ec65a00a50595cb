"""Inputs that mean the same are made the same."""

import pytest

from lab.pulumi.kubernetes.normalize import normalize
from lab.pulumi.kubernetes.properties import UNKNOWN
from lab.pulumi.kubernetes.quantities import canonical
from lab.pulumi.kubernetes.zeros import with_dropped_zeros


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("0.1", "100m"),
        ("1000m", "1"),
        (1, "1"),
        ("0.5", "500m"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("1500M", "1500M"),
        ("2000M", "2G"),
        ("0", "0"),
        ("100m", "100m"),
        ("250u", "250u"),
        ("not a quantity", "not a quantity"),
        (True, True),
    ],
)
def test_a_quantity_is_spelled_as_the_api_server_spells_it(written: object, stored: object) -> None:
    assert canonical(written) == stored


def test_a_secrets_texts_become_its_data_and_win_over_it() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "YQ==", "b": "Yg=="}, "stringData": {"a": "new"}}
    assert normalize(secret)["data"] == {"a": "bmV3", "b": "Yg=="}
    assert "stringData" not in normalize(secret)


def test_quantities_are_found_in_every_container() -> None:
    container = {"resources": {"limits": {"cpu": "1000m"}, "requests": {"memory": "1024Mi"}}}
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}}
    resources = normalize(pod)["spec"]["containers"][0]["resources"]
    assert resources == {"limits": {"cpu": "1"}, "requests": {"memory": "1Gi"}}


def test_what_the_server_writes_into_the_metadata_is_no_input() -> None:
    obj = {"apiVersion": "x.io/v1", "kind": "X", "metadata": {"name": "a", "uid": "u", "resourceVersion": "1"}}
    assert normalize(obj)["metadata"] == {"name": "a"}


def test_a_custom_resources_fields_are_left_alone() -> None:
    obj = {"apiVersion": "x.io/v1", "kind": "X", "metadata": {}, "spec": {"limits": {"cpu": "1000m"}, "none": None}}
    assert normalize(obj)["spec"] == {"limits": {"cpu": "1000m"}, "none": None}


def test_what_is_unknown_is_left_alone() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {}, "stringData": {"a": UNKNOWN}}
    assert normalize(secret)["stringData"] == {"a": UNKNOWN}


def test_zeros_that_the_server_dropped_are_still_inputs_after_a_refresh() -> None:
    old = {"labels": {}, "name": "a", "ports": [{"port": 1, "name": ""}], "gone": "value", "tty": False}
    live = {"name": "b", "ports": [{"port": 1}]}
    assert with_dropped_zeros(live, old) == {
        "name": "b",
        "ports": [{"port": 1, "name": ""}],
        "labels": {},
        "tty": False,
    }
