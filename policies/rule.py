"""A rule and where it holds: which stacks, which namespaces, which exemptions. The same for all of them.

A rule is a pure function from plain data to findings. This module refuses to know Pulumi's policy SDK (`policies.sdk`
does) and what any rule is about.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from policies import exemption
from policies.finding import Finding, Unjudged, Violation, judged
from policies.resource import Resource
from policies.view import NotKnown

Settings = Mapping[str, Any]
ResourceCheck = Callable[[Resource, Settings], Iterator[Finding]]
StackCheck = Callable[[list[Resource], Settings], Iterator[Finding]]
# Returns the changes to make, as pairs of a path and the new value; nothing when the resource is as it should be.
Remedy = Callable[[Resource, Settings], Iterator[tuple[tuple[str, ...], Any]]]

PRODUCTION = ["prod", "production", "prod-*", "production-*"]


def globs(default: Sequence[str], description: str) -> dict[str, Any]:
    """The schema of a list of names in which * and ? match."""
    return {"type": "array", "items": {"type": "string"}, "default": list(default), "description": description}


def number(default: float, description: str, least: float = 0) -> dict[str, Any]:
    """The schema of a number."""
    return {"type": "number", "minimum": least, "default": default, "description": description}


def matches(name: str, patterns: Sequence[str]) -> bool:
    """One of the patterns matches all of `name`."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One policy. Exactly one of `resource` and `stack` judges; `remedy` may repair what `resource` finds.

    properties: the JSON schema of each setting of its own, every one with a default. stacks: where it holds by default.
    """

    name: str
    description: str
    resource: ResourceCheck | None = None
    stack: StackCheck | None = None
    remedy: Remedy | None = None
    properties: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    stacks: Sequence[str] = ("*",)

    @property
    def schema(self) -> dict[str, dict[str, Any]]:
        """The JSON schema of all its settings."""
        common = {
            "stacks": globs(self.stacks, "Stacks in which it holds."),
            "namespaces": globs(["*"], "Namespaces in which it holds."),
            "except_namespaces": globs(["kube-*"], "Namespaces in which it does not hold."),
            "exemptions": exemption.SCHEMA,
        }
        return {**{name: dict(schema) for name, schema in self.properties.items()}, **common}

    def settings(self, given: Settings) -> Settings:
        """`given`, and the defaults of what it leaves out."""
        return {**{name: schema["default"] for name, schema in self.schema.items()}, **given}

    def judge(self, resource: Resource, given: Settings, today: date) -> list[Finding]:
        """What is wrong with one resource. Raises BadConfiguration."""
        settings = self.settings(given)
        if self.resource is None or not matches(resource.stack, settings["stacks"]):
            return []
        found = judged(resource, self.resource, resource, settings)
        return self._concerning(found, settings, today)

    def judge_stack(self, resources: list[Resource], given: Settings, today: date) -> list[Finding]:
        """What is wrong with all of them together. Raises BadConfiguration."""
        settings = self.settings(given)
        if self.stack is None or not resources or not matches(resources[0].stack, settings["stacks"]):
            return []
        return self._concerning(list(self.stack(resources, settings)), settings, today)

    def changes(self, resource: Resource, given: Settings, today: date) -> list[tuple[tuple[str, ...], Any]]:
        """What to change so that `judge` finds nothing; nothing where it finds nothing."""
        found = self.judge(resource, given, today)
        if self.remedy is None or not any(isinstance(one, Violation) for one in found):
            return []
        return list(self.remedy(resource, self.settings(given)))

    def _concerning(self, found: list[Finding], settings: Settings, today: date) -> list[Finding]:
        within = [placed for finding in found for placed in _within(finding, settings)]
        return list(exemption.without_exempted(within, exemption.parse(settings["exemptions"]), today))


def _within(finding: Finding, settings: Settings) -> Iterator[Finding]:
    """The finding, if its resource is where the rule holds; where that is not known, nor is the finding."""
    try:
        namespace = finding.resource.namespace
    except NotKnown as unknown:
        yield Unjudged(finding.resource, unknown.place)
        return
    if matches(namespace, settings["namespaces"]) and not matches(namespace, settings["except_namespaces"]):
        yield finding
