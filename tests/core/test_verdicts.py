"""Pass, fail, no data and error are four different things."""

from datetime import timedelta

import pytest

from canary.adapters.memory import EPOCH
from canary.core.measure import Verdict, judge
from canary.core.routing import HOME
from canary.core.spec import Limits, Metric, Policy
from canary.core.state import Phase
from canary.ports import Question
from tests.core.builders import DURATION, SUCCESS_RATE, linear, memory_world, release, value


def verdict(
    metric: Metric, number: float | None, samples: float = 1000, error: str = "", **limits: int
) -> tuple[Verdict, str]:
    question = Question(metric, timedelta(minutes=1), EPOCH)
    judged = judge(metric, value(question, number, samples, error), Limits(**limits))  # type: ignore[arg-type]
    return judged.verdict, judged.reason


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (99.0, Verdict.PASS),
        (98.99, Verdict.FAIL),
        (0.0, Verdict.FAIL),
        (None, Verdict.NO_DATA),
        (float("nan"), Verdict.NO_DATA),
    ],
)
def test_a_success_rate_is_judged_by_its_minimum(number: float | None, expected: Verdict) -> None:
    assert verdict(SUCCESS_RATE, number)[0] is expected


def test_reasons_read_as_flaggers() -> None:
    assert verdict(SUCCESS_RATE, 69.17)[1] == "success rate 69.17% < 99%"
    assert verdict(DURATION, 1200)[1] == "request duration 1.20s > 0.5s"
    assert verdict(Metric("error-ratio", maximum=3), 6.2)[1] == "error-ratio 6.20 > 3"


def test_an_answer_that_is_an_error_is_never_judged_by_its_value() -> None:
    assert verdict(SUCCESS_RATE, 100, error="connection refused")[0] is Verdict.ERROR


def test_too_few_requests_are_no_data() -> None:
    assert verdict(SUCCESS_RATE, 100, samples=19, min_requests=20)[0] is Verdict.NO_DATA
    assert verdict(SUCCESS_RATE, 100, samples=20, min_requests=20)[0] is Verdict.PASS


def test_no_data_holds_and_never_promotes() -> None:
    spec = linear(5, 10)
    world = memory_world(spec, lambda question: value(question, None))
    state = release(spec, world)
    assert state.phase is Phase.FAILED
    assert state.failed == 0
    assert "no verdict for 0:10:00" in state.reason
    assert max(routing.weight for routing in world.router.history) == 5


def test_an_error_holds_until_its_own_deadline() -> None:
    spec = linear(5, error_deadline=timedelta(seconds=60))
    world = memory_world(spec, lambda question: value(question, None, error="no route to host"))
    state = release(spec, world)
    assert state.phase is Phase.FAILED
    assert state.failed == 0
    assert "no route to host" in state.reason
    assert world.router.routing == HOME


def test_a_short_outage_of_the_metrics_costs_time_only() -> None:
    spec = linear(5, 10)
    world = memory_world(
        spec,
        lambda question: value(
            question, 100 if question.metric.minimum else 0, error="down" if len(world.reporter.checks) < 4 else ""
        ),
    )
    assert release(spec, world).phase is Phase.SUCCEEDED


@pytest.mark.parametrize(
    ("policy", "phase", "failed"), [(Policy.FAIL, Phase.FAILED, 5), (Policy.PASS, Phase.SUCCEEDED, 0)]
)
def test_the_policy_for_no_data_is_a_setting(policy: Policy, phase: Phase, failed: int) -> None:
    spec = linear(5, 10, on_no_data=policy)
    world = memory_world(spec, lambda question: value(question, None))
    state = release(spec, world)
    assert (state.phase, state.failed) == (phase, failed)
