"""The state of a resource as Pulumi stores it: the live object, with what made it tucked in beside.

The inputs stand under `__inputs`, the version first used under `__initialApiVersion`, the field manager under
`__fieldManager`, so that a program can read the live object's fields as outputs. Whatever was secret in the inputs is
secret in the state, and a Secret's data always. This module refuses to talk to the cluster.
"""

from dataclasses import dataclass
from typing import Any

from lab.pulumi.kubernetes.naming import FIELD_MANAGER_KEY
from lab.pulumi.kubernetes.objects import is_core
from lab.pulumi.kubernetes.properties import Json, Secret, has_secret, nameable, plain

_INPUTS_KEY = "__inputs"
_INITIAL_VERSION_KEY = "__initialApiVersion"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A stored state taken apart. `raw` is the state as the engine holds it, secrets marked."""

    inputs: Json
    live: Json
    initial_api_version: str
    raw: Json

    @classmethod
    def parse(cls, state: Json) -> "Checkpoint":
        """Take `state` apart; an empty state gives empty parts."""
        live = dict(plain(state))
        inputs = live.pop(_INPUTS_KEY, None) or {}
        version = live.pop(_INITIAL_VERSION_KEY, None) or inputs.get("apiVersion") or ""
        live.pop(FIELD_MANAGER_KEY, None)
        return cls(inputs, live, version, state)


def checkpoint(inputs: Json, live: Json, marked_inputs: Json, initial_api_version: str, field_manager: str) -> Json:
    """Put a state together. `marked_inputs` are the inputs with their secrets marked."""
    state: Json = mark_secrets(nameable(live), marked_inputs)
    if is_core(live, "Secret"):
        _mark_secret_data(state, marked_inputs)
    state[_INPUTS_KEY] = mark_secrets(nameable(inputs), marked_inputs)
    state[_INITIAL_VERSION_KEY] = initial_api_version
    state[FIELD_MANAGER_KEY] = field_manager
    return state


def mark_secrets(values: Json, marked: Json) -> Json:
    """`values` with everything secret that is secret in `marked` at the same place.

    A list is secret as a whole as soon as one of its elements was, for elements may have moved.
    """
    if values.get("kind") == "Secret":
        wrapped = {key: _secret(values[key]) for key in ("data", "stringData") if key in values}
        return values | wrapped
    return {key: _mark(value, marked.get(key)) for key, value in values.items()}


def _mark(value: Any, marked: Any) -> Any:
    if isinstance(value, dict) and isinstance(marked, dict):
        return mark_secrets(value, marked)
    return _secret(value) if has_secret(marked) else value


def _mark_secret_data(state: Json, marked_inputs: Json) -> None:
    if "data" in state and has_secret(marked_inputs.get("stringData")):
        state["data"] = _secret(state["data"])


def _secret(value: Any) -> Secret:
    return value if isinstance(value, Secret) else Secret(value)
