"""What to do about a release that nobody runs any more: leave it, hold, or send its users home. Pure.

Used by the guard in the cluster, which has no specification, only what the journal tells. It never moves users to a
side that cannot serve them, and never onto the canary.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from canary.core.routing import Routing, TrackHealth
from canary.core.state import Phase, State

OVER = (Phase.INITIALIZED, Phase.SUCCEEDED, Phase.FAILED)


class Verdict(StrEnum):
    """What a guard does."""

    LEAVE = "leave"
    HOLD = "hold"
    REVERT = "revert"


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict and its reason."""

    verdict: Verdict
    why: str


def is_over(state: State | None) -> bool:
    """The run came to an end of its own; a rollout that only waits for its promotion did not."""
    return state is None or state.phase in OVER


@dataclass(frozen=True, slots=True)
class Orphan:
    """A release whose run is gone: what it wrote last, and how the world is now.

    percent: of the primary's pods that must be ready. waited: since when the primary has been asked for more than one
    ready pod, of `patience` at most.
    """

    state: State
    routing: Routing
    primary: TrackHealth
    canary: TrackHealth
    percent: int = 100
    waited: timedelta = timedelta(0)
    patience: timedelta = timedelta(minutes=2)

    def judge(self) -> Finding:
        """What to do now."""
        if is_over(self.state):
            return Finding(Verdict.LEAVE, "its run is over")
        if self.routing.is_home:
            return Finding(Verdict.LEAVE, "its traffic is at the primary")
        if not self.primary.can_serve:
            return Finding(Verdict.HOLD, f"the primary cannot serve ({_state_of(self.primary)})")
        if not self.canary.can_serve:
            return Finding(Verdict.REVERT, f"its canary cannot serve ({_state_of(self.canary)})")
        return self._both_serve()

    def _both_serve(self) -> Finding:
        if self.state.phase is Phase.PROMOTING:
            # the canary was proved good; a primary in the middle of its update is no better place
            if self.primary.is_ready(self.percent):
                return Finding(Verdict.REVERT, "its promotion was cut in half, and the primary is ready")
            return Finding(
                Verdict.HOLD,
                "its promotion was cut in half: the proved canary keeps the traffic until the primary is ready "
                f"({_state_of(self.primary)})",
            )
        if self.primary.can_take_load(self.percent) or self.waited >= self.patience:
            return Finding(Verdict.REVERT, "its run is gone")
        return Finding(Verdict.HOLD, f"the primary cannot take all of the traffic yet ({_state_of(self.primary)})")


def _state_of(health: TrackHealth) -> str:
    if not health.exists:
        return "it does not exist"
    counts = f"{min(health.ready, health.updated)} of {health.desired} pods ready at its latest template"
    return f"{counts}, {health.problem}" if health.problem else counts
