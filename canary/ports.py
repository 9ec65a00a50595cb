"""What the release loop needs from the world, as Protocols; `canary.adapters` has one file for each system.

Every method may raise `Unavailable`: the system did not answer, or not now. That never means "changed", "absent" or
"no traffic". Adapters retry briefly by themselves (see `canary.adapters.retry`), translate their library's
exceptions at this border, and keep tokens and bodies out of messages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from canary.core.decision import Check, Event
from canary.core.group import Company, Word
from canary.core.measure import HookResult, Measurement
from canary.core.routing import Capability, Routing, Track, TrackHealth
from canary.core.spec import Hook, Metric
from canary.core.state import Command, State


class CanaryError(Exception):
    """Root of the errors this package raises on purpose; its text is for the user."""


class Unavailable(CanaryError):
    """A system did not answer in time, or answered that it cannot now. Try again."""


class Misconfigured(CanaryError):
    """Something the user wrote, or did not install, makes the release impossible. Trying again does not help."""


class Fenced(CanaryError):
    """Another run holds the release now; this one must stop writing."""


class Missing(Misconfigured):
    """An object that the release needs is surely not there: the API server said so."""


class Clock(Protocol):
    """Time. `now` is aware UTC."""

    def now(self) -> datetime:
        """The present moment, in UTC."""

    def wait(self, duration: timedelta) -> None:
        """Return after `duration`, or earlier when something wants attention (an interrupt)."""


class Workload(Protocol):
    """The two workloads of one release."""

    def observe(self, track: Track) -> TrackHealth:
        """How `track` stands; an absent object is `TrackHealth(exists=False)`."""

    def scale(self, track: Track, replicas: int) -> None:
        """Set spec.replicas of `track`; returns when the API server has taken it."""


class Router(Protocol):
    """The object that splits the traffic of one release."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this router can express."""

    def read(self) -> Routing:
        """The live routing. Raises Missing when the object does not exist, Misconfigured when it is somebody else's."""

    def write(self, routing: Routing) -> None:
        """Make `routing` the live one, and read it back; idempotent."""


class Witness(Protocol):
    """Who knows who has changed the routing."""

    def last_writer(self) -> str:
        """The field manager of the last change that was not this release's; empty when there is none."""


@dataclass(frozen=True, slots=True)
class Question:
    """One measurement to make: `metric` for the canary's workload over the last `window`, ending `at`."""

    metric: Metric
    window: timedelta
    at: datetime


class Metrics(Protocol):
    """A metrics system."""

    def measure(self, question: Question) -> Measurement:
        """One value. Never raises for a system that is down or a query that is wrong: that is `Measurement.error`."""


class Hooks(Protocol):
    """The webhooks of one release."""

    def call(self, hook: Hook, phase: str, event: Event | None = None) -> HookResult:
        """POST Flagger's payload within `hook.timeout` x (1 + retries). Never raises: see `HookResult.error`."""


class Journal(Protocol):
    """Where a release's state survives the process that runs it."""

    def load(self) -> State | None:
        """The state last saved for this release, or None."""

    def save(self, state: State) -> None:
        """Keep `state`. Raises Fenced when another run has taken the release over."""


class Control(Protocol):
    """How someone outside steers a running release."""

    def commands(self) -> Sequence[Command]:
        """Commands given since the last call."""

    @property
    def interrupted(self) -> str:
        """Why this run must stop now (a signal, a lost engine), or an empty string."""


class Reporter(Protocol):
    """Who hears of it: the engine's log, Kubernetes events, the ledger, alerts."""

    def event(self, event: Event, state: State) -> None:
        """Something worth a line happened. Must not raise and must return soon."""

    def check(self, check: Check, state: State) -> None:
        """A check was made: the ledger's line."""

    def status(self, state: State, now: datetime) -> None:
        """The present state, for a line that is updated in place."""


class Group(Protocol):
    """The releases that this one stands or falls with."""

    def stand(self, word: Word, why: str = "") -> Company:
        """Tell the others how this release stands (`why`: of a failure), and return how they do.

        The answer is one fact for all: after PROMOTE no member fails any more, after FAIL none is promoted.
        """


@dataclass(frozen=True, slots=True)
class World:
    """The ports of one release, handed to the loop together.

    group: None for a release that stands alone. witness: None where nobody knows who changes the routing.
    """

    clock: Clock
    workload: Workload
    router: Router
    metrics: Metrics
    hooks: Hooks
    journal: Journal
    control: Control
    reporter: Reporter
    group: Group | None = None
    witness: Witness | None = None
