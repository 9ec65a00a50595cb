"""Scenario 15: more releases in one `up` than it may run at a time, and then a Ctrl-C."""

import json
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.cluster import Lab
from lab.demo.cluster import eventually
from tests.e2e.world import Checkout, checkout
from tests.faults.conftest import LEDGER
from tests.faults.processes import Family
from tests.faults.traffic import Traffic

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]

PROGRAM = Path(__file__).with_name("six_program.py")
NAMES = [f"app-{number}" for number in range(6)]
PARALLEL = 4
PATIENCE_S = 240


@pytest.fixture
def six(lab: Lab, tmp_path: Path) -> Iterator[Checkout]:
    """Six releases that are initialised."""
    found = checkout(lab, tmp_path, {})
    shutil.copy(PROGRAM, found.project.folder / "__main__.py")
    try:
        update = found.project.up("--parallel", "16")
        assert update.wait(PATIENCE_S) == 0, update.text
        yield found
    finally:
        found.end(lab)


def on_canary(six: Checkout) -> list[str]:
    """The releases whose canary has users."""
    return [name for name in NAMES if six.kubectl.weights(name).get(f"{name}-canary", 0) > 0]


def phases(six: Checkout) -> dict[str, Any]:
    """What Pulumi's state says of each Rollout: the revision that it has."""
    resources = json.loads(six.project.run("stack", "export"))["deployment"]["resources"]
    return {
        one["urn"].rpartition("::")[2]: one["outputs"]["revision"]
        for one in resources
        if one["type"].endswith("canary:Rollout")
    }


def test_15_one_ctrl_c_takes_all_home_and_what_was_queued_never_starts(six: Checkout, lab: Lab, tmp_path: Path) -> None:
    title = f"Ctrl-C for {len(NAMES)} releases, {PARALLEL} at a time"
    with LEDGER.row(15, title) as row:
        with Traffic.steady(lab, six.namespace, tmp_path, "app-0") as traffic:
            before = phases(six)
            six.project.set_tag("2.1.1")
            update = six.project.up("--parallel", str(PARALLEL))
            eventually("several canaries have users", lambda: len(on_canary(six)) >= 2, PATIENCE_S)
            asked = time.monotonic()
            Family(update.process.pid).tell(signal.SIGINT)
            eventually("nobody is on a canary", lambda: on_canary(six) == [], PATIENCE_S)
            row.safe_s = time.monotonic() - asked
            assert update.wait(PATIENCE_S) != 0, update.text
            assert on_canary(six) == []  # none that was queued began after the others had gone home
            assert {six.kubectl.image(f"{name}-primary").rpartition(":")[2] for name in NAMES} == {"2.1.0"}
            assert phases(six) == before  # no phantom success
            assert six.pending() == []
            six.project.set_tag("2.1.0")
            again = six.project.up("--parallel", "16")
            assert again.wait(PATIENCE_S) == 0, again.text
            for name in NAMES:
                eventually(f"{name} has no canary", lambda name=name: six.kubectl.replicas(name) == 0)  # type: ignore[misc]
        row.requests, row.failed = traffic.sent, traffic.missed
        assert traffic.failed() == []
        row.state = "converged"
