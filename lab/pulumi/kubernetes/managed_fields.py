"""Who owns which field of a live object: the API server's `managedFields`, read and rewritten.

A set of fields is a nested object whose keys are `f:NAME` for a field and `k:{…}` for an element of a keyed list. This
module refuses to send anything.
"""

import copy
from collections.abc import Sequence

from lab.pulumi.kubernetes.naming import CREATING_MANAGER
from lab.pulumi.kubernetes.objects import metadata_of
from lab.pulumi.kubernetes.properties import Json

# Managers whose fields an update takes over: what `kubectl apply` and this provider's own creation left behind.
_TAKEN_OVER = (
    ("kubectl", "Apply"),
    ("kubectl", "Update"),
    ("before-first-apply", "Update"),
    (CREATING_MANAGER, "Update"),
    ("pulumi-resource-kubernetes", "Update"),
)
_OWN_UPDATERS = frozenset({CREATING_MANAGER, f"{CREATING_MANAGER}.exe", "pulumi-resource-kubernetes"})


def entries_of(live: Json) -> list[Json]:
    """The entries of `managedFields`."""
    found = metadata_of(live).get("managedFields")
    return found if isinstance(found, list) else []


def is_owned(live: Json, path: Sequence[str], manager: str) -> bool:
    """Whether `manager` owns the field at `path` or anything in it."""
    return any(_has(entry, path) for entry in entries_of(live) if entry.get("manager") == manager)


def is_owned_by_another(live: Json, path: Sequence[str], manager: str) -> bool:
    """Whether anyone but `manager` owns the field at `path` or anything in it."""
    return any(_has(entry, path) for entry in entries_of(live) if entry.get("manager") != manager)


def has_own_updater(live: Json) -> bool:
    """Whether this provider wrote the object without applying it, as it does when it creates one."""
    return any(
        entry.get("operation") == "Update" and entry.get("manager") in _OWN_UPDATERS for entry in entries_of(live)
    )


def taken_over(live: Json, manager: str) -> list[Json] | None:
    """The entries after `manager` has taken over what it should, or `None` when there is nothing to take."""
    taken = [entry for entry in entries_of(live) if _is_taken(entry)]
    if not taken:
        return None
    own = [entry for entry in entries_of(live) if _is_own(entry, manager)]
    rest = [entry for entry in entries_of(live) if entry not in taken and entry not in own]
    merged = copy.deepcopy((own or taken)[0]) | {"manager": manager, "operation": "Apply"}
    for entry in taken if own else taken[1:]:
        _merge(merged.setdefault("fieldsV1", {}), entry.get("fieldsV1") or {})
    return [*rest, merged]


def _is_taken(entry: Json) -> bool:
    if entry.get("subresource"):
        return False
    manager = str(entry.get("manager", ""))
    return any(manager.startswith(prefix) and entry.get("operation") == how for prefix, how in _TAKEN_OVER)


def _is_own(entry: Json, manager: str) -> bool:
    return entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource")


def _has(entry: Json, path: Sequence[str]) -> bool:
    fields = entry.get("fieldsV1") or {}
    for step in path:
        if f"f:{step}" not in fields:
            return False
        fields = fields[f"f:{step}"]
    return True


def _merge(into: Json, other: Json) -> None:
    for key, value in other.items():
        _merge(into.setdefault(key, {}), value)
