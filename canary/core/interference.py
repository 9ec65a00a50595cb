"""What a release rests on, and somebody else's hands on it: noticed within a tick, named, answered safely. Pure.

Who it was is told where the cluster knows (the field manager of the change). An autoscaler's number of pods, and a
restart of the same template, are nobody's interference.
"""

from typing import Any

from canary.core.decision import Event, Route, Severity
from canary.core.retreat import fail
from canary.core.routing import ALL, Routing, Track, TrackHealth
from canary.core.state import Phase
from canary.core.tick import Answer, Tick

OBJECTS = {"trafficsplit": "TrafficSplit"}
UNDER_WAY = (Phase.PROGRESSING, Phase.WAITING_PROMOTION)


def noted(tick: Tick) -> Tick:
    """Remember the canary's template as it was when it was first seen at work."""
    template = tick.seen.canary.template
    if tick.state.phase not in UNDER_WAY or tick.state.template or tick.seen.fault or not template:
        return tick
    return tick.having(template=template)


def disturbed(tick: Tick) -> Answer:
    """Someone else has changed what this release rests on."""
    if tick.seen.interference:
        return _end(tick, tick.seen.interference)
    if tick.state.phase is Phase.WAITING or tick.seen.routing is None:
        return None
    if not tick.seen.primary.exists:
        return _orphaned(tick)
    why = _traffic_moved(tick, tick.seen.routing) or _canary_changed(tick)
    return _end(tick, why) if why else None


def _end(tick: Tick, why: str) -> Answer:
    return fail(tick, why, routing=tick.seen.routing or tick.state.routing)


def _traffic_moved(tick: Tick, found: Routing) -> str:
    if found == tick.state.routing:
        return ""
    difference = f"expected {_shares(tick.state.routing)}, found {_shares(found)}"
    return f"{_router(tick)} was changed by someone else: {difference}{by(tick.seen.writer)}"


def _canary_changed(tick: Tick) -> str:
    canary, name = tick.seen.canary, workload(tick, Track.CANARY)
    who = by(canary.detail.get("template_by", ""))
    if not canary.exists and tick.state.phase in UNDER_WAY:
        return f"{name} was deleted by someone else: the canary has no ready pod: it does not exist"
    if canary.revision not in ("", tick.state.revision):
        return f"{name} was changed by someone else: another revision appeared in the canary, {canary.revision}{who}"
    if tick.state.template and canary.template not in ("", tick.state.template):
        return f"{name} was changed by someone else: another revision appeared in the canary's pod template{who}"
    if tick.state.phase in UNDER_WAY and canary.exists and canary.desired == 0 and canary.observed:
        who = by(canary.detail.get("replicas_by", ""))
        return f"{name} was scaled to 0 by someone else{who}: the canary has no ready pod, or soon none"
    return ""


def _orphaned(tick: Tick) -> Answer:
    """The primary is gone for good: whoever else serves gets everything, proved or not, and both are kept."""
    why = f"{workload(tick, Track.PRIMARY)} was deleted by someone else"
    changes: dict[str, Any] = {"phase": Phase.FAILED, "phase_at": tick.now}
    live = tick.seen.routing or tick.state.routing
    if not tick.seen.canary.can_serve:
        kept = f"{why}, and {workload(tick, Track.CANARY)} cannot serve either ({state_of(tick.seen.canary)})"
        return tick.stay(_stranded(tick, kept), **changes, routing=live, reason=kept)
    kept = f"{why}; the canary, the only one that serves, has all of the traffic. `pulumi up --refresh` makes it anew"
    order = () if live.weight == ALL else (Route(Routing(ALL)),)
    return tick.act(order, _stranded(tick, kept), **changes, routing=live, reason=kept)


def _stranded(tick: Tick, why: str) -> Event:
    return Event("Stranded", f"Rolling back {tick.name} is not possible: {why}", Severity.ERROR)


def unsafe(tick: Tick) -> Answer:
    """Users are being sent to a canary that cannot serve them."""
    if not tick.state.routing.reaches_users or tick.seen.canary.can_serve:
        return None
    return fail(tick, f"the canary has no ready pod: {state_of(tick.seen.canary)}")


def state_of(health: TrackHealth) -> str:
    """How a track stands, in a few words."""
    if not health.exists:
        return "it does not exist"
    counts = f"{health.ready} of {health.desired} pods ready"
    return f"{counts}, {health.problem}" if health.problem else counts


def by(manager: str) -> str:
    """` (manager kubectl-edit)`; nothing when the cluster does not tell."""
    return f" (manager {manager})" if manager else ""


def workload(tick: Tick, track: Track) -> str:
    """`Deployment prod/podinfo`."""
    target = tick.spec.target
    return f"{target.kind} {target.namespace}/{target.primary if track is Track.PRIMARY else target.name}"


def _router(tick: Tick) -> str:
    router, target = tick.spec.router, tick.spec.target
    return f"{OBJECTS.get(router.kind, router.kind)} {target.namespace}/{router.name or target.service}"


def _shares(routing: Routing) -> str:
    rules = f" with {len(routing.matches)} match rules" if routing.matches else ""
    mirror = f", {routing.mirror_percent}% mirrored" if routing.mirror_percent else ""
    return f"{routing.weight}/{ALL - routing.weight}{rules}{mirror}"
