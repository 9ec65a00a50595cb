"""After the proof: the primary has the new template, traffic goes home to it, the canary is stopped.

Also what the first deployment ends with. Traffic is never sent to a primary that is not ready; until it is, the canary,
which was proved good, keeps what it has.
"""

from datetime import datetime

from canary.core.decision import Action, Call, Decision, Event, Linger, Observation, Route, Scale, Severity
from canary.core.routing import HOME, Routing, Track
from canary.core.spec import HookType, ReleaseSpec
from canary.core.state import Phase, State
from canary.core.tick import Tick


def finalise(spec: ReleaseSpec, state: State, seen: Observation, now: datetime) -> Decision:
    """One tick of bringing the traffic home to the promoted primary."""
    tick = Tick(spec, state, seen, now)
    if state.phase in (Phase.SUCCEEDED, Phase.FAILED, Phase.INITIALIZED) or seen.fault or seen.routing is None:
        return tick.stay()
    if seen.interference:
        event = Event("PromotionFailed", f"Promotion of {tick.name} failed: {seen.interference}", Severity.ERROR)
        return tick.stay(event, phase=Phase.FAILED, phase_at=now, routing=seen.routing, reason=seen.interference)
    if not _primary_ready(tick):
        return _unready(tick)
    if seen.interrupted:
        why = f"interrupted while finishing: {seen.interrupted}"
        return tick.act(_last_steps(tick), phase=Phase.FAILED, phase_at=now, reason=why)
    if state.routed_at is not None and tick.routing_age < spec.interval:
        return tick.stay()
    return _next_landing(tick, seen.routing)


def _primary_ready(tick: Tick) -> bool:
    percent = tick.spec.limits.primary_ready_percent
    seen = tick.seen.primary
    return seen.is_ready(percent) and seen.revision in ("", tick.state.revision)


def _unready(tick: Tick) -> Decision:
    since = tick.state.phase_at or tick.now
    seen = tick.seen.primary
    waited = tick.now - since
    if waited < tick.spec.limits.progress_deadline and not tick.seen.interrupted:
        return tick.stay(phase_at=since)
    why = (
        f"the new primary {tick.spec.target.primary} is not ready ({seen.ready} of {seen.desired} pods"
        f"{', ' + seen.problem if seen.problem else ''}); the canary was proved good "
        "and keeps its traffic, both are kept"
    )
    event = Event("PromotionFailed", f"Promotion of {tick.name} failed: {why}", Severity.ERROR)
    return tick.stay(event, phase=Phase.FAILED, phase_at=tick.now, reason=why)


def _next_landing(tick: Tick, live: Routing) -> Decision:
    weight = max(0, live.weight - tick.spec.promotion_step)
    if weight and not live.matches:
        event = Event("PrimaryAdvanced", f"Advance {tick.name} primary weight {100 - weight}")
        return tick.act((Route(Routing(weight)),), event, phase=Phase.PROMOTING)
    return tick.act(_last_steps(tick), *_words(tick), phase=_end(tick), phase_at=tick.now)


def _end(tick: Tick) -> Phase:
    return Phase.INITIALIZED if tick.state.phase is Phase.INITIALIZING else Phase.SUCCEEDED


def _last_steps(tick: Tick) -> tuple[Action, ...]:
    at_home = tick.seen.routing is None or tick.seen.routing.is_home
    shift = () if at_home else (Route(HOME), Linger(tick.spec.retreat.drain, "connections drain"))
    hooks = () if tick.state.phase is Phase.INITIALIZING else tick.spec.hooks_of(HookType.POST_ROLLOUT)
    return (*shift, Scale(Track.CANARY, 0), *(Call(hook) for hook in hooks))


def _words(tick: Tick) -> tuple[Event, ...]:
    if tick.state.phase is Phase.INITIALIZING:
        return (Event("Initialized", f"Initialization done! {tick.name}"),)
    return (
        Event("RoutedToPrimary", "Routing all traffic to primary"),
        Event("Promoted", f"Promotion completed! Scaling down {tick.name}"),
    )
