"""Nothing of a run survives: the guard in the cluster, a pod with no more than its own rights, brings users home."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from canary.adapters.lease import DURATION
from lab.cluster import Lab
from tests.e2e.world import Checkout, eventually
from tests.faults.processes import Family, await_end
from tests.faults.traffic import Traffic

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

DECLARED = """
from canary import Guard
Guard(namespace={namespace!r}, image="pulumi-canary:dev")
"""


@pytest.fixture
def guarded(fresh: Callable[..., Checkout]) -> Checkout:
    """A release that was initialised, and a guard that is ready, from one program."""
    found = fresh()
    program = found.project.folder / "__main__.py"
    program.write_text(program.read_text() + DECLARED.format(namespace=found.namespace))
    update = found.up("2.1.0")
    assert update.wait() == 0, update.text  # Pulumi waits for the guard's pod, which is ready once it could list
    return found


def journal(checkout: Checkout) -> dict[str, object]:
    """The state that was written last."""
    data = checkout.kubectl.get("configmap", "podinfo-canary-journal").get("data", {})
    return dict(json.loads(data.get("state", "{}")))


def test_cli_and_provider_are_killed_in_mid_release(guarded: Checkout, lab: Lab, tmp_path: Path) -> None:
    guarded.project.set_tag("2.1.1")
    with Traffic.steady(lab, guarded.namespace, tmp_path) as users:
        update = guarded.project.up()
        eventually("the canary has traffic", lambda: guarded.kubectl.weights()["podinfo-canary"] > 0)
        await_end(Family(update.process.pid).perish(), 20)
        seconds = DURATION.total_seconds()
        eventually("the guard brought traffic home", guarded.is_home, 3 * seconds)
        eventually("it said so in the journal", lambda: journal(guarded).get("phase") == "Failed", seconds)
        assert "reverted by the guard" in str(journal(guarded)["reason"])

        guarded.project.run("cancel", "--yes")
        again = guarded.up()
        assert again.wait() == 0, again.text
        guarded.expect_home("2.1.1")
        assert guarded.pending() == []
    assert users.failed() == [], users.tally
    lines = guarded.kubectl("logs", "deployment/canary-guard").splitlines()
    assert [line for line in lines if " rolling back" in line] == [
        line for line in lines if f"{guarded.namespace}/podinfo: rolling back: its run is gone" in line
    ]
    assert sum(" rolling back" in line for line in lines) == 1, lines
