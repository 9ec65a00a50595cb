"""What differs between two objects, as a merge patch and as the property paths Pulumi shows.

The patch (RFC 7386) decides *what* differs; the walk over it decides how each difference is called: added, changed or
deleted, and whether it needs a new object. Differences that only the server made are left out. This module refuses to
know which objects it compares.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from lab.pulumi.kubernetes.force_new import Path
from lab.pulumi.kubernetes.properties import UNKNOWN, Json

_NEEDS_QUOTES = frozenset('."[]')


class Missing(Enum):
    """The type of `MISSING`: there is no such key, which is not the same as a null."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
Step = str | int


class Change(Enum):
    """How one property differs."""

    ADD = "add"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Difference:
    """One property that differs. `replaces`: only a new object can have the new value."""

    path: tuple[Step, ...]
    change: Change
    replaces: bool

    @property
    def text(self) -> str:
        """The path as Pulumi writes it: `spec.containers[0].image`, `metadata.annotations["a.b/c"]`."""
        return path_text(self.path)


def merge_patch(old: Json, new: Json) -> Json:
    """The merge patch that makes `new` of `old`; unknown values stand in it as they are."""
    patch: Json = {key: None for key in old if key not in new}
    for key, value in new.items():
        if key not in old:
            patch[key] = value
        elif isinstance(value, dict) and isinstance(old[key], dict):
            if nested := merge_patch(old[key], value):
                patch[key] = nested
        elif not same(old[key], value):
            patch[key] = value
    return patch


def same(left: Any, right: Any) -> bool:
    """Equality as JSON knows it: `true` is not 1, but 1 is 1.0."""
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def differences(patch: Json, live: Json, new: Json, old: Json, force_new: Iterable[Path]) -> list[Difference]:
    """The differences in `patch`, sorted by path.

    `live` is what the patch was made against, `new` the new inputs, `old` the old ones.
    """
    forced = tuple(force_new)
    found = _walk_map((), patch, _Sides(live, new, old, in_list=False))
    changes = [Difference(path, change, touches(path, value, forced)) for path, change, value in found]
    return sorted(changes, key=lambda difference: difference.text)


def touches(path: tuple[Step, ...], value: Any, forced: Iterable[Path]) -> bool:
    """Whether setting `value` at `path` sets anything at or below one of the `forced` paths, or is part of one."""
    return any(_reaches(path, value, pattern) for pattern in forced)


def _reaches(path: tuple[Step, ...], value: Any, pattern: Path) -> bool:
    for index, wanted in enumerate(pattern):
        if index < len(path):
            step = path[index]
            if wanted != step and not (wanted == "*" and isinstance(step, int)):
                return False
        else:
            return _contains(value, pattern[index:])
    return True


def _contains(value: Any, pattern: Path) -> bool:
    if not pattern:
        return True
    if pattern[0] == "*":
        return isinstance(value, list) and any(_contains(item, pattern[1:]) for item in value)
    return isinstance(value, dict) and pattern[0] in value and _contains(value[pattern[0]], pattern[1:])


def path_text(path: Iterable[Step]) -> str:
    """A property path as Pulumi writes it."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _NEEDS_QUOTES.intersection(step):
            quoted = step.replace('"', '\\"')
            text += f'["{quoted}"]'
        else:
            text += f".{step}" if text else step
    return text


_Found = Iterator[tuple[tuple[Step, ...], Change, Any]]


@dataclass(frozen=True, slots=True)
class _Sides:
    """What stands at one place: live, in the new inputs, in the old ones; and whether the place is inside of a list."""

    live: Any
    new: Any
    old: Any
    in_list: bool

    def under(self, key: str) -> "_Sides":
        return _Sides(_key(self.live, key), _key(self.new, key), _key(self.old, key), self.in_list)

    def at(self, index: int) -> "_Sides":
        live = self.live[index] if index < len(self.live) else MISSING
        return _Sides(live, _item(self.new, index), _item(self.old, index), in_list=True)


def _walk(path: tuple[Step, ...], value: Any, sides: _Sides) -> _Found:
    if sides.new is MISSING and (value is not None or sides.old is MISSING):
        return  # The server put it there, and nobody asks for another value.
    if sides.new is UNKNOWN and (value is None or value is UNKNOWN):
        yield path, Change.ADD if sides.live is MISSING else Change.UPDATE, value
    elif value is None:
        yield path, Change.DELETE, value
    elif sides.live is MISSING:
        yield path, Change.ADD, value
    elif isinstance(value, dict) and isinstance(sides.live, dict):
        yield from _walk_map(path, value, sides)
    elif isinstance(value, list) and isinstance(sides.live, list):
        yield from _walk_list(path, value, sides)
    elif not same(value, sides.live):
        # A patch replaces a list whole, so it also names elements that are as they were.
        yield path, Change.UPDATE, value


def _walk_map(path: tuple[Step, ...], patch: Json, sides: _Sides) -> _Found:
    for key, value in patch.items():
        yield from _walk((*path, key), value, sides.under(key))
    # Inside of a list the patch holds the whole new element, and what is gone from it is simply not there.
    gone = [key for key in sides.live if key not in patch] if sides.in_list else []
    for key in gone:
        yield from _walk((*path, key), None, sides.under(key))


def _walk_list(path: tuple[Step, ...], items: list[Any], sides: _Sides) -> _Found:
    for index in range(max(len(items), len(sides.live))):
        value = items[index] if index < len(items) else None
        yield from _walk((*path, index), value, sides.at(index))


def _key(value: Any, key: str) -> Any:
    return value.get(key, MISSING) if isinstance(value, dict) else MISSING


def _item(value: Any, index: int) -> Any:
    return value[index] if isinstance(value, list) and index < len(value) else None
