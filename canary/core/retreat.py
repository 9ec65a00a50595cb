"""The way home: when a release has failed, who gets the traffic, in which order things are undone.

Order: the primary can take the load, shift (in steps if so configured), confirm, let connections drain, and only then
stop the canary's pods. Traffic never goes to a backend without ready pods while the other side has some.
"""

from canary.core.decision import Action, Decision, Event, Linger, Route, Scale, Severity
from canary.core.routing import HOME, Routing, Track
from canary.core.spec import Retreat
from canary.core.state import Phase
from canary.core.tick import Tick


def fail(tick: Tick, why: str, *events: Event, **changes: object) -> Decision:
    """End the release because of `why`; the same decision already orders the way home if the primary can take it."""
    begun = tick.having(phase=Phase.ROLLING_BACK, phase_at=tick.now, reason=why, **changes)
    rolling = Event("RollingBack", f"Rolling back {tick.name} {why}", Severity.ERROR)
    decision = retreat(begun)
    return Decision(decision.state, decision.actions, (*events, rolling, *decision.events))


def retreat(tick: Tick) -> Decision:
    """One tick on the way home."""
    live = tick.seen.routing or tick.state.routing
    if tick.seen.fault:
        return tick.stay()
    if live.is_home or _primary_may_take_it(tick):
        return tick.act(_home(tick, live), _scaling_down(tick), phase=Phase.FAILED, phase_at=tick.now)
    if tick.since(tick.state.phase_at) < tick.spec.retreat.primary_wait:
        return tick.stay()
    return _stranded(tick, live)


def _primary_may_take_it(tick: Tick) -> bool:
    """Ready enough, or the only side that serves, or no time to ask for more than one ready pod."""
    primary, canary = tick.seen.primary, tick.seen.canary
    if primary.can_take_load(tick.spec.limits.primary_ready_percent):
        return True
    waited = tick.since(tick.state.phase_at) >= tick.spec.retreat.primary_wait
    return primary.can_serve and (bool(tick.seen.interrupted) or not canary.can_serve or waited)


def _stranded(tick: Tick, live: Routing) -> Decision:
    """The primary has no ready pod. A canary that serves keeps the traffic; if neither does, the primary is home."""
    if not tick.seen.canary.can_serve:
        return tick.act(_home(tick, live), _scaling_down(tick), phase=Phase.FAILED, phase_at=tick.now)
    problem = tick.seen.primary.problem or "no ready pod"
    kept = (
        f"{tick.state.reason}; {tick.spec.target.primary} cannot take the traffic ({problem}), so {live.weight}% stays "
        f"on the canary and both are kept"
    )
    event = Event("Stranded", f"Rolling back {tick.name} is not possible: {kept}", Severity.ERROR)
    return tick.stay(event, phase=Phase.FAILED, phase_at=tick.now, reason=kept)


def _home(tick: Tick, live: Routing) -> tuple[Action, ...]:
    down = Scale(Track.CANARY, 0)
    if live.is_home:
        return (down,)
    hurry = bool(tick.seen.interrupted) or not tick.seen.canary.can_serve
    shift = () if hurry else _stairs(live.weight, tick.spec.retreat)
    return (*shift, Route(HOME), Linger(tick.spec.retreat.drain, "connections drain"), down)


def _stairs(weight: int, how: Retreat) -> tuple[Action, ...]:
    """Every landing between `weight` and zero, with a pause on each."""
    landings = range(weight - how.step, 0, -how.step)
    return tuple(
        act for w in landings for act in (Route(Routing(w)), Linger(how.step_pause, "traffic goes back in steps"))
    )


def _scaling_down(tick: Tick) -> Event:
    return Event("ScalingDown", f"Canary failed! Scaling down {tick.name}", Severity.ERROR)
