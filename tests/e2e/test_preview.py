"""What a preview says is what then happens: adoption, nothing to do, a release, other settings, a removal.

About 90 seconds on an idle machine.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from canary.plan import Plan
from canary.plan.model import Kind
from canary.plan.reading import plans_in
from lab.cluster import Lab
from lab.demo.project import ROOT, Update
from tests.e2e.world import Checkout, eventually, finished

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]

PATIENCE_S = 420  # for one update on a machine that is busy with other things
LABELS = {"app": "podinfo"}
CONTAINER = {
    "name": "podinfod",
    "image": "stefanprodan/podinfo:2.1.0",
    "env": [{"name": "LEFT_BEHIND", "value": "1"}],
    "ports": [{"name": "http", "containerPort": 9898}],
    "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 1},
}
RUNNING: list[dict[str, Any]] = [
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "podinfo"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [CONTAINER]}},
        },
    },
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "podinfo"},
        "spec": {"selector": LABELS, "ports": [{"port": 9898, "targetPort": 9898}]},
    },
]


def previewed(checkout: Checkout) -> tuple[dict[str, Plan], str]:
    """The plans of a preview by the release's name, and what the terminal would say; the cluster is as before."""
    before = checkout.objects()
    preview = checkout.preview("--json")
    assert preview.wait() == 0, preview.text
    assert checkout.objects() == before
    document = json.loads(preview.text[preview.text.index("{") :])
    said = "\n".join(one["message"] for one in document.get("diagnostics", []))
    return {plan.name: plan for plan in plans_in(document)}, said


def nothing_differs(checkout: Checkout, *commands: str) -> None:
    """Neither a refresh nor a second update finds anything to do."""
    for command in commands:
        update = finished(checkout.project.start(command, "--yes", "--skip-preview", "--expect-no-changes"))
        assert update.wait() == 0, update.text


def up(checkout: Checkout, tag: str = "") -> Update:
    """`pulumi up`, which succeeds."""
    if tag:
        checkout.project.set_tag(tag)
    update = checkout.project.up()
    try:
        assert update.wait(PATIENCE_S) == 0, update.text
    except subprocess.TimeoutExpired:
        raise AssertionError(update.text) from None
    return update


def weights_of(update: Update) -> list[int]:
    """The weights that a run went through, in their order, as its lasting lines tell."""
    lasting = update.text.partition("\nDiagnostics:\n")[2].splitlines()
    return [int(line.rpartition(" ")[2]) for line in lasting if " canary weight " in line and "Advance" in line]


def in_order(update: Update, *events: str) -> None:
    places = [update.text.find(event) for event in events]
    assert -1 not in places, f"{events} in:\n{update.text}"
    assert places == sorted(places), f"{events} in:\n{update.text}"


@contextmanager
def steady_client(lab: Lab, checkout: Checkout) -> Iterator[None]:
    """Someone asks the apex Service all the while, and every request is answered."""
    out = Path(checkout.project.folder) / "traffic.json"
    url = f"http://podinfo.{checkout.namespace}:9898/version"
    command = [sys.executable, "-m", "lab.demo.client", url, "--rate", "20", "--seconds", "1500", "--out", str(out)]
    client = lab.popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        eventually("the steady client is answered", lambda: out.exists() and json.loads(out.read_text())["sent"] > 0)
        yield
    finally:
        client.send_signal(signal.SIGTERM)
        client.wait(30)
    seen = json.loads(out.read_text())
    assert seen["failed"] == 0, seen
    assert seen["sent"] > 0, seen


@pytest.fixture
def running(fresh: Callable[..., Checkout], tmp_path: Path) -> Checkout:
    """A Deployment and a Service that serve already, made by kubectl, and a program that is to adopt them."""
    checkout = fresh(**{"canary:adopt": True, "canary:keep_on_removal": True, "kubernetes:upsertExistingObjects": True})
    (tmp_path / "running.yaml").write_text(yaml.safe_dump_all(RUNNING))
    checkout.kubectl("apply", "-f", str(tmp_path / "running.yaml"))
    ready = lambda: checkout.kubectl.get("deployment", "podinfo").get("status", {}).get("readyReplicas") == 2  # noqa: E731
    eventually("the running podinfo is ready", ready, 120)
    return checkout


