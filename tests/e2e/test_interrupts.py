"""Ctrl-C while the canary has traffic: users go home first, and Pulumi's state stays in order."""

import pytest

from tests.e2e.world import Checkout, eventually, interrupt

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def test_ctrl_c_in_mid_step_takes_users_home_and_the_next_up_converges(released: Checkout) -> None:
    released.project.set_tag("2.1.1")
    update = released.project.up()
    eventually("the canary has traffic", lambda: released.kubectl.weights()["podinfo-canary"] > 0)
    interrupt(update)
    assert update.wait(60) != 0, update.text
    released.expect_home("2.1.0", seconds=5)
    assert released.pending() == []

    again = released.up()
    assert again.wait() == 0, again.text
    released.expect_home("2.1.1")
