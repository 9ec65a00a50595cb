"""Who changed a field of an object last, as `metadata.managedFields` tells. Knows no kind of object."""

from typing import Any

from canary.adapters.cluster import FIELD_MANAGER, JsonObject


def last_manager(found: JsonObject, *path: str) -> str:
    """The manager, other than ours, who wrote the field at `path` (or below it) last; empty when nobody is named."""
    entries = (found.get("metadata") or {}).get("managedFields") or []
    theirs = [entry for entry in entries if entry.get("manager") != FIELD_MANAGER and _holds(entry, path)]
    latest: JsonObject = max(theirs, key=lambda entry: str(entry.get("time", "")), default={})
    return str(latest.get("manager", ""))


def _holds(entry: JsonObject, path: tuple[str, ...]) -> bool:
    place: Any = entry.get("fieldsV1")
    for name in path:
        if not isinstance(place, dict) or f"f:{name}" not in place:
            return False
        place = place[f"f:{name}"]
    return True
