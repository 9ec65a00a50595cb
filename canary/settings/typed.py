"""Writes `canary.settings.arguments` from the models: what an editor and a type checker know of Canary's arguments.

python -m canary.settings.typed [FILE]
"""

import re
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from canary.settings.base import Settings
from canary.settings.reference import GROUPS
from canary.settings.release import ReleaseSettings

DEFAULT = Path(__file__).with_name("arguments.py")
WIDTH = 100
NAMES = {timedelta: "Duration", int: "int", float: "float", bool: "bool", str: "str"}

# What a field takes besides what its model says, and what is no keyword because it is positional.
ALSO = {
    ("AnalysisSettings", "steps"): "Sequence[Step | StepArguments | str]",
    ("StepSettings", "gate"): "HookArguments | str",
}
POSITIONAL = {(ReleaseSettings, "name")}

HEAD = '''"""The types of Canary's keyword arguments, for editors and type checkers; `canary.settings` checks values.

Generated from the models by `python -m canary.settings.typed`; do not edit. What each means: docs/settings.md.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal, Required, TypedDict

from canary.settings.constructors import Gate, Hold, Match, Mirror, Pause, Switch, Weight

Duration = str | timedelta
Step = Weight | Pause | Gate | Mirror | Match | Hold | Switch
'''


def typed() -> str:
    """The whole module; a group comes after those that it contains."""
    return HEAD + "".join(f"\n\n{_group(group)}" for group in _inner_first())


def write(target: Path = DEFAULT) -> None:
    """The module as a file."""
    target.write_text(typed(), encoding="utf-8")


def _inner_first() -> Iterable[type[Settings]]:
    done: list[type[Settings]] = []

    def visit(group: type[Settings]) -> None:
        for inner in _groups_in([field.annotation for field in group.model_fields.values()]):
            visit(inner)
        if group not in done:
            done.append(group)

    for group in reversed(GROUPS):
        visit(group)
    return done


def _groups_in(annotations: Iterable[Any]) -> Iterable[type[Settings]]:
    for one in annotations:
        if isinstance(one, type) and issubclass(one, Settings):
            yield one
        else:
            yield from _groups_in(get_args(one))


def _group(group: type[Settings]) -> str:
    fields = {name: field for name, field in group.model_fields.items() if (group, name) not in POSITIONAL}
    lines = "".join(f"    {name}: {_type(group, name, field)}\n" for name, field in fields.items())
    return f'class {_name(group)}(TypedDict, total=False):\n    """{(group.__doc__ or "").strip()}"""\n\n{lines}'


def _name(group: type[Settings]) -> str:
    return group.__name__.removesuffix("Settings") + "Arguments"


def _type(group: type[Settings], name: str, field: FieldInfo) -> str:
    annotation = field.annotation
    if field.metadata:  # pydantic takes an outermost Annotated apart
        annotation = Annotated[(annotation, *field.metadata)]  # type: ignore[assignment]
    written = ALSO.get((group.__name__, name)) or _written(annotation)
    none = " | None" if NoneType in get_args(field.annotation) and "None" not in written else ""
    required = field.is_required() and group is not ReleaseSettings  # `settings=` may stand for all of these
    return f"Required[{written}]" if required else f"{written}{none}"


def _written(annotation: Any, words: str = "") -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _written(inner[0], next((one for one in inner[1:] if isinstance(one, str)), ""))
    if origin in (Union, UnionType):
        return " | ".join(dict.fromkeys(_written(one, words) for one in inner if one is not NoneType))
    if origin is list:
        return f"Sequence[{_written(inner[0])}]"
    if origin is dict:
        return f"Mapping[str, {_written(inner[1])}]"
    if issubclass(annotation, Settings):
        return _name(annotation)
    return _plain(annotation, words)


def _plain(kind: type, words: str) -> str:
    if kind is timedelta and "seconds" in words:
        return "int"
    choices = re.split(r", | or ", words)
    if kind is str and len(choices) > 1 and all(re.fullmatch(r"[a-z][a-z-]*", one) for one in choices):
        return _literal([f'"{one}"' for one in choices])
    return NAMES[kind]


def _literal(choices: list[str]) -> str:
    flat = f"Literal[{', '.join(choices)}]"
    return flat if len(flat) < WIDTH else f"Literal[\n{''.join(f'        {one},{chr(10)}' for one in choices)}    ]"


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
