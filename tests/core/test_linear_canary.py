"""The walk-through, in simulation."""

from itertools import pairwise

from canary.core.measure import Measurement
from canary.core.routing import Routing, Track
from canary.core.state import Phase
from canary.ports import Question
from tests.core.builders import TEN, healthy, linear, memory_world, release, value


def test_a_healthy_canary_takes_every_step_and_is_promoted() -> None:
    spec = linear()
    world = memory_world(spec)
    assert release(spec, world).phase is Phase.SUCCEEDED
    assert [routing.weight for routing in world.router.history] == [*range(5, 101, 5), 0]
    assert world.workload.health[Track.CANARY].desired == 0


def test_the_log_of_a_rollback_reads_as_the_operator_knows_it() -> None:
    spec = linear()

    def source(question: Question) -> Measurement:
        made = len(world.reporter.checks)
        rates = {2: 69.17, 3: 61.39, 4: 55.06}
        if question.metric.name == "request-success-rate":
            return value(question, rates.get(made, 100))
        return value(question, {5: 1200.0, 6: 1450.0}.get(made, 20))

    world = memory_world(spec, source)
    assert release(spec, world).phase is Phase.FAILED
    assert world.reporter.lines == [
        "New revision detected! Scaling up podinfo.prod",
        "Starting canary analysis for podinfo.prod",
        "Advance podinfo.prod canary weight 5",
        "Advance podinfo.prod canary weight 10",
        "Advance podinfo.prod canary weight 15",
        "Halt podinfo.prod advancement success rate 69.17% < 99%",
        "Halt podinfo.prod advancement success rate 61.39% < 99%",
        "Halt podinfo.prod advancement success rate 55.06% < 99%",
        "Halt podinfo.prod advancement request duration 1.20s > 0.5s",
        "Halt podinfo.prod advancement request duration 1.45s > 0.5s",
        "Rolling back podinfo.prod failed checks threshold reached 5",
        "Canary failed! Scaling down podinfo.prod",
    ]


def test_the_rollback_comes_in_the_tick_of_the_deciding_check() -> None:
    spec = linear(5, threshold=1)
    world = memory_world(spec, lambda question: value(question, 0))
    state = release(spec, world)
    assert world.reporter.checks[-1].at == state.phase_at
    assert world.router.routing.is_home


def test_a_step_takes_one_interval() -> None:
    spec = linear(5, 10, 15)
    world = memory_world(spec)
    release(spec, world)
    times = [check.at for check in world.reporter.checks]
    assert [later - earlier for earlier, later in pairwise(times)] == [TEN, TEN]


def test_a_check_looks_back_no_further_than_to_the_present_weight() -> None:
    windows = []

    def source(question: Question) -> Measurement:
        windows.append((question.window, world.clock.now() - history[-1]))
        return healthy(question)

    spec = linear(50)
    world = memory_world(spec, source)
    history = []
    write = world.router.write

    def timed(routing: Routing) -> None:
        history.append(world.clock.now())
        write(routing)

    world.router.write = timed  # type: ignore[method-assign]
    release(spec, world)
    assert windows
    assert all(window <= age for window, age in windows)
