"""Scenario 6: two runs of one release are alive. One of them writes, and it is the younger."""

import signal
import threading

import pytest

from lab.demo.project import Update
from lab.faults import CANARY, Late, Rule
from tests.faults.conftest import Play
from tests.faults.processes import await_end
from tests.faults.stage import PATIENCE_S, Stage

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


def orphaned(stage: Stage, update: Update) -> list[int]:
    """The CLI of `update` is killed and `pulumi cancel` run; what it leaves behind is suspended, not dead."""
    family = stage.family(update)
    orphans = family.members()[1:]
    family.suspend(orphans)
    family.tell(signal.SIGKILL)
    stage.ended(update)
    stage.cancel()
    return orphans


def test_6_an_orphan_that_wakes_beside_a_second_up_is_fenced_off(stage: Stage, scenario: Play) -> None:
    with scenario(6, "`pulumi cancel`, second `up`, the orphan wakes", stage) as play, play.under_traffic():
        first = stage.begin_until(50)
        orphans = orphaned(stage, first)
        second = stage.begin(stage.tag)
        stage.await_weight(second, lambda: "Starting canary analysis" in second.text, "the second run is at work")
        stage.await_weight(second, lambda: stage.weight >= 50, "the second run has moved traffic")
        stage.family(first).resume(orphans)
        await_end(orphans, PATIENCE_S)
        # a write of the orphan's would be interference to the second run, and end it
        assert stage.ended(second) == 0, second.text
        play.row.state = stage.converge(stage.tag)


def test_6_a_write_of_the_orphan_that_arrives_late_has_no_effect(stage: Stage, scenario: Play) -> None:
    now = threading.Event()
    late = Rule(
        Late(now), method="PATCH", path="/trafficsplits/", agent=CANARY, when=lambda _: stage.weight == 50, times=1
    )
    with scenario(6, "a late write of the orphan", stage) as play, play.under_traffic():
        first = stage.begin_until(50)
        stage.api.rules.add(late)
        stage.await_weight(first, lambda: late.met == 1, "the write to 100% is under way")
        orphans = orphaned(stage, first)
        second = stage.begin(stage.tag)
        stage.await_weight(second, lambda: "Starting canary analysis" in second.text, "the second run is at work")
        now.set()
        assert stage.ended(second) == 0, second.text
        stage.family(first).resume(orphans)
        await_end(orphans, PATIENCE_S)
        play.row.state = stage.converge(stage.tag)
