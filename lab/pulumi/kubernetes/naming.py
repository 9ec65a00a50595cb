"""Names the provider gives: to objects whose program gives none, and to the manager of their fields.

An object's generated name is kept for life by an annotation; the field manager is new for each resource and kept in the
state, so that two programs never count as one owner. This module refuses to look at the cluster.
"""

import hashlib
import secrets
from typing import Any

from lab.pulumi.kubernetes.objects import annotation, metadata_of, name_of, set_metadata
from lab.pulumi.kubernetes.properties import UNKNOWN, Json, plain

AUTONAMED = "pulumi.com/autonamed"
PATCH_FIELD_MANAGER = "pulumi.com/patchFieldManager"
FIELD_MANAGER_KEY = "__fieldManager"
# Objects are created under this name; the first update moves its fields to the resource's own manager.
CREATING_MANAGER = "pulumi-kubernetes"
_SUFFIX_LENGTH = 8


class NamingError(Exception):
    """A name is needed and may not be generated; the message says so."""


def is_named(obj: Json) -> bool:
    """Whether the program gives a name, be it one that is still unknown."""
    return metadata_of(obj).get("name") is UNKNOWN or name_of(obj) != ""


def generates_name(obj: Json) -> bool:
    """Whether the program leaves the name to the API server by `generateName`."""
    return not is_named(obj) and bool(metadata_of(obj).get("generateName"))


def is_autonamed(obj: Json) -> bool:
    """Whether the name was generated here, now or earlier."""
    return annotation(obj, AUTONAMED) == "true"


def assign_name(obj: Json, resource_name: str, seed: bytes, autonaming: Any) -> None:
    """Give `obj` a name, in place, if it has none. `autonaming` is the engine's wish for names, or `None`.

    Raises `NamingError` when the engine forbids generated names.
    """
    if is_named(obj) or generates_name(obj):
        return
    if autonaming is not None and autonaming.mode == autonaming.DISABLE:
        raise NamingError("autonaming is disabled, resource requires the .metadata.name field to be set")
    proposed = autonaming.proposed_name if autonaming is not None else ""
    _autoname(obj, proposed or f"{resource_name}-{_suffix(seed)}")


def adopt_name(obj: Json, old: Json) -> None:
    """Give `obj` the name generated for its predecessor `old`, in place, if it has none of its own."""
    if not is_named(obj) and is_autonamed(old):
        _autoname(obj, name_of(old))


def field_manager(state: Json, inputs: Json) -> str:
    """The manager of this resource's fields: annotated, else as in `state`, else a new one."""
    if chosen := annotation(inputs, PATCH_FIELD_MANAGER):
        return chosen
    kept = plain(state.get(FIELD_MANAGER_KEY))
    return kept if isinstance(kept, str) else f"pulumi-kubernetes-{_suffix(b'')}"


def _autoname(obj: Json, name: str) -> None:
    set_metadata(obj, "name", name)
    annotations = metadata_of(obj).get("annotations")
    if annotations is not UNKNOWN:
        set_metadata(obj, "annotations", {**(annotations or {}), AUTONAMED: "true"})


def _suffix(seed: bytes) -> str:
    if seed:
        return hashlib.sha256(seed).hexdigest()[:_SUFFIX_LENGTH]
    return secrets.token_hex(_SUFFIX_LENGTH // 2)
