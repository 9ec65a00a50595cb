"""An imported release as the text a user keeps: stack configuration, or the Python that means the same."""

import textwrap
from collections.abc import Mapping
from typing import Any

import yaml

from canary.migrate.findings import Imported
from canary.settings.spelling import snake

WIDTH = 100

# Below these keys stand the user's own names, which are nobody's to respell.
FREE = {"metadata", "headers", "variables", "templateVariables"}


def as_stack_config(imported: Imported, namespace: str = "canary") -> str:
    """The `config:` block of a `Pulumi.STACK.yaml`, with the notes as comments."""
    config = {f"{namespace}:{key}": value for key, value in imported.document.items()}
    text = yaml.safe_dump({"config": config}, sort_keys=False, width=WIDTH, allow_unicode=True)
    return _notes(imported) + text


def as_python(imported: Imported) -> str:
    """The same as a program's call of `Canary`, with the notes as comments."""
    document = dict(imported.document)
    name = document.pop("name")
    arguments = [f"    {snake(key)}={_literal(respelled(key, value), 1)}," for key, value in document.items()]
    arguments.append(f"    deployment={{}},  # the spec of the {imported.kind} {imported.target}")
    return _notes(imported) + "\n".join(
        ["from canary import Canary", "", "Canary(", f"    {name!r},", *arguments, ")", ""]
    )


def respelled(key: str, value: Any) -> Any:
    """`value` with its keys in snake_case, except for the user's own ones."""
    if isinstance(value, Mapping):
        return {name if key in FREE else snake(name): _below(key, name, item) for name, item in value.items()}
    return [respelled(key, item) for item in value] if isinstance(value, list) else value


def _below(key: str, name: str, item: Any) -> Any:
    return respelled("" if key in FREE else name, item)


def _literal(value: Any, depth: int) -> str:
    flat = repr(value)
    if len(flat) + 4 * depth <= WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    inner, outer = "    " * (depth + 1), "    " * depth
    if isinstance(value, dict):
        lines = [f"{inner}{key!r}: {_literal(item, depth + 1)}," for key, item in value.items()]
        return "\n".join(["{", *lines, outer + "}"])
    return "\n".join(["[", *(f"{inner}{_literal(item, depth + 1)}," for item in value), outer + "]"])


def _notes(imported: Imported) -> str:
    wrapped = (textwrap.wrap(note, WIDTH, initial_indent="# ", subsequent_indent="#   ") for note in imported.notes)
    return "".join(line + "\n" for lines in wrapped for line in lines)
