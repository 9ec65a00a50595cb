"""Short ways to say what a test is about."""

from dataclasses import replace
from datetime import timedelta

from canary.adapters.memory import MemoryWorld, healthy, memory_world
from canary.core.measure import Measurement
from canary.core.spec import Limits, Metric, ReleaseSpec, Retreat, Target, Weight
from canary.core.state import Phase, State
from canary.loop import ReleaseFailed, run_promotion, run_rollout
from canary.ports import Question

TEN = timedelta(seconds=10)
SUCCESS_RATE = Metric("request-success-rate", minimum=99)
DURATION = Metric("request-duration", maximum=500)


def linear(*weights: int, **limits: object) -> ReleaseSpec:
    """The seed's release: 10 s, success rate 99 %, duration 500 ms, threshold 5; at `weights` (5, 10 ... 100)."""
    steps = tuple(Weight(weight) for weight in weights or range(5, 101, 5))
    target = Target("podinfo", "prod", "podinfo", 9898)
    return ReleaseSpec(target, steps, TEN, (SUCCESS_RATE, DURATION), limits=Limits(**{"threshold": 5, **limits}))  # type: ignore[arg-type]


def at_once(spec: ReleaseSpec) -> ReleaseSpec:
    """The same without waiting for connections to drain."""
    return replace(spec, retreat=Retreat(drain=timedelta(0)))


def release(spec: ReleaseSpec, world: MemoryWorld) -> State:
    """Run rollout and promotion; the state at the end, whether it went through or not."""
    try:
        return run_promotion(spec, run_rollout(spec, State("r2"), world.world), world.world)
    except ReleaseFailed as failed:
        return failed.state


def value(question: Question, number: float | None, samples: float = 1000, error: str = "") -> Measurement:
    """An answer."""
    return Measurement(question.metric.name, "q", question.window, number, samples, error)


__all__ = [
    "DURATION",
    "SUCCESS_RATE",
    "TEN",
    "Phase",
    "at_once",
    "healthy",
    "linear",
    "memory_world",
    "release",
    "value",
]
