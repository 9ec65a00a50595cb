"""Exceptions from a rule: for one resource, with a reason, until a day. They are part of the pack's configuration.

So they are given by whoever owns the policies and not by whoever wants the exception, and none lasts for ever: after
its day the violation is back, and says that an exemption has ended. The day is handed in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from policies.finding import Finding, Violation

SCHEMA: dict[str, Any] = {
    "type": "array",
    "default": [],
    "description": "Exceptions; each names namespace/name (* and ? match), the last day (UTC) and the reason.",
    "items": {
        "type": "object",
        "required": ["resource", "until", "reason"],
        "additionalProperties": False,
        "properties": {
            "resource": {"type": "string", "minLength": 1},
            "until": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
            "reason": {"type": "string", "minLength": 1},
        },
    },
}


class BadConfiguration(Exception):
    """The pack's configuration is well-formed, but means nothing; the message is the user's."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """For every resource that `resource` matches, up to and with the day `until`."""

    resource: str
    until: date
    reason: str

    def covers(self, violation: Violation) -> bool:
        """It was meant for this resource."""
        return fnmatchcase(violation.resource.subject, self.resource)


def parse(given: Sequence[Mapping[str, Any]]) -> list[Exemption]:
    """The exemptions in a rule's configuration. Raises BadConfiguration for a day that does not exist."""
    return [Exemption(str(one["resource"]), _day(str(one["until"])), str(one["reason"])) for one in given]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadConfiguration(f"exemptions: until {text!r} is no day ({error}); write it as 2030-12-31") from error


def without_exempted(findings: Sequence[Finding], exemptions: Sequence[Exemption], today: date) -> Iterator[Finding]:
    """The findings that no exemption covers today; one whose exemption has ended says so."""
    for finding in findings:
        meant = [one for one in exemptions if isinstance(finding, Violation) and one.covers(finding)]
        if any(today <= one.until for one in meant):
            continue
        if meant and isinstance(finding, Violation):
            last = max(meant, key=lambda one: one.until)
            yield replace(finding, remark=f'its exemption "{last.reason}" ended on {last.until.isoformat()}')
        else:
            yield finding
