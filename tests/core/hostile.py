"""A hostile world around the in-memory adapters, and a random release in it: `play(seed)`.

The world does all that a cluster does to a release: pods die and come back, the API does not answer, or carries an
order out and its answer is lost, metrics fail, are empty or broken, gates shut, people give orders, someone else turns
the traffic, and the process dies at any call. It calms down in the end, because only then must a release end.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

from canary.adapters.memory import MemoryHooks, MemoryMetrics, MemoryRouter, MemoryWorkload, MemoryWorld, memory_world
from canary.core.decide import decide
from canary.core.decision import Check, Event
from canary.core.measure import HookResult, Measurement
from canary.core.promotion import finalise
from canary.core.routing import Routing, Track, TrackHealth
from canary.core.spec import Hook, HookType, ReleaseSpec
from canary.core.state import Command, Phase, State
from canary.loop import Decide, Loop, ReleaseFailed, drain
from canary.ports import Question, Unavailable
from tests.core.randomspecs import GATE, random_spec
from tests.core.watch import Violation, Watch, must

MOST_TURNS = 20_000  # of one release, all its processes together; the longest sane one needs about 4000


class Killed(BaseException):
    """The process dies at this call."""


class Nature:
    """What goes wrong at a call: nothing, no answer, an answer that is lost, or the end of the process."""

    def __init__(self, random: Random) -> None:
        self.random, self.flaky, self.calls_to_live = random, 0.0, -1

    def before(self) -> None:
        """A call to the cluster is on its way."""
        self.calls_to_live -= 1
        if self.calls_to_live == 0:
            raise Killed
        self._fail()

    def after(self) -> None:
        """The order is carried out; its answer is on its way."""
        self._fail()

    def _fail(self) -> None:
        if self.flaky and self.random.random() < self.flaky:
            raise Unavailable("503 from the API server")


@dataclass
class HostileRouter(MemoryRouter):
    """Tells the watch before it turns the traffic."""

    nature: Any = None
    watch: Any = None

    def read(self) -> Routing:
        self.nature.before()
        return super().read()

    def write(self, routing: Routing) -> None:
        self.nature.before()
        self.watch.routed(self.routing, routing)
        super().write(routing)
        self.nature.after()


@dataclass
class HostileWorkload(MemoryWorkload):
    """Tells the watch before it stops pods."""

    nature: Any = None
    watch: Any = None

    def observe(self, track: Track) -> TrackHealth:
        self.nature.before()
        return super().observe(track)

    def scale(self, track: Track, replicas: int) -> None:
        self.nature.before()
        self.watch.scaled(track, replicas)
        super().scale(track, replicas)
        self.nature.after()


@dataclass
class HostileHooks(MemoryHooks):
    """Tells the watch what was answered."""

    watch: Any = None

    def call(self, hook: Hook, phase: str, event: Event | None = None) -> HookResult:
        answer = super().call(hook, phase, event)
        self.watch.answered(hook, passed=answer.passed)
        return answer


class Game:
    """One release in one hostile world. `decide` and `finalise` can be others, to see that it notices."""

    def __init__(self, seed: int, decide: Decide = decide, finalise: Decide = finalise) -> None:
        self.random = Random(seed)
        self.spec: ReleaseSpec = random_spec(self.random)
        self.decide, self.finalise = decide, finalise
        self.nature, self.quality = Nature(self.random), "good"
        self.hostility = self.random.choice((0.0, 0.02, 0.1, 0.3))
        self.patience = self.random.randint(0, 300)  # turns until the world calms down
        self.heartbeat = max(timedelta(seconds=1), self.spec.interval * self.random.choice((0.1, 0.3, 1)))
        self.turns = 0
        self.loop: Loop
        self.memory, self.watch = self._world()

    def _world(self) -> tuple[MemoryWorld, Watch]:
        made = memory_world(self.spec)
        router = HostileRouter(nature=self.nature)
        workload = HostileWorkload(made.workload.health, nature=self.nature)
        hooks = HostileHooks({hook.name for hook in self.spec.hooks_of(HookType.ROLLBACK)})
        memory = replace(made, router=router, workload=workload, hooks=hooks, metrics=MemoryMetrics(self._measure))
        watch = router.watch = workload.watch = hooks.watch = Watch(self.spec, memory)
        memory.reporter.check = self._checked  # type: ignore[method-assign]
        return memory, watch

    def _checked(self, check: Check, state: State) -> None:
        self.watch.checked(check)

    def _measure(self, question: Question) -> Measurement:
        self.watch.asked(question)
        metric, good = question.metric, 100.0 if question.metric.name == "request-success-rate" else 0.5
        bad = 1.0 if question.metric.name == "request-success-rate" else 9999.0
        numbers = {"good": good, "bad": bad, "few": good}
        samples = 3.0 if self.quality == "few" else 1000.0
        error = "down" if self.quality == "broken" else ""
        return Measurement(metric.name, "q", question.window, numbers.get(self.quality), samples, error)

    def play(self) -> Phase:
        """Run it to its end. Raises Violation."""
        state = self._to_the_end(self.decide, Phase.WAITING)
        if state.phase is Phase.PROMOTING:
            self.watch.promoted(state)
            self.memory.workload.broken.discard(Track.PRIMARY)
            state = self._to_the_end(self.finalise, Phase.PROMOTING)
        return state.phase

    def _to_the_end(self, decide: Decide, begin: Phase) -> State:
        """One process after another, each beginning anew, until one of them ends by itself."""
        while True:
            try:
                state = self._process(decide, begin)
            except (Killed, Unavailable):  # the provider's process, or `pulumi up`, is gone; someone tries again
                self._next_turn()
                continue
            if state.phase is not Phase.PROMOTING:
                self.watch.ended(state)
            return state

    def _process(self, decide: Decide, begin: Phase) -> State:
        now = self.memory.clock.now()
        self.memory.control.interrupted = ""
        if begin is Phase.WAITING:
            try:
                drain(self.spec, self.memory.world)
            except ReleaseFailed as stuck:
                raise Unavailable(str(stuck)) from stuck
            self.watch.fresh_run()
        self.loop, state = Loop(self.spec, self.memory.world, decide), State("r2", begin, started_at=now, phase_at=now)
        try:
            while not self.loop.is_done(state := self.loop.turn(state)):
                self._turned(state)
                must(state.failed <= self.spec.limits.threshold, f"{state.failed} failed checks")
                self._next_turn()
        except ReleaseFailed as failed:
            # its orders did not get through for the whole deadline: the next `up` must find the way
            raise Unavailable(str(failed)) from failed
        return state

    def _turned(self, state: State) -> None:
        """What one turn must have done can only be said if all its calls, or none, got through."""
        outage = bool(self.memory.workload.fault)
        if not self.loop.pending and (outage or not self.nature.flaky):
            self.watch.turned(state, answering=not outage)

    def _next_turn(self) -> None:
        self.turns += 1
        must(self.turns < MOST_TURNS, "the release does not end")
        self.memory.clock.wait(self.heartbeat)
        if self.turns > self.patience:
            self._calm()
        elif self.random.random() < self.hostility:
            self.random.choice(EVENTS)(self)

    def _calm(self) -> None:
        self.nature.flaky, self.nature.calls_to_live, self.quality = 0.0, -1, "good"
        self.memory.workload.broken.clear()
        self.memory.workload.fault = ""
        self.memory.hooks.refusing = {hook.name for hook in self.spec.hooks_of(HookType.ROLLBACK)}
        self.order(Command.RESUME, Command.APPROVE)

    def order(self, *commands: Command) -> None:
        """People speak."""
        self.watch.heard.update(commands)
        self.memory.control.pending = [*commands]

    def someone_else_routes(self) -> None:
        """Not to pods that were stopped, and not while an order waits: what should become of that is nobody's rule."""
        if not self.loop.pending and self.memory.workload.health[Track.CANARY].desired:
            theirs, ours = Routing(self.random.randint(0, 100)), self.memory.router.routing
            self.memory.router.routing, self.watch.disturbed = theirs, theirs != ours


