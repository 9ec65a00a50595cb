"""The loop that runs one release: observe, decide, act, remember; everything it touches is handed in.

It decides nothing itself. A system that does not answer becomes a fault in the observation, never a guess about it.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from canary.core.decide import decide
from canary.core.decision import Action, Ask, Call, Decision, Event, Linger, Observation, Route, Scale, Severity
from canary.core.group import Word, word_of
from canary.core.overdue import Standing, reopened, standing
from canary.core.promotion import finalise
from canary.core.routing import HOME, Routing, Track, TrackHealth
from canary.core.spec import ReleaseSpec
from canary.core.state import Phase, State
from canary.core.tick import took_effect
from canary.ports import CanaryError, Group, Misconfigured, Missing, Question, Unavailable, World

HEARTBEAT = timedelta(seconds=1)  # how often the world is looked at between checks; Flagger looks once an interval

Decide = Callable[[ReleaseSpec, State, Observation, datetime], Ask | Decision]


class ReleaseFailed(CanaryError):
    """The release did not go through; `state` tells where and why."""

    def __init__(self, state: State, message: str) -> None:
        super().__init__(message)
        self.state = state


def run_rollout(spec: ReleaseSpec, state: State, world: World, heartbeat: timedelta = HEARTBEAT) -> State:
    """Analyse the canary until it may be promoted. Raises ReleaseFailed with the traffic back at the primary."""
    return _run(Loop(spec, world, decide), state, heartbeat)


def run_promotion(spec: ReleaseSpec, state: State, world: World, heartbeat: timedelta = HEARTBEAT) -> State:
    """Bring the traffic home to a promoted primary and stop the canary."""
    return _run(Loop(spec, world, finalise), state, heartbeat)


def _run(loop: "Loop", state: State, heartbeat: timedelta) -> State:
    clock, reporter = loop.world.clock, loop.world.reporter
    while True:
        try:
            state = loop.turn(state)
        except (ReleaseFailed, Misconfigured) as error:
            give_up(loop.spec, loop.world, state, error)
            raise
        reporter.status(state, clock.now())
        if loop.is_done(state):
            break
        clock.wait(heartbeat)
    if state.phase is Phase.FAILED:
        raise ReleaseFailed(state, state.reason)
    return state


class Loop:
    """One release in one world.

    Orders that could not be carried out because a system did not answer are kept and tried again before anything else
    is decided: the world must first be as the last decision wanted it, as long as that is still right.
    """

    def __init__(self, spec: ReleaseSpec, world: World, decide: Decide) -> None:
        self.spec, self.world, self.decide = spec, world, decide
        self.pending: tuple[Action, ...] = ()
        self.pending_since: datetime | None = None

    def is_done(self, state: State) -> bool:
        """Nothing is left to decide or to do."""
        promoting = state.phase is Phase.PROMOTING and self.decide is finalise
        return state.phase.is_over and not promoting and not self.pending

    def turn(self, state: State) -> State:
        """One tick: the state after it."""
        if self.pending and not self._abandons(state):
            if (after := self._overdue(state)) is not None:
                return after
            state = reopened(state)
        self.pending, self.pending_since = (), None
        now = self.world.clock.now()
        seen = self.observe(state)
        answer = self.decide(self.spec, state, seen, now)
        while isinstance(answer, Ask):
            seen = self.answer(answer, seen, state, now)
            answer = self.decide(self.spec, state, seen, now)
        return self.carry_out(answer, state)

    def _abandons(self, state: State) -> bool:
        """An order on the way up is dropped when it is time to go home; one on the way home never is."""
        return bool(self.world.control.interrupted) and state.phase not in (
            Phase.FAILED,
            Phase.SUCCEEDED,
            Phase.ROLLING_BACK,
        )

    def _overdue(self, state: State) -> State | None:
        """The state after another attempt at what is pending, or after waiting; None when it is to be decided anew."""
        since = self.pending_since or self.world.clock.now()
        try:
            worth = standing(self.pending[0], state, self._look())
        except Unavailable as fault:
            return self._later(state, fault, since)
        if worth is Standing.WAITS:
            return self._later(state, Unavailable("no ready pod takes the traffic that it would send"), since)
        return self.act_on(self.pending, state) if worth is Standing.STANDS else None

    def _look(self) -> Observation:
        """The tracks and the traffic, and nothing that anybody says."""
        primary, canary = (self.world.workload.observe(track) for track in (Track.PRIMARY, Track.CANARY))
        try:
            return Observation(primary, canary, self.world.router.read())
        except Missing as missing:
            # without it nothing is split any more: the apex Service sends everybody to the primary
            return Observation(primary, canary, HOME, interference=str(missing))

    def _writer(self, state: State, found: Observation) -> str:
        """Who moved the traffic, when it is not where this release had put it; a courtesy, so never a fault."""
        if self.world.witness is None or found.routing == state.routing:
            return ""
        with suppress(CanaryError):
            return self.world.witness.last_writer()
        return ""

    def observe(self, state: State) -> Observation:
        """The world as it is; what cannot be read is a fault. Its group hears how this release stands."""
        control = self.world.control
        interrupted, commands = control.interrupted, tuple(control.commands())
        try:
            found = self._look()
            company = self.world.group.stand(word_of(state), state.reason) if self.world.group else None
        except Unavailable as fault:
            return Observation(fault=str(fault), interrupted=interrupted, commands=commands)
        writer = self._writer(state, found)
        return replace(found, interrupted=interrupted, commands=commands, company=company, writer=writer)

    def answer(self, ask: Ask, seen: Observation, state: State, now: datetime) -> Observation:
        """What the hooks and metrics, or the group, answer, added to what was seen."""
        if ask.withdraw and self.world.group:
            return self._withdraw(self.world.group, ask.withdraw, seen)
        hooks = dict(seen.hooks)
        for hook in ask.hooks:
            hooks[f"{hook.type}/{hook.name}"] = self.world.hooks.call(hook, state.phase.value)
        measured = seen.measurements
        if ask.metrics:
            asked = [Question(metric, min(metric.window, ask.window), now) for metric in ask.metrics]
            measured = tuple(self.world.metrics.measure(question) for question in asked)
        return replace(seen, hooks=hooks, measurements=measured)

    def _withdraw(self, group: Group, why: str, seen: Observation) -> Observation:
        try:
            return replace(seen, company=group.stand(Word.FAILED, why))
        except Unavailable as fault:
            return replace(seen, company=None, fault=str(fault))

    def carry_out(self, decision: Decision, before: State) -> State:
        """Tell, remember, act, and remember what took effect; the state after it."""
        state = decision.state
        for event in decision.events:
            self.world.reporter.event(event, state)
        if decision.check is not None:
            self.world.reporter.check(decision.check, state)
        if state != before:
            self.remember(state)
        return self.act_on(decision.actions, state)

    def act_on(self, actions: tuple[Action, ...], state: State) -> State:
        """Carry out `actions` in order; those from the first that cannot be done now are kept for the next tick."""
        since = self.pending_since or self.world.clock.now()
        self.pending, self.pending_since = actions, since
        while self.pending:
            try:
                state = self.act(self.pending[0], state)
            except Unavailable as fault:
                return self._later(state, fault, since)
            self.pending = self.pending[1:]
        self.pending_since = None
        if actions:
            self.remember(state)
        return state

    def _later(self, state: State, fault: Unavailable, since: datetime) -> State:
        waited = self.world.clock.now() - since
        if waited < self.spec.limits.error_deadline:
            return state
        left = ", ".join(type(action).__name__ for action in self.pending)
        raise ReleaseFailed(
            state, f"{state.reason or state.phase}: not done after {waited}: {left}: {fault}"
        ) from fault

    def remember(self, state: State) -> None:
        """Write the journal; a journal that cannot be reached now is no reason to leave users where they are."""
        with suppress(Unavailable):
            self.world.journal.save(state)
        if state.phase in (Phase.ROLLING_BACK, Phase.FAILED):
            self._tell(state)

    def _tell(self, state: State) -> None:
        """Tell the group at once; whoever cannot be told sees from the Lease that this run is over."""
        with suppress(Unavailable, Misconfigured):
            if self.world.group:
                self.world.group.stand(word_of(state), state.reason)

    def act(self, action: Action, state: State) -> State:
        """Carry out one order."""
        match action:
            case Route(routing=routing):
                self.world.router.write(routing)
                return took_effect(self.spec, state, routing, self.world.clock.now())
            case Scale(track=track, replicas=replicas):
                self.world.workload.scale(track, replicas)
            case Linger(duration=duration):
                self.world.clock.wait(duration)
            case Call(hook=hook):
                self.world.hooks.call(hook, state.phase.value)
        return state


def drain(spec: ReleaseSpec, world: World) -> Routing:
    """Before a template changes: no user may be on the canary. Returns the routing that was found.

    Raises ReleaseFailed when the primary cannot take the traffic, because then neither side may be touched.
    """
    found, primary = world.router.read(), world.workload.observe(Track.PRIMARY)
    if found.is_home:
        _stop_left_behind(world, primary)
        return found
    if not primary.can_serve:
        failure = ReleaseFailed(State("", Phase.FAILED), stuck(spec, found, primary.problem))
        give_up(spec, world, failure.state, failure)
        raise failure
    world.router.write(HOME)
    world.clock.wait(spec.retreat.drain)
    world.workload.scale(Track.CANARY, 0)
    return found


def _stop_left_behind(world: World, primary: TrackHealth) -> None:
    """A run that was killed before it moved anybody has left pods of a canary, which nobody else would stop."""
    if primary.can_serve and world.workload.observe(Track.CANARY).desired > 0:
        world.workload.scale(Track.CANARY, 0)


def give_up(spec: ReleaseSpec, world: World, state: State, error: CanaryError) -> None:
    """Tell of an end that no decision brought about, and no event told of, before the run fails with `error`."""
    target = spec.target
    world.reporter.event(
        Event("GaveUp", f"Gave up on {target.name}.{target.namespace}: {error}", Severity.ERROR), state
    )


def stuck(spec: ReleaseSpec, found: Routing, problem: str) -> str:
    """Why a new revision cannot start while users depend on the canary."""
    target = spec.target
    return (
        f"{found.weight}% of the traffic of {target.name}.{target.namespace} is on the canary, and {target.primary} "
        f"has no ready pod to take it back{f' ({problem})' if problem else ''}. The canary's template was not touched. "
        f"Make {target.primary} ready first (kubectl -n {target.namespace} rollout undo deployment/{target.primary}), "
        f"then run `pulumi up` again."
    )
