"""Every fault of the settings at once, each on a line that starts with the field's path as the user wrote it.

Turns what pydantic found into our own sentences. Knows nothing of any particular setting.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from canary.ports import Misconfigured
from canary.settings.spelling import camel, is_camel, meaning, snake

Place = tuple[str | int, ...]

WORDS = {
    "string_type": "a text",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `place` in our own (snake_case) names, `text` what was given and what is allowed."""

    place: Place
    text: str


class SettingsError(Misconfigured):
    """The settings are not acceptable. `lines`: one for each fault, with path, what was given, what is allowed."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(lines)
        count = "1 setting is" if len(lines) == 1 else f"{len(lines)} settings are"
        super().__init__("\n  ".join([f"{count} not acceptable:", *lines]))


def faults_of(error: ValidationError, written: Any, known: Callable[[Place], Sequence[str]]) -> list[Fault]:
    """What pydantic found, in our words. `known`: the fields at a place, for unknown keys."""
    return [Fault(tuple(one["loc"]), _text(one, written, known)) for one in error.errors(include_url=False)]


def _text(one: Any, written: Any, known: Callable[[Place], Sequence[str]]) -> str:
    place: Place = tuple(one["loc"])
    match one["type"]:
        case "setting":
            return str(one["ctx"]["text"])
        case "missing":
            return "is missing; it has no default"
        case "extra_forbidden":
            return _unknown(place, written, known(place[:-1]))
        case other:
            allowed = WORDS.get(other) or str(one["msg"])
            return f"{show(one['input'])} is not accepted; allowed: {allowed}"


def _unknown(place: Place, written: Any, names: Sequence[str]) -> str:
    parent = look_up(written, place[:-1])
    spell = camel if isinstance(parent, Mapping) and is_camel(parent) else str
    near = get_close_matches(snake(str(place[-1])), names, n=1)
    if near:
        return f"unknown setting; did you mean {spell(near[0])}?"
    return f"unknown setting; allowed: {', '.join(spell(name) for name in names)}"


def show(value: Any) -> str:
    """What the user gave, short enough for one line."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, str):
        return f'"{value if len(value) <= 60 else value[:57] + "..."}"'  # noqa: PLR2004 - a line on a terminal
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    return str(value) if isinstance(value, int | float) else f"a {type(value).__name__}"


def look_up(written: Any, place: Place) -> Any:
    """What the user wrote at `place`; None when nothing is there."""
    for part in place:
        key = written_key(written, part) if isinstance(part, str) else part
        try:
            written = written[key]
        except (KeyError, IndexError, TypeError):
            return None
    return written


def written_key(parent: Any, name: str) -> str:
    """The key of `parent` that means the field `name`; if there is none, `name` in the spelling of its neighbours."""
    if not isinstance(parent, Mapping):
        return name
    meant = [key for key in parent if isinstance(key, str) and (key == name or meaning(key) == name)]
    return meant[0] if meant else (camel(name) if is_camel(parent) else name)


def path(written: Any, place: Place) -> str:
    """`analysis.metrics[0].interval`, each key as the user spelled it."""
    text, here = "", written
    for part in place:
        key = written_key(here, part) if isinstance(part, str) else part
        text += f"[{key}]" if isinstance(key, int) else f".{key}"
        here = look_up(here, (key,))
    return text.lstrip(".")


def error_of(faults: Iterable[Fault], written: Any, prefix: str = "") -> SettingsError:
    """The one error that reports all `faults`."""
    lines = [f"{prefix}{path(written, fault.place)}: {fault.text}".removeprefix(": ") for fault in faults]
    return SettingsError(list(dict.fromkeys(lines)))