def _metrics(game: Game) -> None:
    game.quality = game.random.choice(("good", "good", "good", "bad", "bad", "empty", "broken", "few"))


def _break(game: Game) -> None:
    game.memory.workload.broken.add(game.random.choice(tuple(Track)))


def _heal(game: Game) -> None:
    game.memory.workload.broken.clear()


def _outage(game: Game) -> None:
    game.memory.workload.fault = game.random.choice(("", "no route to host"))


def _flaky(game: Game) -> None:
    game.nature.flaky = game.random.choice((0.0, 0.0, 0.1, 0.5))


def _die(game: Game) -> None:
    game.nature.calls_to_live = game.random.randint(1, 8)


def _speak(game: Game) -> None:
    game.order(game.random.choice(tuple(Command)))


def _hooks(game: Game) -> None:
    names = [hook.name for hook in (*game.spec.hooks, GATE)]
    game.memory.hooks.refusing = set(game.random.sample(names, game.random.randint(0, len(names))))


def _interrupt(game: Game) -> None:
    game.memory.control.interrupted = "SIGINT"


EVENTS: tuple[Callable[[Game], None], ...] = (
    *(_metrics,) * 4,
    *(_break,) * 2,
    *(_heal,) * 3,
    *(_outage, _flaky, _die, _speak, _hooks) * 2,
    _interrupt,
    Game.someone_else_routes,
)


def play(seed: int) -> Phase:
    """The release number `seed`, always the same one. Raises Violation."""
    return Game(seed).play()


__all__ = ["Game", "Violation", "play"]
