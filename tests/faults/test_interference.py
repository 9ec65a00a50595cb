"""Scenarios 12 and 14: somebody else, or the canary itself, takes away in mid-run what the release rests on."""

import json
import re
import subprocess
import time
from collections.abc import Callable

import pytest

from tests.faults.conftest import Play
from tests.faults.stage import Stage

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


def scale_to_zero(stage: Stage) -> None:
    stage.checkout.kubectl("scale", "deployment/podinfo", "--replicas=0")


def evict(stage: Stage) -> None:
    """Every pod of the canary through the eviction API, as `kubectl drain` does."""
    kubectl = stage.checkout.kubectl
    for pod in kubectl("get", "pods", "-l", "app=podinfo", "-o", "name").split():
        name = pod.removeprefix("pod/")
        meta = {"name": name, "namespace": kubectl.namespace}
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": meta}
        path = f"/api/v1/namespaces/{kubectl.namespace}/pods/{name}/eviction"
        command = ["kubectl", "create", "--raw", path, "-f", "-"]
        subprocess.run(command, env=kubectl.env, input=json.dumps(body), text=True, check=True, capture_output=True)


def delete(stage: Stage) -> None:
    stage.checkout.kubectl("delete", "deployment/podinfo", "--wait=false")


@pytest.mark.parametrize(
    ("title", "act"),
    [
        pytest.param("scaled to 0 by someone", scale_to_zero, marks=pytest.mark.e2e),
        ("evicted", evict),
    ],
    ids=["scaled", "evicted"],
)
def test_12_users_leave_a_canary_that_loses_its_pods_before_they_are_gone(
    stage: Stage, scenario: Play, title: str, act: Callable[[Stage], None]
) -> None:
    with scenario(12, f"the canary is {title}", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        began = time.monotonic()
        act(stage)
        play.row.safe_s = stage.until_safe(began)
        assert stage.ended(update) != 0, update.text
        assert "the canary has no ready pod" in update.text
        stage.checkout.expect_home(stage.served)
        play.row.state = stage.go_back()


def test_12_a_canary_that_crash_loops_is_left_and_cleaned_up(stage: Stage, scenario: Play) -> None:
    with scenario(12, "the canary crash-loops", stage) as play, play.under_traffic() as traffic:
        update = stage.begin_until(50)
        began = time.monotonic()
        panic = ["hey", "-z", "30s", "-c", "4", "-q", "5", "http://podinfo-canary:9898/panic"]
        crasher = stage.lab.popen(panic, stage.checkout.namespace, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            play.row.safe_s = stage.until_safe(began)
        finally:
            crasher.terminate()
            crasher.wait(30)
        # what a dying canary left unanswered is its own; from here on nobody may notice anything
        traffic.forgive()
        assert stage.ended(update) != 0, update.text
        stage.checkout.expect_home(stage.served)
        play.row.state = stage.go_back()


@pytest.mark.e2e
def test_14_an_edited_split_is_named_and_users_go_home(stage: Stage, scenario: Play) -> None:
    edit = [{"service": "podinfo-canary", "weight": 90}, {"service": "podinfo-primary", "weight": 10}]
    with scenario(14, "someone edits the TrafficSplit", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        began = time.monotonic()
        patch = json.dumps({"spec": {"backends": edit}})
        stage.checkout.kubectl("patch", "trafficsplit/podinfo", "--type=merge", "-p", patch)
        play.row.safe_s = stage.until_safe(began)
        assert stage.ended(update) != 0, update.text
        assert re.search(r"someone else.*\b90\b", update.text), update.text
        stage.checkout.expect_home(stage.served)
        play.row.state = stage.go_back()


def test_14_a_new_image_in_mid_run_is_named_and_users_go_home(stage: Stage, scenario: Play) -> None:
    with scenario(14, "someone sets another image", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        image = stage.checkout.kubectl.image("podinfo").rpartition(":")[0] + f":{stage.served}"
        began = time.monotonic()
        stage.checkout.kubectl("set", "image", "deployment/podinfo", f"podinfod={image}")
        play.row.safe_s = stage.until_safe(began)
        assert stage.ended(update) != 0, update.text
        assert "another revision appeared in the canary" in update.text
        stage.checkout.expect_home(stage.served)
        play.row.state = stage.go_back()


def test_14_a_deleted_canary_is_named_and_made_again(stage: Stage, scenario: Play) -> None:
    with scenario(14, "someone deletes the canary", stage) as play, play.under_traffic():
        update = stage.begin_until(50)
        began = time.monotonic()
        delete(stage)
        play.row.safe_s = stage.until_safe(began)
        assert stage.ended(update) != 0, update.text
        assert "the canary has no ready pod: it does not exist" in update.text
        stage.checkout.project.run("refresh", "--yes", "--skip-preview")
        play.row.state = stage.go_back()
