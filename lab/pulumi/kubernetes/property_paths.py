"""Pulumi's property paths, read: `spec.backends`, `metadata.annotations["a.b/c"]`, `spec.ports[0].port`, `data.*`.

This module refuses to follow a path; it only says what stands in it and which paths lie inside of it.
"""

import re
from collections.abc import Sequence

Step = str | int
_TOKEN = re.compile(r'\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[(\*)\]|\.?([^.\[\]"]+)')


class PathError(Exception):
    """Not a property path; the message quotes it."""


def parse_path(text: str) -> tuple[Step, ...]:
    """The steps of `text`; `*` stands for every one. Raises `PathError`."""
    steps: list[Step] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise PathError(f"failed to parse property path {text!r} at character {position + 1}")
        index, quoted, star, name = match.groups()
        steps.append(int(index) if index is not None else _unquoted(quoted) if quoted is not None else star or name)
        position = match.end()
    return tuple(steps)


def contains(outer: Sequence[Step], inner: Sequence[Step]) -> bool:
    """Whether `inner` is `outer` or lies below it."""
    if len(inner) < len(outer):
        return False
    return all(wanted in ("*", step) for wanted, step in zip(outer, inner, strict=False))


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
