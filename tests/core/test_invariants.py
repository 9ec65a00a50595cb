"""What must hold for every release: a state machine throws everything at one and watches the traffic.

The machine plays the world: it drives `Loop.turn` tick by tick, and between ticks makes pods crash and recover, the
cluster
unreadable, metrics good, bad, empty or broken, gates shut, people give orders, and the process die and start anew.
"""

import os
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from canary.adapters.memory import MemoryRouter, memory_world
from canary.core.decide import decide
from canary.core.decision import Check
from canary.core.measure import Measurement
from canary.core.promotion import finalise
from canary.core.routing import Routing, Track
from canary.core.spec import ReleaseSpec
from canary.core.state import Command, Phase, State
from canary.loop import Loop, ReleaseFailed, drain
from canary.ports import Question
from tests.core.builders import value
from tests.core.strategies import specs


class WatchedRouter(MemoryRouter):
    """Notes whom each routing would have sent users to."""

    machine: "ReleaseMachine"

    def write(self, routing: Routing) -> None:
        self.machine.on_route(self.routing, routing)
        super().write(routing)


class ReleaseMachine(RuleBasedStateMachine):
    """One release in one hostile world."""

    @initialize(spec=specs)
    def start(self, spec: ReleaseSpec) -> None:
        self.spec = spec
        self.quality = "good"
        self.memory = memory_world(spec, self.answer)
        router = WatchedRouter()
        router.machine = self
        object.__setattr__(self.memory, "router", router)
        self.loop = Loop(spec, self.memory.world, decide)
        self.state = State("r2")
        self.last_outcome = "pass"
        self.ended: Phase | None = None
        self.deadline = self.memory.clock.now() + timedelta(days=7)

    def answer(self, question: Question) -> Measurement:
        good = 99.9 if question.metric.minimum is not None else 0.0
        bad = 1.0 if question.metric.minimum is not None else 9999.0
        number = {"good": good, "bad": bad}.get(self.quality)
        return value(question, number, error="down" if self.quality == "broken" else "")

    def on_route(self, before: Routing, after: Routing) -> None:
        assert after.weight <= self.spec.max_weight or after.weight < before.weight
        rises = after.weight > before.weight or (bool(after.matches) and not before.matches)
        assert not (rises and self.last_outcome != "pass"), "the weight rose after a check that did not pass"
        primary, canary = (self.memory.workload.observe(track) for track in (Track.PRIMARY, Track.CANARY))
        if rises:
            assert canary.can_serve, "users were sent to a canary without ready pods"
        if after.is_home and not primary.can_serve:
            assert not canary.can_serve, "users were taken from a canary that serves to a primary that does not"

    @rule(quality=st.sampled_from(["good", "good", "good", "bad", "empty", "broken"]))
    def measure(self, quality: str) -> None:
        self.quality = quality

    @rule(track=st.sampled_from(Track))
    def break_pods(self, track: Track) -> None:
        self.memory.workload.broken.add(track)

    @rule()
    def heal_pods(self) -> None:
        self.memory.workload.broken.clear()

    @rule(fault=st.sampled_from(["", "503"]))
    def api(self, fault: str) -> None:
        self.memory.workload.fault = fault

    @rule(command=st.sampled_from(Command))
    def order(self, command: Command) -> None:
        self.memory.control.pending.append(command)

    @rule(shut=st.booleans())
    def gates(self, *, shut: bool) -> None:
        self.memory.hooks.refusing = {hook.name for hook in self.spec.hooks} | {"gate"} if shut else set()

    @precondition(lambda self: self.ended is None)
    @rule()
    def crash_and_start_anew(self) -> None:
        if self.memory.workload.fault:
            return
        try:
            drain(self.spec, self.memory.world)
        except ReleaseFailed:
            return
        self.state = State("r2")
        self.last_outcome = "pass"

    @precondition(lambda self: self.ended is None)
    @rule(ticks=st.integers(1, 30))
    def run(self, ticks: int) -> None:
        for _ in range(ticks):
            self.tick()

    def tick(self) -> None:
        if self.ended is not None:
            return
        before = self.state
        world = self.memory
        seen_checks = len(world.reporter.checks)
        promoted = Command.PROMOTE in world.control.pending or self.state.promote_now
        # the check's outcome must be known when its routing is written, so it is peeked at by the reporter's own call
        world.reporter.check = self.note  # type: ignore[method-assign]
        self.state = self.loop.turn(self.state)
        world.clock.wait(timedelta(seconds=1) if self.state.phase is not Phase.WAITING else self.spec.interval)
        assert self.state.failed <= self.spec.limits.threshold
        assert self.state.failed >= before.failed or self.last_outcome == "pass"
        assert len(world.reporter.checks) >= seen_checks
        if self.state.phase is Phase.PROMOTING:
            evidence = self.spec.skip_analysis or promoted or self.state.step == len(self.spec.steps) - 1
            assert evidence, "promoted before the last step"
            assert self.state.clean or promoted or self.spec.skip_analysis, "promoted after a check that did not pass"
            self.ended = Phase.PROMOTING
        if self.state.phase is Phase.FAILED:
            self.ended = Phase.FAILED
            self.nobody_is_lost()

    def note(self, check: Check, state: State) -> None:
        self.last_outcome = check.outcome
        self.memory.reporter.checks.append(check)

    def nobody_is_lost(self) -> None:
        """After a failure all traffic is on a side that serves, if any side does."""
        primary, canary = (self.memory.workload.health[track] for track in (Track.PRIMARY, Track.CANARY))
        primary_serves = primary.ready > 0 and Track.PRIMARY not in self.memory.workload.broken
        if primary_serves:
            assert self.memory.router.routing.is_home
            assert canary.desired == 0
        elif not self.memory.router.routing.is_home:
            assert canary.desired > 0, "the canary was stopped while users were on it"

    @invariant()
    def users_are_never_on_a_stopped_canary(self) -> None:
        if hasattr(self, "memory") and self.memory.router.routing.reaches_users:
            assert self.memory.workload.health[Track.CANARY].desired > 0

    def teardown(self) -> None:
        """Every run ends: with a healthy world, in bounded time."""
        if not hasattr(self, "memory") or self.ended is Phase.FAILED:
            return
        self.heal_pods()
        self.api("")
        self.gates(shut=False)
        self.quality = "good"
        if self.ended is None:
            self.memory.control.pending += [Command.RESUME, Command.APPROVE]
            for _ in range(3000):
                self.tick()
                if self.ended:
                    break
            assert self.ended is not None, f"does not end: {self.state}"
        if self.ended is Phase.PROMOTING:
            self.finish()

    def finish(self) -> None:
        finishing = Loop(self.spec, self.memory.world, finalise)
        state = self.state
        for _ in range(2000):
            state = finishing.turn(state)
            self.memory.clock.wait(self.spec.interval)
            if state.phase in (Phase.SUCCEEDED, Phase.FAILED):
                break
        assert state.phase is Phase.SUCCEEDED
        assert self.memory.router.routing.is_home
        assert self.memory.workload.health[Track.CANARY].desired == 0


ReleaseMachine.TestCase.settings = settings(
    max_examples=int(os.environ.get("RELEASES", "150")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestRelease = ReleaseMachine.TestCase
