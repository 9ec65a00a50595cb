"""How a run begins: afresh from a drained canary, or where an interrupted run of the same revision left off.

Looks at the live world first, and says what it found. Which of the two is wanted is a setting, `on_interrupted`.
"""

from collections.abc import Callable

from canary.core.decision import Observation
from canary.core.resume import obstacle, resumed, was_interrupted
from canary.core.routing import Track
from canary.core.spec import ReleaseSpec
from canary.core.state import Phase, State
from canary.loop import drain
from canary.ports import Misconfigured, World

RESUME = "resume"


def begin(spec: ReleaseSpec, revision: str, world: World, say: Callable[[str], None]) -> State:
    """The state from which to run, with the world made fit for it. Only for who holds the release.

    Raises ReleaseFailed when users are on the canary and nobody else can take them; Unavailable.
    """
    left = _left(world)
    if left is not None and was_interrupted(left, revision):
        name = f"{spec.target.name}.{spec.target.namespace}"
        where = f"at canary weight {left.weight}, step {left.step + 1} of {len(spec.steps)}"
        why = _why_not(spec, left, world)
        if not why:
            say(f"Resuming the interrupted run of {name} {where}")
            return resumed(spec, left, world.clock.now())
        say(f"An earlier run of {name} was interrupted {where}; draining and starting again, because {why}")
    drain(spec, world)
    now = world.clock.now()
    return State(revision, Phase.WAITING, started_at=now, phase_at=now)


def _why_not(spec: ReleaseSpec, left: State, world: World) -> str:
    if spec.on_interrupted != RESUME:
        return f"on_interrupted is {spec.on_interrupted}"
    if world.group is not None:
        return "the releases of a group begin together"
    primary, canary = (world.workload.observe(track) for track in (Track.PRIMARY, Track.CANARY))
    return obstacle(spec, left, Observation(primary=primary, canary=canary, routing=world.router.read()))


def _left(world: World) -> State | None:
    try:
        return world.journal.load()
    except Misconfigured:
        # written by another version: nothing in it can be relied on, and the live world is drained
        return None
