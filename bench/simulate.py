"""How much faster than life a release simulates: `python bench/simulate.py [RELEASES]`.

Prints the ratio of simulated time to processor time, and the processor time of one release: the median of runs in one
process. Processor time, because the wall clock would mostly tell what else the machine does.
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
    """Median processor seconds of one release, and the simulated seconds it stands for."""
    simulated, spent = 0.0, []
    for _ in range(RUNS):
        start = time.process_time()
        for _ in range(releases):
            simulated = play()
        spent.append((time.process_time() - start) / releases)
    return median(spent), simulated


def main() -> None:
    """See the module."""
    releases = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    cases = {"looked at each second": timedelta(seconds=1), "looked at each interval": SEED.interval}
    for name, heartbeat in cases.items():
        seconds, simulated = timed(releases, partial(simulate, SEED, heartbeat))
        print(f"{name}: {simulated / seconds:,.0f} x life, {seconds * 1000:.2f} ms a release of {simulated:.0f} s")


if __name__ == "__main__":
    main()
