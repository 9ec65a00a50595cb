"""From what the user wrote to `ReleaseSettings`, or one `SettingsError` with every fault.

Checks across fields need fields that can be read. So what is faulty is reported, put right in a copy, and the copy
is read again: a bad interval does not hide that the metrics are missing.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import ValidationError

from canary.settings.base import Settings, contradictions
from canary.settings.constructors import plain
from canary.settings.errors import Fault, Place, error_of, faults_of, look_up, written_key
from canary.settings.release import ReleaseSettings

# A field is put right by leaving it out, unless it is required.
STAND_INS: Mapping[str, Any] = {"name": "x", "url": "http://x", "port": 1, "service": {"port": 1}, "cookie_name": "x"}
ROUNDS = 4


def parse(given: Mapping[str, Any] | None = None, /, **arguments: Any) -> ReleaseSettings:
    """The settings in `given` and `arguments`, which have precedence. Raises SettingsError with every fault at once."""
    written = plain({**(given or {}), **arguments})
    settings, faults = examine(written)
    if faults or settings is None:
        raise error_of(faults, written)
    return settings


def examine(written: Mapping[str, Any]) -> tuple[ReleaseSettings | None, list[Fault]]:
    """The settings, as far as they can be read, and all their faults."""
    faults: list[Fault] = []
    current = plain(written)
    for _ in range(ROUNDS):
        try:
            settings = ReleaseSettings.model_validate(current)
        except ValidationError as error:
            found = faults_of(error, written, fields_at)
            faults += found
            for fault in found:
                _put_right(current, fault.place)
        else:
            return settings, faults + [one for one in contradictions(settings) if not _follows(one, faults)]
    return None, faults


def _put_right(current: Any, place: Place) -> None:
    """Replace or leave out what is at `place`, or the list that it is an item of."""
    names = [index for index, part in enumerate(place) if isinstance(part, str)]
    if not names:
        return
    last = names[-1]
    parent, name = look_up(current, place[:last]), str(place[last])
    if not isinstance(parent, dict):
        _put_right(current, place[:last])
        return
    parent.pop(written_key(parent, name), None)
    if name in STAND_INS and last == len(place) - 1:
        parent[name] = STAND_INS[name]


def _follows(fault: Fault, earlier: Sequence[Fault]) -> bool:
    """`fault` only says again what an earlier one said: it is about a part or the whole of the same thing."""
    return any(_same(fault.place, one.place) for one in earlier)


def _same(one: Place, other: Place) -> bool:
    items = [index for index, part in enumerate(other) if isinstance(part, int)]
    about = other[: items[-1] + 1] if items else other
    short = min(len(one), len(about))
    return one[:short] == about[:short]


def fields_at(place: Place) -> Sequence[str]:
    """The fields of the group of settings at `place`."""
    model: type[Settings] = ReleaseSettings
    for part in place:
        field = model.model_fields.get(str(part))
        model = (field and _group_in(field.annotation)) or model
    return tuple(model.model_fields)


def _group_in(annotation: Any) -> type[Settings] | None:
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return annotation
    return next((found for one in get_args(annotation) if (found := _group_in(one))), None)


def from_config(config: Mapping[str, Any]) -> ReleaseSettings:
    """The same from stack configuration: keys may carry a namespace (`podinfo:analysis`), objects may be JSON."""
    return parse(undressed(config))


def undressed(config: Mapping[str, Any]) -> dict[str, Any]:
    """What stack configuration says, as Python would."""
    return {key.rpartition(":")[2]: _decoded(value) for key, value in config.items()}


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
