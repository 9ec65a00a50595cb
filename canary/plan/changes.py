"""What differs between two revisions of a workload, path by path, as a reviewer would name it.

Items of a list are told apart by their `name` (containers, environment, ports, volumes), as Kubernetes does, so that a
new sidecar is no change of the others. Knows no kind of object but by what its fields are called.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from canary.plan.model import Change

LONGEST = 100  # characters of a value that are shown
UNKNOWN_TEXT = "(known during the update)"
CONFIGURATION = ("ConfigMap", "Secret")
_KEYS = ("name", "containerPort", "mountPath", "key")

Workload = Mapping[str, Any]


def changes_between(before: Workload, after: Workload, unknown: str = "") -> tuple[Change, ...]:
    """Each difference between two workloads (manifests by label); `unknown` is the value that stands for no value."""
    found = []
    for label in sorted({*before, *after}):
        for path, old, new in _differences("", before.get(label), after.get(label)):
            where = f"{label} {path}".strip()
            found.append(Change(_about(label, path), where, _shown(old, unknown), _shown(new, unknown)))
    return tuple(sorted(found, key=lambda change: (_ORDER.index(change.about), change.path)))


_ORDER = ("image", "environment", "configuration", "resources", "other")


def _about(label: str, path: str) -> str:
    if label.startswith(CONFIGURATION):
        return "configuration"
    if path.endswith(".image"):
        return "image"
    if ".env[" in path or ".envFrom" in path:
        return "environment"
    return "resources" if ".resources" in path else "other"


def _differences(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if old == new:
        return
    one, other = _children(old, new), _children(new, old)
    if one is None or other is None:
        yield path, old, new
        return
    for key in [*one, *(key for key in other if key not in one)]:
        yield from _differences(_joined(path, key), one.get(key), other.get(key))


def _children(value: Any, beside: Any) -> dict[str, Any] | None:
    """The parts of a mapping or list, by a key for each; an absent one has none; None for what has no parts."""
    if value is None and isinstance(beside, Mapping | list):
        return {}
    if isinstance(value, Mapping):
        return {str(key): inner for key, inner in value.items()}
    return _items(value) if isinstance(value, list) else None


def _items(items: Sequence[Any]) -> dict[str, Any] | None:
    key = next((key for key in _KEYS if items and all(isinstance(i, Mapping) and key in i for i in items)), "")
    if not key:
        return {f"[{number}]": item for number, item in enumerate(items)}
    return {f"[{item[key]}]": {name: inner for name, inner in item.items() if name != key} for item in items}


def _joined(path: str, key: str) -> str:
    return f"{path}{key}" if key.startswith("[") or not path else f"{path}.{key}"


def _shown(value: Any, unknown: str) -> str | None:
    if value is None:
        return None
    if unknown and value == unknown:
        return UNKNOWN_TEXT
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    line = text.replace("\n", "\\n")
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