def test_no_request_fails_from_adoption_through_a_release_to_the_canarys_removal(running: Checkout, lab: Lab) -> None:
    with steady_client(lab, running):
        adopts(running)
        nothing_differs(running, "up")
        releases(running)
        nothing_differs(running, "refresh", "up")
        is_removed(running)


def adopts(checkout: Checkout) -> None:
    plan = previewed(checkout)[0]["podinfo"]
    assert plan.kind is Kind.FIRST
    assert plan.adopts[0].startswith(
        "Deployment podinfo and Service podinfo: not touched until podinfo-primary is ready"
    )
    update = up(checkout)
    assert weights_of(update) == []
    in_order(
        update,
        "Deployment podinfo-primary created",
        "Service podinfo created",
        "Promotion podinfo-promotion created",
        "Deployment podinfo created",
    )
    checkout.expect_home("2.1.0")


def releases(checkout: Checkout) -> None:
    checkout.project.set_tag("2.1.1")
    plans, text = previewed(checkout)
    plan = plans["podinfo"]
    assert plan.kind is Kind.RELEASE
    assert [(change.about, change.after) for change in plan.changes or ()] == [("image", "stefanprodan/podinfo:2.1.1")]
    for said in (f"release of revision {plan.before} → {plan.after}", "50%, 100% of requests", "5 failed checks"):
        assert said in text, text
    update = up(checkout)
    assert weights_of(update) == [stage.weight for stage in plan.stages[:-1]]
    checkout.expect_home("2.1.1")
    assert checkout.kubectl.get("deployment", "podinfo-primary")["metadata"]["annotations"][
        "canary.pulumi.io/revision"
    ] == (plan.after)
    container = checkout.kubectl.get("deployment", "podinfo")["spec"]["template"]["spec"]["containers"][0]
    assert "env" not in container, "what kubectl had declared is gone from the canary with the first release"


def is_removed(checkout: Checkout) -> None:
    (checkout.project.folder / "__main__.py").write_text('"""Nothing is declared any more."""\n')
    checkout.kubectl("scale", "deployment", "podinfo", "--replicas=1")
    served = lambda: checkout.kubectl.get("deployment", "podinfo").get("status", {}).get("readyReplicas") == 1  # noqa: E731
    eventually("the canary is ready", served, 120)
    checkout.kubectl(
        "patch", "trafficsplit", "podinfo", "--type=merge", "-p", json.dumps({"spec": {"backends": SHARED}})
    )
    plan = previewed(checkout)[0]["podinfo"]
    assert plan.kind is Kind.REMOVAL
    kept = {change.path for change in plan.changes or () if change.after}
    gone = {change.path for change in plan.changes or () if not change.after}
    assert kept == {"Deployment podinfo-primary", "Service podinfo"}
    up(checkout)
    there = {name.replace("/", " ") for name in checkout.objects("deployments,services,trafficsplits")}
    assert there == kept
    assert gone.isdisjoint(there)


SHARED = [{"service": "podinfo-canary", "weight": 10}, {"service": "podinfo-primary", "weight": 90}]


def test_settings_alone_start_no_release(fresh: Callable[..., Checkout]) -> None:
    checkout = fresh()
    assert previewed(checkout)[0]["podinfo"].kind is Kind.FIRST
    assert weights_of(up(checkout, "2.1.0")) == []
    checkout.project.configure({"canary:analysis.threshold": 7})
    plan = previewed(checkout)[0]["podinfo"]
    assert plan.kind is Kind.SETTINGS
    assert plan.budget[0].startswith("7 failed checks")
    assert weights_of(up(checkout)) == []
    checkout.expect_home("2.1.0")
