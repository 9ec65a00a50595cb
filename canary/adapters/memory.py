"""A whole world in memory: for simulation, offline replay and tests. Time passes only when someone waits.

Ships as a feature. The canary's quality is a function of time; everything else behaves as a perfect cluster would,
until the script of the simulation says otherwise.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from canary.core.decision import Check, Event
from canary.core.measure import HookResult, Measurement
from canary.core.routing import HOME, Capability, Routing, Track, TrackHealth
from canary.core.spec import Hook, ReleaseSpec
from canary.core.state import Command, State
from canary.ports import Question, Unavailable, World

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class MemoryClock:
    """Time that passes by waiting; calls `on_wait` after each wait so that a script can change the world."""

    def __init__(self, start: datetime = EPOCH) -> None:
        self.time = start
        self.on_wait: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        """The simulated moment."""
        return self.time

    def wait(self, duration: timedelta) -> None:
        """Let `duration` pass at once."""
        self.time += duration
        self.on_wait()


@dataclass
class MemoryWorkload:
    """Two workloads that become ready the moment they are scaled, unless `broken` holds their track."""

    health: dict[Track, TrackHealth]
    broken: set[Track] = field(default_factory=set)
    fault: str = ""

    def observe(self, track: Track) -> TrackHealth:
        """How the track stands."""
        if self.fault:
            raise Unavailable(self.fault)
        health = self.health[track]
        return replace(health, ready=0, problem="CrashLoopBackOff") if track in self.broken else health

    def scale(self, track: Track, replicas: int) -> None:
        """All pods are there at once."""
        self.health[track] = replace(self.health[track], desired=replicas, ready=replicas, updated=replicas)


@dataclass
class MemoryRouter:
    """Remembers each routing it was given."""

    routing: Routing = HOME
    history: list[Routing] = field(default_factory=list)
    capabilities: frozenset[Capability] = frozenset(Capability)

    def read(self) -> Routing:
        """The live routing."""
        return self.routing

    def write(self, routing: Routing) -> None:
        """Take it."""
        self.routing = routing
        self.history.append(routing)


@dataclass
class MemoryMetrics:
    """Answers from a function of the question."""

    source: Callable[[Question], Measurement]

    def measure(self, question: Question) -> Measurement:
        """Whatever the source says."""
        return self.source(question)


@dataclass
class MemoryHooks:
    """Every hook passes, except those in `refusing`."""

    refusing: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)

    def call(self, hook: Hook, phase: str, event: Event | None = None) -> HookResult:
        """Answer at once."""
        self.calls.append(hook.name)
        passed = hook.name not in self.refusing
        return HookResult(hook.name, hook.type, passed, 200 if passed else 403)


@dataclass
class MemoryJournal:
    """The last state."""

    state: State | None = None

    def load(self) -> State | None:
        """What was saved."""
        return self.state

    def save(self, state: State) -> None:
        """Keep it."""
        self.state = state


@dataclass
class MemoryControl:
    """Commands and an interrupt, set by the script."""

    pending: list[Command] = field(default_factory=list)
    interrupted: str = ""

    def commands(self) -> Sequence[Command]:
        """Take all pending commands."""
        taken, self.pending = tuple(self.pending), []
        return taken


@dataclass
class MemoryReporter:
    """Keeps the lines and the checks."""

    events: list[Event] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """The log."""
        return [event.message for event in self.events]

    def event(self, event: Event, state: State) -> None:
        """Keep it."""
        self.events.append(event)

    def check(self, check: Check, state: State) -> None:
        """Keep it."""
        self.checks.append(check)

    def status(self, state: State, now: datetime) -> None:
        """Nobody watches a simulation."""


@dataclass(frozen=True)
class MemoryWorld:
    """The parts of a simulated world, for a script to reach into; `world` is what the loop gets."""

    clock: MemoryClock
    workload: MemoryWorkload
    router: MemoryRouter
    metrics: MemoryMetrics
    hooks: MemoryHooks
    journal: MemoryJournal
    control: MemoryControl
    reporter: MemoryReporter

    @property
    def world(self) -> World:
        """These parts as the ports of one release."""
        return World(
            self.clock, self.workload, self.router, self.metrics, self.hooks, self.journal, self.control, self.reporter
        )


def healthy(question: Question) -> Measurement:
    """A canary without fault: the success rate is 100 %, everything else is at its minimum or zero."""
    value = 100.0 if question.metric.minimum is not None else 0.0
    return Measurement(question.metric.name, "simulated", question.window, value, samples=1000)


def memory_world(spec: ReleaseSpec, source: Callable[[Question], Measurement] = healthy) -> MemoryWorld:
    """A world with a ready primary and a canary at zero replicas."""
    replicas = max(1, spec.target.replicas)
    primary = TrackHealth(desired=replicas, ready=replicas, updated=replicas)
    return MemoryWorld(
        clock=MemoryClock(),
        workload=MemoryWorkload({Track.PRIMARY: primary, Track.CANARY: TrackHealth()}),
        router=MemoryRouter(),
        metrics=MemoryMetrics(source),
        hooks=MemoryHooks(),
        journal=MemoryJournal(),
        control=MemoryControl(),
        reporter=MemoryReporter(),
    )
