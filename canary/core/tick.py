"""One moment of a release: spec, state, observation and time, with the few predicates all rules share."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from canary.core.decision import Action, Ask, Check, Decision, Event, Observation, Severity
from canary.core.routing import Routing
from canary.core.spec import Hook, HookType, ReleaseSpec, Step
from canary.core.state import State

NOBODY = (0, 502, 503, 504)
"""No answer at all, and what proxies answer when nobody is behind them."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What a rule may look at."""

    spec: ReleaseSpec
    state: State
    seen: Observation
    now: datetime

    @property
    def name(self) -> str:
        """`podinfo.prod`, as the log writes it."""
        return f"{self.spec.target.name}.{self.spec.target.namespace}"

    @property
    def step(self) -> Step | None:
        """The present step, None before the first."""
        return self.spec.steps[self.state.step] if self.state.step >= 0 else None

    @property
    def is_last_step(self) -> bool:
        """No further step follows."""
        return self.state.step + 1 >= len(self.spec.steps)

    @property
    def routing_age(self) -> timedelta:
        """How long the present routing has been in force."""
        return self.since(self.state.routed_at)

    def since(self, moment: datetime | None) -> timedelta:
        """Time passed since `moment`; zero when it is None."""
        return self.now - moment if moment else timedelta(0)

    def is_due(self, moment: datetime | None) -> bool:
        """`moment` has come (None: always)."""
        return moment is None or self.now >= moment

    def having(self, **changes: Any) -> "Tick":
        """The same moment with another state."""
        return replace(self, state=replace(self.state, **changes))

    def stay(self, *events: Event, check: Check | None = None, **changes: Any) -> Decision:
        """Do nothing to the world."""
        # nearly every tick of a release is such a one and changes nothing: copying the state would cost half of it
        return Decision(replace(self.state, **changes) if changes else self.state, (), events, check)

    def act(self, actions: tuple[Action, ...], *events: Event, **changes: Any) -> Decision:
        """Order `actions`."""
        return Decision(replace(self.state, **changes), actions, events)

    def unanswered(self, *kinds: HookType) -> tuple[Hook, ...]:
        """The hooks of these types that were not asked in this tick."""
        return tuple(hook for kind in kinds for hook in self.spec.hooks_of(kind) if self.seen.answer(hook) is None)

    def refused(self, kind: HookType, but: Collection[Hook] = ()) -> Hook | None:
        """The first hook of this type that did not answer yes, those in `but` left out."""
        return next((hook for hook in self.spec.hooks_of(kind) if not self._passed(hook) and hook not in but), None)

    def _passed(self, hook: Hook) -> bool:
        answer = self.seen.answer(hook)
        return answer is not None and answer.passed

    def is_unreachable(self, hook: Hook) -> bool:
        """Nobody answered for this hook, or only a gateway before it did: that is neither yes nor no."""
        answer = self.seen.answer(hook)
        return answer is not None and not answer.passed and answer.status in NOBODY

    def why(self, hook: Hook) -> str:
        """What a hook that answered no said."""
        answer = self.seen.answer(hook)
        return "no answer" if answer is None else answer.error or f"status {answer.status}"


def halt(tick: Tick, why: str, *, muted: bool = False) -> Event:
    """The line for a check that keeps the weight where it is."""
    return Event("Halted", f"Halt {tick.name} advancement {why}", Severity.WARN, muted)


def took_effect(spec: ReleaseSpec, state: State, routing: Routing, now: datetime) -> State:
    """The state once the router has confirmed `routing`: the clock of the next check starts here."""
    wait = max(spec.interval, spec.limits.warm_up)
    return replace(state, routing=routing, routed_at=now, next_check=now + wait)


Answer = Ask | Decision | None
