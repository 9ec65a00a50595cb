"""How much faster than life a release simulates: `python bench/simulate.py [RELEASES]`.

Prints the ratio of simulated to real time, and the real time of one release, as the median of five runs in one process.
"""

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from canary.adapters.memory import EPOCH, memory_world
from canary.core.spec import Limits, Metric, ReleaseSpec, Target, Weight
from canary.core.state import State
from canary.loop import run_promotion, run_rollout

METRICS = (Metric("request-success-rate", minimum=99), Metric("request-duration", maximum=500))
SEED = ReleaseSpec(
    Target("podinfo", "prod", "podinfo", 9898),
    tuple(Weight(weight) for weight in range(5, 101, 5)),
    timedelta(seconds=10),
    METRICS,
    limits=Limits(threshold=5),
)
RUNS = 5


def simulate(spec: ReleaseSpec, heartbeat: timedelta) -> float:
    """Play one release; the simulated seconds it took."""
    memory = memory_world(spec)
    state = run_rollout(spec, State("r2"), memory.world, heartbeat)
    run_promotion(spec, state, memory.world, heartbeat)
    return (memory.clock.now() - EPOCH).total_seconds()


def timed(releases: int, play: Callable[[], float]) -> tuple[float, float]:
    """Median real seconds of one release, and the simulated seconds it stands for."""
    simulated, real = 0.0, []
    for _ in range(RUNS):
        start = time.perf_counter()
        for _ in range(releases):
            simulated = play()
        real.append((time.perf_counter() - start) / releases)
    return median(real), simulated


def main() -> None:
    """See the module."""
    releases = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    cases = {"looked at each second": timedelta(seconds=1), "looked at each interval": SEED.interval}
    for name, heartbeat in cases.items():
        real, simulated = timed(releases, partial(simulate, SEED, heartbeat))
        print(f"{name}: {simulated / real:,.0f} x life, {real * 1000:.1f} ms a release of {simulated:.0f} s")


if __name__ == "__main__":
    main()
