"""`workload(track)` on a real cluster, a suspended release, and the way home without Pulumi."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.demo.project import Update
from tests.e2e.world import Checkout, eventually, finished

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

PROGRAM = Path(__file__).with_name("workload_program.py")


def color(checkout: Checkout, name: str) -> str:
    return str(checkout.kubectl.get("configmap", f"{name}-config")["data"]["COLOR"])


def revision(checkout: Checkout, name: str) -> str:
    """What a Deployment's pods are stamped with."""
    template = checkout.kubectl.get("deployment", name)["spec"]["template"]
    return str(template["metadata"]["annotations"]["canary.pulumi.io/revision"])


def expect_traffic(checkout: Checkout, update: Update) -> None:
    """Users reach the canary, or do soon; the first use of a tag may have to build its image."""
    try:
        eventually("the canary gets traffic", lambda: checkout.kubectl.weights().get("podinfo-canary", 0) > 0, 150)
    except TimeoutError as error:
        raise AssertionError(update.text) from error


def canary(checkout: Checkout, *args: str) -> "subprocess.CompletedProcess[str]":
    """`python -m canary COMMAND podinfo -n NAMESPACE ...` as a person runs it."""
    command = [sys.executable, "-m", "canary", args[0], "podinfo", "-n", checkout.namespace, *args[1:]]
    return subprocess.run(command, env=checkout.project.env, capture_output=True, text=True, timeout=60, check=False)


def test_configuration_is_released_with_the_code_and_a_suspended_release_starts_nothing(
    fresh: Callable[..., Checkout],
) -> None:
    checkout = fresh()
    shutil.copy(PROGRAM, checkout.project.folder / "__main__.py")
    first = checkout.up("2.1.0")
    assert first.wait() == 0, first.text
    checkout.expect_home("2.1.0")
    before = revision(checkout, "podinfo-primary")

    checkout.project.configure({"image:color": "#222222", "canary:suspend": True})
    refused = finished(checkout.project.up())
    assert refused.wait() != 0
    assert "is suspended" in refused.text
    assert (color(checkout, "podinfo"), color(checkout, "podinfo-primary")) == ("#111111", "#111111")

    checkout.project.configure({"canary:suspend": False})
    running = checkout.project.up()
    expect_traffic(checkout, running)
    assert (color(checkout, "podinfo"), color(checkout, "podinfo-primary")) == ("#222222", "#111111")
    assert checkout.kubectl.get("deployment", "podinfo")["spec"]["replicas"] == 2
    finished(running)
    assert running.wait() == 0, running.text
    checkout.expect_home("2.1.0")
    assert color(checkout, "podinfo-primary") == "#222222"
    assert revision(checkout, "podinfo-primary") != before

    checkout.project.set_tag("2.1.1")
    worst = checkout.project.up()
    expect_traffic(checkout, worst)
    reverted = canary(checkout, "revert", "--drain", "1")
    assert reverted.returncode == 0, reverted.stderr
    checkout.expect_home("2.1.0")
    finished(worst)
    assert worst.wait() != 0
    assert checkout.is_home(), worst.text
    assert "reverted by hand" in canary(checkout, "status").stdout
