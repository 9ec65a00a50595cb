"""What `decide()` answers: questions it needs answered first, or a new state with orders and events.

Actions are orders in the imperative; the loop carries them out in their sequence and each one is idempotent.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from canary.core.group import Company
from canary.core.measure import HookResult, Judged, Measurement
from canary.core.routing import Routing, Track, TrackHealth
from canary.core.spec import Hook, Metric
from canary.core.state import Command, State


class Severity(StrEnum):
    """How loud an event is, as alert providers filter it."""

    INFO = "info"
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Event:
    """Something worth a line: `reason` is a typed CamelCase word, `message` has the form of Flagger's log.

    muted: it comes from a hook with `mute_alert`, so nobody is alerted.
    """

    reason: str
    message: str
    severity: Severity = Severity.INFO
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """Set the replicas of a track."""

    track: Track
    replicas: int


@dataclass(frozen=True, slots=True)
class Route:
    """Make this the live routing, and confirm it by reading it back."""

    routing: Routing


@dataclass(frozen=True, slots=True)
class Linger:
    """Let time pass (connections drain, a step back settles) without asking anything."""

    duration: timedelta
    why: str


@dataclass(frozen=True, slots=True)
class Call:
    """Call a hook whose answer decides nothing (post-rollout)."""

    hook: Hook


Action = Scale | Route | Linger | Call


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the ledger: a check and what came of it."""

    at: datetime
    step: int
    weight: int
    judged: tuple[Judged, ...]
    outcome: str
    failed: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Answers needed before a decision is possible: these hooks, or these metrics over a window that ends now.

    withdraw: or the group's word on whether this release may still fail, for this reason.
    """

    hooks: tuple[Hook, ...] = ()
    metrics: tuple[Metric, ...] = ()
    window: timedelta = timedelta(0)
    withdraw: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A new state, what to do about it, and what to tell."""

    state: State
    actions: tuple[Action, ...] = ()
    events: tuple[Event, ...] = ()
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """All that `decide()` may know of the world at one moment.

    routing is the live one; `fault` says that the cluster could not be read (then nothing else here is meaningful).
    measurements and hooks are None until they were asked for in this very tick; hook answers are keyed by `type/name`.
    interference: what somebody else has done; writer: who wrote the routing last, if it is not what was ordered.
    company: the group's other releases; None when there is no group, or it is not known now.
    """

    primary: TrackHealth = field(default_factory=TrackHealth)
    canary: TrackHealth = field(default_factory=TrackHealth)
    routing: Routing | None = None
    fault: str = ""
    interference: str = ""
    writer: str = ""
    interrupted: str = ""
    commands: tuple[Command, ...] = ()
    measurements: tuple[Measurement, ...] | None = None
    hooks: dict[str, HookResult] = field(default_factory=dict)
    company: Company | None = None

    def answer(self, hook: Hook) -> HookResult | None:
        """What `hook` answered in this tick, None when it was not asked yet."""
        return self.hooks.get(f"{hook.type}/{hook.name}")
