"""Zero values that the API server drops: `tty: false`, `args: []`, `value: ""`, `labels: {}`.

An input of that kind is sent, accepted, and then not to be found in the live object. That is neither drift nor a
change. This module refuses to know the fields: what was sent before as a zero and is not live was dropped.
"""

import copy
from typing import Any

from lab.pulumi.kubernetes.properties import Json

_ZEROS: tuple[Any, ...] = (None, False, 0, "", [], {})


def without_dropped_zeros(new: Json, old: Json, live: Json) -> Json:
    """A copy of `new` without those zeros that `old` had as well and that are not in `live`."""
    return _without(copy.deepcopy(new), old, live)


def with_dropped_zeros(inputs: Json, old: Json) -> Json:
    """`inputs` as read from a live object, with those zeros of `old` put back that are not in it."""
    restored = {key: value for key, value in old.items() if key not in inputs and value in _ZEROS}
    return {key: _restored(value, old.get(key)) for key, value in inputs.items()} | copy.deepcopy(restored)


def _without(new: Json, old: Any, live: Any) -> Json:
    for key in list(new):
        value, before, now = new[key], _value(old, key), _value(live, key)
        if now is ... and before == value and value in _ZEROS:
            del new[key]
        else:
            _descend(value, before, now)
    return new


def _descend(new: Any, old: Any, live: Any) -> None:
    if isinstance(new, dict):
        _without(new, old, live)
    elif isinstance(new, list) and isinstance(old, list) and isinstance(live, list):
        for each in zip(new, old, live, strict=False):
            _descend(*each)


def _restored(value: Any, old: Any) -> Any:
    if isinstance(value, dict) and isinstance(old, dict):
        return with_dropped_zeros(value, old)
    if isinstance(value, list) and isinstance(old, list) and len(value) == len(old):
        return [_restored(item, before) for item, before in zip(value, old, strict=True)]
    return value


def _value(obj: Any, key: str) -> Any:
    return obj.get(key, ...) if isinstance(obj, dict) else ...
