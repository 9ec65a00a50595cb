from datetime import timedelta
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.core.routing import HeaderMatch, MatchRule
from canary.core.spec import Gate, Hold, Match, Mirror, Pause, Switch, Weight
from canary.settings import parse
from canary.settings.constructors import Weight as WeightStep
from canary.settings.strategy import compile_steps

PERCENT = st.integers(1, 100)
RULE = MatchRule((HeaderMatch("cookie", exact="canary=always"),))


@given(PERCENT, PERCENT)
def test_linear_weights_rise_by_the_step_and_end_at_exactly_the_maximum(step: int, most: int) -> None:
    weights = [one.percent for one in compile_steps(step_weight=step, max_weight=most) if isinstance(one, Weight)]
    assert len(weights) == ceil(most / step)
    assert weights[-1] == most
    assert all(0 < after - before <= step for before, after in zip([0, *weights], weights, strict=False))


def test_a_maximum_that_is_no_multiple_of_the_step_is_not_exceeded() -> None:
    assert compile_steps(step_weight=30, max_weight=50) == (Weight(30), Weight(50))


def test_a_list_of_weights_is_taken_as_it_is() -> None:
    assert compile_steps(step_weights=[1, 10, 80]) == (Weight(1), Weight(10), Weight(80))


def test_blue_green_holds_for_its_iterations_and_then_switches() -> None:
    assert compile_steps(iterations=5) == (Hold(5), Switch())


def test_mirrored_blue_green_checks_on_copies_of_requests() -> None:
    assert compile_steps(iterations=5, mirror_percent=20) == (Mirror(20, 5), Switch())


def test_iterations_with_match_are_an_ab_test() -> None:
    assert compile_steps(iterations=5, match=[RULE]) == (Match((RULE,), 5),)


def test_mirroring_comes_before_the_weights() -> None:
    assert compile_steps(step_weight=50, mirror_percent=100) == (Mirror(100), Weight(50), Weight(100))


def test_a_release_without_analysis_has_no_steps() -> None:
    assert parse(name="a", service={"port": 1}, skip_analysis=True).to_spec().steps == ()


SHORT_FORMS: list[tuple[Any, Any]] = [
    ({"weight": 5, "duration": "1m", "checks": 2}, Weight(5, timedelta(minutes=1), 2)),
    (WeightStep(5), Weight(5)),
    ("pause", Pause()),
    ({"pause": None}, Pause()),
    ({"pause": {}}, Pause()),
    ({"pause": "2m"}, Pause(timedelta(minutes=2))),
    ({"pause": {"duration": "2m"}}, Pause(timedelta(minutes=2))),
    ({"hold": 3}, Hold(3)),
    ("switch", Switch()),
]


@pytest.mark.parametrize(("written", "step"), SHORT_FORMS)
def test_each_form_of_a_step_means_one_step(written: Any, step: Any) -> None:
    analysis = {"steps": [written], "metrics": [{"name": "request-duration", "max": 500}]}
    assert parse(name="a", service={"port": 1}, analysis=analysis).to_spec().steps == (step,)


def test_a_gate_of_only_a_url_is_named_after_it() -> None:
    analysis = {"steps": [{"gate": "http://gate.prod/open/"}], "metrics": [{"name": "request-duration", "max": 500}]}
    step = parse(name="a", service={"port": 1}, analysis=analysis).to_spec().steps[0]
    assert isinstance(step, Gate)
    assert (step.hook.name, step.hook.url) == ("gate.prod/open", "http://gate.prod/open/")
