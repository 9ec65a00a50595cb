"""Values cross the wire unharmed: secrets stay secret, unknowns stay unknown, Kubernetes' keys are nameable."""

from typing import Any

import pytest

from lab.pulumi.kubernetes.checkpoint import Checkpoint, checkpoint, mark_secrets
from lab.pulumi.kubernetes.properties import (
    UNKNOWN,
    Secret,
    decode,
    encode,
    has_secret,
    has_unknown,
    nameable,
    plain,
)

CATALOG: list[Any] = [
    None,
    True,
    0,
    -3,
    2.5,
    "",
    "text",
    [],
    [1, [2, {"x": None}]],
    {"a": {"b": "c"}},
    Secret("hidden"),
    [Secret({"deep": [1]})],
    UNKNOWN,
    Secret(UNKNOWN),
]


@pytest.mark.parametrize("value", CATALOG)
def test_what_is_sent_is_what_arrives(value: Any) -> None:
    assert decode(encode({"key": value})) == {"key": value}


def test_a_whole_number_arrives_as_an_integer() -> None:
    assert str(decode(encode({"replicas": 2.0}))["replicas"]) == "2"


def test_plain_values_have_no_marks_but_keep_what_is_unknown() -> None:
    assert plain({"a": Secret([Secret(1), UNKNOWN])}) == {"a": [1, UNKNOWN]}


def test_extension_keys_are_nameable_and_come_back() -> None:
    schema = {"properties": {"port": {"x-kubernetes-int-or-string": True}}}
    assert nameable(schema) == {"properties": {"port": {"x_kubernetes_int_or_string": True}}}
    assert plain(nameable(schema)) == schema


@pytest.mark.parametrize("value", [UNKNOWN, [UNKNOWN], {"a": Secret({"b": UNKNOWN})}])
def test_an_unknown_is_found_at_any_depth(value: Any) -> None:
    assert has_unknown(value)


def test_a_secret_is_found_at_any_depth() -> None:
    assert has_secret({"a": [{"b": Secret(1)}]})
    assert not has_secret({"a": [{"b": 1}]})


def test_an_output_is_secret_where_the_input_was() -> None:
    marked = mark_secrets({"spec": {"token": "t", "size": 1}}, {"spec": {"token": Secret("t"), "size": 1}})
    assert marked == {"spec": {"token": Secret("t"), "size": 1}}


def test_a_list_with_one_secret_element_is_secret_as_a_whole() -> None:
    assert mark_secrets({"args": ["a", "b"]}, {"args": ["a", Secret("b")]}) == {"args": Secret(["a", "b"])}


def test_the_data_of_a_secret_is_secret_whatever_the_inputs_say() -> None:
    live = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "YQ=="}}
    state = checkpoint(live, live, live, "v1", "manager")
    assert state["data"] == Secret({"a": "YQ=="})
    assert state["__inputs"]["data"] == Secret({"a": "YQ=="})


def test_a_state_comes_apart_into_what_it_was_made_of() -> None:
    inputs = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    live = inputs | {"status": {"replicas": 1}}
    state = decode(encode(checkpoint(inputs, live, inputs, "apps/v1", "pulumi-kubernetes-12345678")))
    parsed = Checkpoint.parse(state)
    assert (parsed.inputs, parsed.live, parsed.initial_api_version) == (inputs, live, "apps/v1")
    assert state["__fieldManager"] == "pulumi-kubernetes-12345678"
