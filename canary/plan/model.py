"""A plan as data: what `pulumi preview --json` carries, and what the texts for people are written from.

Durations are seconds; None for a time or a bound means that there is none. Knows neither Pulumi nor how it is shown.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError

from canary.ports import CanaryError


class Kind(StrEnum):
    """What the update means for the release."""

    FIRST = "first deployment"
    RELEASE = "release"
    SETTINGS = "settings only"
    NONE = "no change"
    UNKNOWN = "known during the update"
    REMOVAL = "removal"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in what runs. `about`: image, environment, configuration, resources, other, or removal."""

    about: str
    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Stage:
    """One step: what happens, the canary's share while it lasts (percent), and how long it takes."""

    what: str
    weight: int
    best: float
    worst: float | None


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric: its bound in words, how far a check looks back at most, and the query as it will be sent."""

    name: str
    bound: str
    window: float
    query: str
    source: str
    decides: bool = True


@dataclass(frozen=True, slots=True)
class Calling:
    """Someone outside who will be called: a gate, a webhook, an alert."""

    name: str
    type: str
    url: str
    when: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a reviewer asks of one release. `kind` and what follows from it: see `Kind`.

    changes: None when it is not known what ran before. budget, failure: sentences. best, worst: of a release that goes
    through, from the first step to the last. warnings: why it could not work as planned. adopts: what is taken over, in
    sentences.
    """

    name: str
    namespace: str
    kind: Kind
    before: str
    after: str
    changes: tuple[Change, ...] | None
    stages: tuple[Stage, ...]
    best: float
    worst: float | None
    measures: tuple[Measure, ...]
    calls: tuple[Calling, ...]
    budget: tuple[str, ...]
    failure: tuple[str, ...]
    warnings: tuple[str, ...]
    adopts: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """`podinfo.prod`, as the release's log writes it."""
        return f"{self.name}.{self.namespace}"

    @property
    def is_analysed(self) -> bool:
        """Something will be measured before all users get the new revision."""
        return self.kind in (Kind.RELEASE, Kind.UNKNOWN) and bool(self.stages)


class UnreadablePlan(CanaryError):
    """What was given holds no plan that this version can read."""


_PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)


def to_json(plan: Plan) -> dict[str, Any]:
    """`plan` as a JSON object."""
    document: dict[str, Any] = _PLAN.dump_python(plan, mode="json")
    return document


def from_json(document: object) -> Plan:
    """The plan that `to_json` wrote, also after a transport without nulls. Raises UnreadablePlan."""
    try:
        return _PLAN.validate_python(_complete(document))
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise UnreadablePlan(
            f"a release's plan cannot be read ({place}): it was written by another version of this library; "
            "run `pulumi preview` again"
        ) from error


def _complete(document: object) -> object:
    """Pulumi leaves nulls out; each of them means None here."""
    if not isinstance(document, dict):
        return document
    changes = document.get("changes")
    listed = [{"before": None, "after": None, **one} for one in changes] if isinstance(changes, list) else None
    stages = [{"worst": None, **one} for one in document.get("stages", ())]
    return {"worst": None, **document, "changes": listed, "stages": stages}
