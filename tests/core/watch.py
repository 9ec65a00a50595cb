"""What must hold for every release, as a watcher that sees what a loop does and knows nothing of how it decides.

It counts for itself: what it asserts rests on the checks, the routings and the pods that it saw, not on the state.
"""

from collections import Counter
from datetime import datetime

from canary.adapters.memory import MemoryWorld
from canary.core.decision import Check
from canary.core.measure import Judged
from canary.core.routing import Routing, Track, TrackHealth
from canary.core.spec import Hold, Hook, HookType, Match, Metric, Mirror, Policy, ReleaseSpec, Weight
from canary.core.state import Command, Phase, State
from canary.ports import Question


class Violation(AssertionError):
    """A rule that must hold for every release was broken."""


def must(holds: object, rule: str) -> None:
    """Raises Violation with the `rule` that does not hold."""
    if not holds:
        raise Violation(rule)


class Watch:
    """One release as its users see it; `fresh_run` when a new process begins it anew."""

    def __init__(self, spec: ReleaseSpec, memory: MemoryWorld) -> None:
        self.spec, self.memory = spec, memory
        self.heard: set[Command] = set()
        self.fresh_run()

    def fresh_run(self) -> None:
        """What was proved in an earlier run counts no more."""
        self.outcome, self.at_step = "pass", -1  # of the last check
        self.passes: Counter[int] = Counter()
        self.opened: set[str] = set()
        self.routed_at: datetime | None = None
        self.disturbed, self.leaving, self.silent_since = False, False, self.memory.clock.now()
        self.heard = set(self.memory.control.pending)

    def health(self, track: Track) -> TrackHealth:
        """How a track really stands, whether or not the API says so now."""
        workload = self.memory.workload
        found = workload.health[track]
        return TrackHealth(desired=found.desired) if track in workload.broken else found

    def routed(self, before: Routing, after: Routing) -> None:
        """A routing is about to take effect."""
        primary, canary = self.health(Track.PRIMARY), self.health(Track.CANARY)
        if _rises(before, after):
            must(after.weight <= self.spec.max_weight, f"weight {after.weight} is above {self.spec.max_weight}")
            must(
                self.outcome == "pass" or self._begins(),
                f"the weight rose after a check that ended with {self.outcome!r}",
            )
            must(canary.can_serve or after.mirror_percent, "users were sent to a canary without ready pods")
        if before.reaches_users and after.is_home and not primary.can_serve:
            must(not canary.can_serve, "users were taken from a canary that serves to a primary that does not")
        if before != after:
            self.routed_at = self.memory.clock.now()

    def _begins(self) -> bool:
        """No user has been sent yet, and the hooks that refused before have all agreed since."""
        asked = (*self.spec.hooks_of(HookType.PRE_ROLLOUT), *self.spec.hooks_of(HookType.ROLLOUT))
        return self.at_step < 0 and self.opened.issuperset(hook.name for hook in asked)

    def scaled(self, track: Track, replicas: int) -> None:
        """A track is about to have so many pods."""
        on_users = self.memory.router.routing.reaches_users
        must(replicas or track is Track.PRIMARY or not on_users, "the canary was stopped while users were on it")

    def asked(self, question: Question) -> None:
        """A metric is asked."""
        if self.routed_at is not None:
            age = self.memory.clock.now() - self.routed_at
            must(question.window <= age, f"samples of {question.window} were asked {age} after the routing changed")

    def answered(self, hook: Hook, *, passed: bool) -> None:
        """A hook has answered."""
        self.opened = self.opened | {hook.name} if passed else self.opened - {hook.name}

    def checked(self, check: Check) -> None:
        """A check was made; one whose metrics have no say yet is none."""
        if check.outcome == "delayed":
            return
        self.outcome, self.at_step = check.outcome, check.step
        if check.outcome == "pass":
            self.passes[check.step] += 1
            for one in check.judged:
                must(self._fits(one), f"a check passed with {one.reason}")

    def _fits(self, one: Judged) -> bool:
        metric = next(metric for metric in self.spec.metrics if metric.name == one.measurement.metric)
        lenient = Policy.PASS in (self.spec.limits.on_error, self.spec.limits.on_no_data)
        return metric.dry_run or _within(metric, one) or (one.measurement.value is None and lenient)

    def promoted(self, state: State) -> None:
        """The loop says that the canary has proved itself."""
        if self.spec.skip_analysis or Command.PROMOTE in self.heard:
            return
        must(not self.disturbed, "promoted although someone else had changed the traffic")
        must(self.outcome == "pass" or self._begins(), f"promoted after a check that ended with {self.outcome!r}")
        must(state.failed < self.spec.limits.threshold, f"promoted with {state.failed} failed checks")
        for index, step in enumerate(self.spec.steps):
            if isinstance(step, Weight | Hold | Match | Mirror):
                made = self.passes[index]
                must(made >= step.checks, f"promoted with {made} passed checks in step {index}: {step}")
        for hook in self.spec.hooks_of(HookType.CONFIRM_PROMOTION):
            must(hook.name in self.opened or Command.APPROVE in self.heard, f"promoted past the gate {hook.name}")

    def turned(self, state: State, *, answering: bool) -> None:
        """A turn of the loop is over; `answering`: no call was refused in it."""
        now, control = self.memory.clock.now(), self.memory.control
        leaving = state.phase in (Phase.ROLLING_BACK, Phase.FAILED, Phase.PROMOTING)
        told = control.interrupted or Command.ABORT in self.heard
        if answering:
            self.silent_since = now
            routing = self.memory.router.routing
            must(leaving or not told, "a release went on that was told to stop")
            lost = routing.reaches_users and not self.health(Track.CANARY).can_serve
            must(leaving or not lost, "a release went on whose users were on a canary without ready pods")
        else:
            patient = now - self.silent_since < self.spec.limits.error_deadline
            must(
                self.leaving or not leaving or told or not patient,
                "a release ended because the cluster did not answer for a moment",
            )
        self.leaving = leaving

    def ended(self, state: State) -> None:
        """Nothing more will happen. All users are on a side that serves, if any side does."""
        routing = self.memory.router.routing
        if state.phase is Phase.SUCCEEDED or self.health(Track.PRIMARY).can_serve:
            must(routing.is_home, f"{state.phase} with {routing} and a primary that serves")
            must(self.memory.workload.health[Track.CANARY].desired == 0, f"{state.phase} with canary pods left")
        elif not routing.is_home:
            must(self.memory.workload.health[Track.CANARY].desired, "the canary was stopped while users were on it")


def _rises(before: Routing, after: Routing) -> bool:
    more = after.weight > before.weight or after.mirror_percent > before.mirror_percent
    return more or (bool(after.matches) and not before.matches)


def _within(metric: Metric, one: Judged) -> bool:
    value = one.measurement.value
    if value is None or one.measurement.error:
        return False
    return (metric.minimum is None or value >= metric.minimum) and (metric.maximum is None or value <= metric.maximum)
