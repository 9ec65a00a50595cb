"""Scenarios 9 to 11: the evidence is missing, misleading, or withheld. Nobody is promoted on it, nor blamed for it."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lab.faults import Answer, Hang, Rule
from tests.faults.conftest import Play
from tests.faults.stage import Stage
from tests.faults.test_outages import expect_held, expect_promoted

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

LOAD_TESTER = "/services/http:load-tester:80/proxy"
GATE = {
    "name": "approval",
    "type": "confirm-traffic-increase",
    "url": "http://load-tester.prod/gate/approve",
    "timeout": "1s",
}


def hook(stage: Stage, **fields: Any) -> list[dict[str, Any]]:
    """The load test of the release, with changes, so that there are requests to judge."""
    load = {"cmd": f"hey -z 2m -q 10 -c 2 http://podinfo.{stage.checkout.namespace}:9898/"}
    return [{"name": "load-test", "url": "http://load-tester.prod/", "metadata": load, **fields}]


@contextmanager
def errors(stage: Stage, *services: str) -> Iterator[None]:
    """Somebody gets 500s from these Services while the block runs."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    asking = ["hey", "-z", "120s", "-c", "4", "-q", "10"]
    made = [
        stage.lab.popen([*asking, f"http://{one}:9898/status/500"], stage.checkout.namespace, **quiet)
        for one in services
    ]
    try:
        yield
    finally:
        for one in made:
            one.terminate()
            one.wait(30)


def test_9_a_canary_without_traffic_is_held_and_then_failed_by_name(stage: Stage, scenario: Play) -> None:
    with scenario(9, "the canary gets no traffic", stage) as play:
        with stage.settings(webhooks=[], no_data_deadline="6s"), play.under_traffic(service="podinfo-primary"):
            update = stage.begin_until(50)
            began = time.monotonic()
            assert stage.ended(update) != 0, update.text
            play.row.safe_s = stage.until_safe(began)
        assert "canary weight 100" not in update.text
        assert "no verdict for" in update.text
        assert "no values found for request-success-rate" in update.text
        play.row.state = stage.go_back()


def test_10_a_sick_primary_is_not_held_against_a_good_canary(stage: Stage, scenario: Play) -> None:
    with scenario(10, "only the primary is sick", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        with errors(stage, "podinfo-primary"):
            expect_promoted(stage, update, play)


def test_10_when_both_are_sick_the_objective_decides_and_is_named(stage: Stage, scenario: Play) -> None:
    with scenario(10, "both are sick", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        with errors(stage, "podinfo-primary", "podinfo-canary"):
            began = time.monotonic()
            assert stage.ended(update) != 0, update.text
            play.row.safe_s = stage.until_safe(began)
        assert "failed checks threshold reached" in update.text
        assert "% < 99%" in update.text.partition("Diagnostics:")[2]
        stage.checkout.expect_home(stage.served)
        play.row.state = stage.go_back()


@pytest.mark.parametrize(
    ("title", "fault"), [("hangs", Hang()), ("is down", Answer(503, b"down"))], ids=["hanging", "down"]
)
def test_11_a_gate_without_an_answer_holds_the_release(
    stage: Stage, scenario: Play, title: str, fault: Hang | Answer
) -> None:
    with (
        scenario(11, f"a gate {title}", stage) as play,
        stage.settings(webhooks=[*hook(stage), GATE]),
        play.under_traffic(),
    ):
        with stage.api.rules.during(Rule(fault, path=f"{LOAD_TESTER}/gate/")) as rule:
            update = stage.begin()
            stage.await_weight(update, lambda: rule.met >= 1, "the gate is asked")
            expect_held(stage, update, lambda: rule.met >= 5, stage.weight)
        expect_promoted(stage, update, play)


def test_11_a_gate_that_stays_silent_ends_the_release_at_its_deadline(stage: Stage, scenario: Play) -> None:
    with scenario(11, "a gate is down for good", stage) as play:
        with stage.settings(webhooks=[*hook(stage), GATE], gate_deadline="6s"), play.under_traffic():
            with stage.api.rules.during(Rule(Hang(), path=f"{LOAD_TESTER}/gate/")):
                update = stage.begin()
                assert stage.ended(update) != 0, update.text
                play.row.safe_s = stage.until_safe(time.monotonic())
            assert "no approval within" in update.text
            stage.checkout.expect_home(stage.served)
        play.row.state = stage.go_back()


@pytest.mark.parametrize(
    ("title", "fault"), [("hangs", Hang()), ("is down", Answer(503, b"down"))], ids=["hanging", "down"]
)
def test_11_a_webhook_without_an_answer_is_no_failed_check(
    stage: Stage, scenario: Play, title: str, fault: Hang | Answer
) -> None:
    with (
        scenario(11, f"a webhook {title}", stage) as play,
        stage.settings(webhooks=hook(stage, timeout="1s"), threshold=2),
        play.under_traffic(),
    ):
        update = stage.begin_until(50)
        with stage.api.rules.during(Rule(fault, method="POST", path=LOAD_TESTER)) as rule:
            expect_held(stage, update, lambda: rule.met >= 5, stage.weight)
        expect_promoted(stage, update, play)
