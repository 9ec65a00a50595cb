"""Scenarios 1 to 4: the update is interrupted, killed, or lost with its machine, while users are on the canary."""

import signal
import time

import pytest

from tests.faults.conftest import Play
from tests.faults.processes import await_end
from tests.faults.stage import PATIENCE_S, Stage

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


@pytest.mark.e2e
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl_c", "sigterm"])
def test_1_one_signal_takes_users_home_and_leaves_nothing_pending(
    stage: Stage, scenario: Play, number: signal.Signals
) -> None:
    with scenario(1, f"{number.name} once, in mid-step", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        asked = time.monotonic()
        stage.family(update).tell(number)
        play.row.safe_s = stage.until_safe(asked)
        assert stage.ended(update) != 0, update.text
        stage.checkout.expect_home(stage.served)
        assert stage.checkout.pending() == []
        play.row.state = stage.go_back()


def test_2_a_second_ctrl_c_does_not_keep_users_from_going_home(stage: Stage, scenario: Play) -> None:
    with scenario(2, "Ctrl-C twice", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        family = stage.family(update)
        everyone = family.members()
        asked = time.monotonic()
        family.tell(signal.SIGINT)
        time.sleep(0.2)  # a second keystroke: the first has to be a signal of its own
        family.tell(signal.SIGINT)
        assert stage.ended(update) != 0, update.text
        await_end(everyone, PATIENCE_S)
        # nobody is left who could bring them home: they are, or they are lost
        play.row.safe_s = stage.until_safe(asked, seconds=5)
        play.row.state = stage.go_back()


def test_3_the_orphan_of_a_killed_cli_takes_users_home(stage: Stage, scenario: Play) -> None:
    with scenario(3, "SIGKILL of the CLI", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        family = stage.family(update)
        orphans = family.members()[1:]
        killed = time.monotonic()
        family.tell(signal.SIGKILL)
        play.row.safe_s = stage.until_safe(killed)
        await_end(orphans, PATIENCE_S)
        stage.checkout.expect_home(stage.served)
        stage.cancel()
        play.row.state = stage.go_back()


def test_4_when_the_machine_is_lost_the_guard_in_the_cluster_takes_users_home(stage: Stage, scenario: Play) -> None:
    with scenario(4, "SIGKILL of CLI and provider: the guard", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        killed = time.monotonic()
        await_end(stage.family(update).perish(), PATIENCE_S)
        stage.ended(update)
        # as its pod would: it waits until the dead run's Lease has expired, and looks past Pulumi and the proxies
        guarding = stage.pulumi_canary("guard", "-n", stage.checkout.namespace, "--once")
        assert guarding.returncode == 0, guarding.stderr
        play.row.safe_s = stage.until_safe(killed)
        stage.checkout.expect_home(stage.served)
        stage.cancel()
        play.row.state = stage.go_back()


def test_4_when_the_machine_is_lost_one_command_takes_users_home(stage: Stage, scenario: Play) -> None:
    with scenario(4, "SIGKILL of CLI and provider: canary revert", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        killed = time.monotonic()
        await_end(stage.family(update).perish(), PATIENCE_S)
        stage.ended(update)
        reverted = stage.pulumi_canary("revert", "podinfo", "-n", stage.checkout.namespace, "--drain", "1")
        assert reverted.returncode == 0, reverted.stderr
        play.row.safe_s = stage.until_safe(killed)
        stage.checkout.expect_home(stage.served)
        stage.cancel()
        play.row.state = stage.go_back()


def test_4_without_a_guard_the_next_up_reads_the_live_weights_first(stage: Stage, scenario: Play) -> None:
    with scenario(4, "SIGKILL of CLI and provider: the next `up`", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        await_end(stage.family(update).perish(), PATIENCE_S)
        stage.ended(update)
        assert stage.weight >= 50
        stage.cancel()
        play.row.state = stage.converge(stage.tag)
