"""Whether an interrupted run may go on where its journal left it, and with which state. Pure.

Only the same revision is resumed, and only when the world is still as the journal says; whoever does not know, starts
again. Time in which nobody looked counts for no deadline and vouches for no sample.
"""

from dataclasses import replace
from datetime import datetime

from canary.core.decision import Observation
from canary.core.spec import ReleaseSpec, Weight
from canary.core.state import Phase, State

UNDER_WAY = (Phase.WAITING, Phase.PROGRESSING, Phase.WAITING_PROMOTION)


def was_interrupted(left: State | None, revision: str) -> bool:
    """`left` is a run of `revision` that neither ended nor was brought home."""
    return left is not None and left.revision == revision and left.phase in UNDER_WAY


def obstacle(spec: ReleaseSpec, left: State, seen: Observation) -> str:
    """Why the run cannot go on; empty when it can."""
    if seen.routing != left.routing:
        found = f"{seen.routing.weight}%" if seen.routing else "nothing"
        return f"the canary has {found} of the traffic, and had {left.weight}% when the run was interrupted"
    if not _is_step_of(spec, left):
        return "the steps of the analysis were changed since"
    if left.phase is Phase.WAITING:
        return ""
    return _unfit(spec, left, seen)


def _is_step_of(spec: ReleaseSpec, left: State) -> bool:
    if left.step >= len(spec.steps):
        return False
    step = spec.steps[left.step] if left.step >= 0 else None
    return not isinstance(step, Weight) or step.percent == left.weight


def _unfit(spec: ReleaseSpec, left: State, seen: Observation) -> str:
    limits, target = spec.limits, spec.target
    if seen.canary.revision not in ("", left.revision):
        return f"{target.name} runs another revision by now, {seen.canary.revision}"
    if not seen.canary.is_ready(limits.canary_ready_percent):
        return f"{target.name} is not ready ({seen.canary.ready} of {seen.canary.desired} pods)"
    if not seen.primary.can_take_load(limits.primary_ready_percent):
        return f"{target.primary} is not ready ({seen.primary.ready} of {seen.primary.desired} pods)"
    return ""


def resumed(spec: ReleaseSpec, left: State, now: datetime) -> State:
    """`left`, going on at `now`: the next check judges an interval in which we were there."""
    gap = None if left.routed_at is None else now
    return replace(
        left,
        routed_at=gap,
        next_check=None if left.next_check is None else now + max(spec.interval, spec.limits.warm_up),
        no_data_since=None,
        error_since=None,
        fault_since=None,
        unready_since=None,
        gate_since=now if left.gate_since else None,
    )
