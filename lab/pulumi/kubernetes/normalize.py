"""Inputs in the form in which the API server will return them, so that equal things compare equal.

Only spellings are evened out (a Secret's `stringData`, quantities, read-only metadata); no defaults are filled in. This
module refuses to touch custom resources beyond their metadata, and anything that is still unknown.
"""

import base64
import binascii
import copy
from typing import Any

from lab.pulumi.kubernetes.objects import Kind, drop, is_core, is_crd, pluck
from lab.pulumi.kubernetes.properties import Json, has_unknown
from lab.pulumi.kubernetes.quantities import canonical

_READ_ONLY_METADATA = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
)
_QUANTITY_TABLES = frozenset({"limits", "requests", "hard", "capacity"})


def normalize(obj: Json) -> Json:
    """A copy of `obj`, normalized."""
    result = copy.deepcopy(obj)
    if not has_unknown(result) and Kind.of(result).is_built_in:
        result = _normalize_built_in(result)
    for key in _READ_ONLY_METADATA:
        drop(result, "metadata", key)
    return result


def _normalize_built_in(obj: Json) -> Json:
    if is_crd(obj):
        drop(obj, "status")
        if pluck(obj, "spec", "preserveUnknownFields") is False:
            drop(obj, "spec", "preserveUnknownFields")
        return obj
    obj = _without_nulls(obj)
    if is_core(obj, "Secret"):
        _normalize_secret(obj)
    _normalize_quantities(obj)
    return obj


def _normalize_secret(secret: Json) -> None:
    data: Json = secret.get("data") or {}
    texts = secret.pop("stringData", None) or {}
    data = {key: _reencoded(value) for key, value in data.items()}
    data |= {key: base64.b64encode(str(value).encode()).decode() for key, value in texts.items()}
    if data:
        secret["data"] = data


def _reencoded(value: Any) -> Any:
    try:
        return base64.b64encode(base64.b64decode(value)).decode()
    except (binascii.Error, TypeError, ValueError):
        return value  # The API server will refuse it with a better message.


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _normalize_quantities(value: Any) -> None:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        if key in _QUANTITY_TABLES and isinstance(child, dict):
            child.update({name: canonical(quantity) for name, quantity in child.items()})
        else:
            _normalize_quantities(child)
