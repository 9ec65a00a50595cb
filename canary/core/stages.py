"""The steps that a release is made of, as frozen data; `canary.core.steps` knows what each of them wants and needs.

A strategy (linear, blue/green, A/B, mirroring) is nothing but a tuple of these.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from canary.core.hooks import Hook
from canary.core.routing import MatchRule


@dataclass(frozen=True, slots=True)
class Weight:
    """A step: send `percent` of requests to the canary until `checks` checks passed and `duration` is over."""

    percent: int
    duration: timedelta = timedelta(0)
    checks: int = 1
    kind: Literal["weight"] = "weight"


@dataclass(frozen=True, slots=True)
class Pause:
    """A step: stay at the present routing for `duration`, or until resumed from outside when it is None.

    Checks go on meanwhile, and a failed one counts.
    """

    duration: timedelta | None = None
    kind: Literal["pause"] = "pause"


@dataclass(frozen=True, slots=True)
class Gate:
    """A step: stay at the present routing until the hook answers that it is approved. Checks go on meanwhile."""

    hook: Hook
    kind: Literal["gate"] = "gate"


@dataclass(frozen=True, slots=True)
class Mirror:
    """A step: copy `percent` of requests to the canary, whose answers no user sees, for `checks` passed checks."""

    percent: int = 100
    checks: int = 1
    kind: Literal["mirror"] = "mirror"


@dataclass(frozen=True, slots=True)
class Match:
    """A step: requests that match one of `rules` go to the canary, for `checks` passed checks (A/B testing)."""

    rules: tuple[MatchRule, ...]
    checks: int = 1
    kind: Literal["match"] = "match"


@dataclass(frozen=True, slots=True)
class Hold:
    """A step: no user traffic on the canary for `checks` passed checks (blue/green)."""

    checks: int = 1
    kind: Literal["hold"] = "hold"


@dataclass(frozen=True, slots=True)
class Switch:
    """A step: all traffic goes to the canary at once, unmeasured: the moment of promotion in blue/green."""

    kind: Literal["switch"] = "switch"


Step = Weight | Pause | Gate | Mirror | Match | Hold | Switch
