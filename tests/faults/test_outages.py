"""Scenarios 7 and 8: the API server, then Prometheus, is broken for a while, and then works again.

Both columns are the same: nobody is moved while it lasts, and afterwards the release goes on as if nothing had been.
"""

import json
import time
from collections.abc import Callable

import pytest

from lab.demo.project import Update
from lab.faults import CANARY, Answer, Cut, Delay, Fault, Rule, Swallow, conflict, overloaded
from tests.faults.conftest import Play, Scenario
from tests.faults.stage import PATIENCE_S, Stage, eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

NO_VALUE = Answer(
    200,
    json.dumps({"status": "success", "data": {"resultType": "vector", "result": []}}).encode(),
    {"Content-Type": "application/json"},
)


def expect_held(stage: Stage, update: Update, over: Callable[[], bool], weight: int) -> None:
    """The canary's share is `weight` until `over`, at every look; the update runs on."""
    end = time.monotonic() + PATIENCE_S
    while not over():
        assert update.process.poll() is None, update.text
        assert stage.weight == weight, update.text
        assert time.monotonic() < end, f"it was not over within {PATIENCE_S} s:\n{update.text}"
        time.sleep(0.2)


def expect_promoted(stage: Stage, update: Update, play: Scenario) -> None:
    """The release goes through after all, and one more `up` finds nothing to mend."""
    assert stage.ended(update) == 0, update.text
    stage.checkout.expect_home(stage.tag)
    play.row.state = stage.converge(stage.tag)


def after(seconds: float) -> Callable[[], bool]:
    """Whether so much time has passed since now."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


@pytest.mark.e2e
def test_7_an_api_server_that_refuses_or_breaks_off_changes_nothing(stage: Stage, scenario: Play) -> None:
    faults: list[Fault] = [overloaded(503, None), overloaded(429, 1), overloaded(500, 2), Cut()]
    with scenario(7, "API: 5xx, 429, cut", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        for fault in faults:
            with stage.api.rules.during(Rule(fault, agent=CANARY)) as rule:
                held = stage.weight
                expect_held(stage, update, lambda rule=rule: rule.met >= 5, held)  # type: ignore[misc]
        expect_promoted(stage, update, play)


@pytest.mark.parametrize("fault", [conflict(), Swallow(), Delay(4)], ids=["conflict", "answer lost", "slow"])
def test_7_a_write_that_meets_trouble_is_made_once_in_effect(stage: Stage, scenario: Play, fault: Fault) -> None:
    with scenario(7, f"API: every third write {type(fault).__name__.lower()}", stage) as play, play.under_traffic():
        count = iter(range(10**6))
        third = Rule(fault, agent=CANARY, when=lambda asked: asked.is_write and next(count) % 3 == 2)
        with stage.api.rules.during(third):
            update = stage.begin()
            expect_promoted_in_steps(stage, update)
        assert third.met >= 2
        play.row.state = stage.converge(stage.tag)


def expect_promoted_in_steps(stage: Stage, update: Update) -> None:
    """The release goes through, and at no look does the canary have a share that is not one of the plan's."""
    while update.process.poll() is None:
        assert stage.weight in (0, 50, 100)
        time.sleep(0.2)
    assert stage.ended(update) == 0, update.text
    stage.checkout.expect_home(stage.tag)


@pytest.mark.parametrize("seconds", [60])
def test_7_a_blackout_of_the_api_server_is_sat_out(stage: Stage, scenario: Play, seconds: int) -> None:
    with scenario(7, f"API: blackout of {seconds} s", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        with stage.api.rules.blackout():
            held = stage.weight
            expect_held(stage, update, after(seconds), held)
        expect_promoted(stage, update, play)


@pytest.mark.parametrize(
    ("title", "fault"),
    [
        pytest.param("down", Cut(), marks=pytest.mark.e2e),
        ("answers 503", Answer(503, b"overloaded")),
        ("slow", Delay(7)),
        ("stale", NO_VALUE),
    ],
    ids=["down", "refusing", "slow", "stale"],
)
def test_8_a_prometheus_without_an_answer_holds_the_release(
    stage: Stage, scenario: Play, title: str, fault: Fault
) -> None:
    with scenario(8, f"Prometheus {title}", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        held = stage.weight
        with stage.prometheus.rules.during(Rule(fault)) as rule:
            expect_held(stage, update, lambda: rule.met >= 4, held)
        expect_promoted(stage, update, play)
        assert "advancement success rate" not in update.text


def test_8_a_restarted_prometheus_is_no_bad_canary(stage: Stage, scenario: Play) -> None:
    with scenario(8, "Prometheus restarted", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        stage.lab.exec(["kubectl", "-n", "linkerd-viz", "delete", "pod", "--all", "--grace-period=1"], check=True)
        expect_promoted(stage, update, play)


def test_8_an_outage_of_prometheus_ends_the_release_at_its_stated_limit(stage: Stage, scenario: Play) -> None:
    with scenario(8, "Prometheus down for good", stage) as play, stage.settings(error_deadline="6s"):
        with play.under_traffic():
            update = stage.begin_until(50)
            with stage.prometheus.rules.during(Rule(Cut())):
                play.row.safe_s = stage.until_safe(time.monotonic())
                assert stage.ended(update) != 0
            assert "no verdict for" in update.text
            assert "failed checks threshold" not in update.text
            eventually("the canary is stopped", stage.checkout.is_home)
        play.row.state = stage.go_back()
