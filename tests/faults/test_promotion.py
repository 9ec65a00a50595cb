"""Scenario 13: the canary was proved good, and then the new primary does not come up."""

import pytest

from tests.faults.conftest import Play
from tests.faults.stage import Stage

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


def test_13_users_stay_on_the_proved_canary_while_the_new_primary_is_not_ready(stage: Stage, scenario: Play) -> None:
    kubectl = stage.checkout.kubectl
    with scenario(13, "the new primary never becomes ready", stage) as play, play.under_traffic():
        update = stage.begin_until(100)
        kubectl("create", "quota", "full", "--hard=pods=4")  # both tracks as they are, and no room for one more
        assert stage.ended(update) != 0, update.text
        assert stage.weight == 100
        assert [kubectl.get("deployment", name)["status"]["readyReplicas"] for name in PAIR] == [2, 2]
        kubectl("delete", "quota", "full")
        play.row.state = stage.converge(stage.tag)


PAIR = ("podinfo", "podinfo-primary")
