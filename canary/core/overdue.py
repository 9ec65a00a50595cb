"""Orders that could not be carried out at once: whether they are still right when the cluster answers again.

What was right when it was decided may send users to pods that have died since. Knows the orders and the present, and
not why they had to wait.
"""

from dataclasses import replace
from enum import Enum, auto

from canary.core.decision import Action, Observation, Route, Scale
from canary.core.state import Phase, State


class Standing(Enum):
    """What an order that had to wait is worth now."""

    STANDS = auto()
    WAITS = auto()  # still wanted, but not now
    LAPSED = auto()  # the decision has to be made anew, by what is seen now


def standing(order: Action, state: State, seen: Observation) -> Standing:
    """Whether to carry out the overdue `order` of a release in `state` now."""
    match order:
        case Route(routing=wanted) if wanted.reaches_users:
            return Standing.STANDS if seen.canary.can_serve else _without_canary(state, seen)
        case Route():
            harms = _users_are_served_by_the_canary(seen) and not seen.primary.can_serve
            return _too_early(state) if harms else Standing.STANDS
        case Scale(replicas=0):
            return Standing.LAPSED if _users_are_served_by_the_canary(seen) else Standing.STANDS
        case _:
            return Standing.STANDS


def _users_are_served_by_the_canary(seen: Observation) -> bool:
    return seen.routing is not None and seen.routing.reaches_users and seen.canary.can_serve


def _without_canary(state: State, seen: Observation) -> Standing:
    """Users who are on a canary that died have to go home; where there are none yet, it may come back."""
    stranded = seen.routing is not None and seen.routing.reaches_users
    return Standing.LAPSED if stranded or state.phase in REOPENED else Standing.WAITS


def _too_early(state: State) -> Standing:
    return Standing.LAPSED if state.phase in REOPENED else Standing.WAITS


REOPENED = {
    Phase.ROLLING_BACK: Phase.ROLLING_BACK,
    Phase.FAILED: Phase.ROLLING_BACK,
    Phase.PROMOTING: Phase.PROMOTING,
    Phase.SUCCEEDED: Phase.PROMOTING,
    Phase.INITIALIZED: Phase.INITIALIZING,
}


def reopened(state: State) -> State:
    """The state before the decision whose orders have lapsed."""
    return replace(state, phase=REOPENED.get(state.phase, state.phase))
