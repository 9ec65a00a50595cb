"""Readiness by the program's own word: the annotation `pulumi.com/waitFor`.

`condition=TYPE[=STATUS]` asks for a condition, `jsonpath={.a.b[0].c}[=VALUE]` for a value or its presence; a JSON list
of them asks for all. This module refuses JSONPath beyond plain steps, indexes and quoted keys.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from lab.pulumi.kubernetes.objects import pluck
from lab.pulumi.kubernetes.properties import Json
from lab.pulumi.kubernetes.property_paths import PathError, Step, parse_path
from lab.pulumi.kubernetes.waits.pods import condition_of
from lab.pulumi.kubernetes.waits.subject import generation
from lab.pulumi.kubernetes.waits.verdict import Note, Verdict

ANNOTATION = "pulumi.com/waitFor"
_JSONPATH = re.compile(r"^\{?(?P<path>[^{}]+)\}?(?:=(?P<value>.*))?$", re.DOTALL)
_NOT_THERE = object()


class WaitForError(Exception):
    """The annotation cannot be read; the message quotes it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of this type has this status, whatever the case of the letters."""

    type: str
    status: str

    def judge(self, live: Json) -> Verdict:
        """Whether it holds in `live`."""
        found = next((c for c in pluck(live, "status", "conditions") or [] if _equal(c.get("type"), self.type)), None)
        if found is None:
            return Verdict(is_ready=False, live=live, notes=(Note(f"Waiting for condition {self.type}={self.status}"),))
        observed = found.get("observedGeneration", pluck(live, "status", "observedGeneration"))
        if observed is not None and observed < generation(live):
            return Verdict(is_ready=False, live=live, notes=(Note(f"Generation {observed} is observed so far"),))
        if _equal(found.get("status"), self.status):
            return Verdict(is_ready=True, live=live)
        text = f"Resource has condition {self.type}={found.get('status')} (want {self.status})"
        return Verdict(is_ready=False, live=live, notes=(Note(text),), problems=(text,))


@dataclass(frozen=True, slots=True)
class AtPath:
    """There is something at this path; with `value`, it is that."""

    path: tuple[Step, ...]
    value: str | None
    text: str

    def judge(self, live: Json) -> Verdict:
        """Whether it holds in `live`."""
        observed = pluck(live, "status", "observedGeneration")
        found = _follow(live, self.path)
        is_current = observed is None or observed >= generation(live)
        if is_current and found is not _NOT_THERE and self.value in (None, _as_text(found)):
            return Verdict(is_ready=True, live=live, notes=(Note(f"Found {self.text}"),))
        seen = "" if found is _NOT_THERE else f' (found "{_as_text(found)}")'
        text = f"Waiting for {self.text}{seen}"
        return Verdict(is_ready=False, live=live, notes=(Note(text),), problems=(text,))


@dataclass(frozen=True, slots=True)
class All:
    """Every one of them holds."""

    parts: tuple[Condition | AtPath, ...]

    def judge(self, live: Json) -> Verdict:
        """Whether they hold in `live`; the first that does not gives the reason."""
        for part in self.parts:
            if not (verdict := part.judge(live)).is_ready:
                return verdict
        return Verdict(is_ready=True, live=live)


def parse(annotation: str) -> All:
    """What the annotation asks for. Raises `WaitForError`."""
    try:
        listed = json.loads(annotation)
    except ValueError:
        listed = [annotation]
    if not isinstance(listed, list) or not listed:
        raise WaitForError(f"{ANNOTATION}: at least one condition must be specified, got {annotation!r}")
    return All(tuple(_parse_one(str(expression)) for expression in listed))


def _parse_one(expression: str) -> Condition | AtPath:
    if expression.startswith("condition="):
        kind, _, status = expression.removeprefix("condition=").partition("=")
        return Condition(kind, status or "True")
    match = _JSONPATH.match(expression.removeprefix("jsonpath="))
    if not expression.startswith("jsonpath=") or match is None:
        raise WaitForError(f'{ANNOTATION}: expected a "jsonpath=" or "condition=" prefix, got {expression!r}')
    try:
        path = parse_path(match["path"].replace("['", '["').replace("']", '"]').lstrip("."))
    except PathError as problem:
        raise WaitForError(f"{ANNOTATION}: {problem}") from problem
    return AtPath(path, match["value"], expression)


def judge_ready(live: Json) -> Verdict:
    """The general rule for any kind: observed, not stalled, not reconciling, and `Ready` unless it has no such word."""
    observed = pluck(live, "status", "observedGeneration")
    if observed is not None and observed != generation(live):
        return Verdict(is_ready=False, live=live, notes=(Note("Waiting for readiness"),))
    ready = condition_of(live, "Ready")
    for condition_type in ("Reconciling", "Stalled"):
        if (condition_of(live, condition_type) or {}).get("status") == "True":
            return Verdict(is_ready=False, live=live, notes=(Note(f"Resource is {condition_type}"),))
    is_ready = ready is None or ready.get("status") == "True"
    return Verdict(is_ready=is_ready, live=live, notes=() if is_ready else (Note(str((ready or {}).get("message"))),))


def _follow(value: Any, path: tuple[Step, ...]) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return _NOT_THERE
    return value


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _equal(left: Any, right: str) -> bool:
    return str(left).casefold() == right.casefold()
