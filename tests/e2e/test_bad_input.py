"""Bad input, as a user meets it: one clear message with field or address and remedy, no success, nothing changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lab.demo.project import Update
from tests.e2e.world import Checkout, said

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

UNREACHABLE = "https://127.0.0.1:1"


@pytest.fixture
def release(released: Checkout) -> Iterator[Checkout]:
    """The release at rest, with 2.1.1 about to be tried; its settings are put back, and nothing of it may change."""
    files = {path: path.read_text() for path in released.project.folder.glob("Pulumi.*.yaml")}
    env = dict(released.project.env)
    before = released.objects()
    released.project.set_tag("2.1.1")
    yield released
    for path, text in files.items():
        path.write_text(text)
    released.project.env = env
    assert released.objects() == before
    assert released.pending() == []


def refused(update: Update) -> Update:
    assert update.wait() != 0, update.text
    assert "Traceback" not in update.text, update.text
    return update


def test_a_preview_reports_every_fault_of_the_settings_at_once(release: Checkout) -> None:
    metrics = [{"name": "request-duration", "interval": "10x"}, {"name": "errors", "max": 1}]
    steps = [{"weight": 0}, {"weight": 101}]
    analysis = {"interval": "10x", "steps": steps, "threshhold": 5, "metrics": metrics}
    release.project.configure({"canary:analysis": analysis, "canary:replicsa": 2})
    preview = refused(release.preview())
    said(preview, "replicsa:", "did you mean replicas?")
    said(preview, "analysis.threshhold:", "did you mean threshold?")
    said(preview, "analysis.interval:", '"10x"', "such as 10s")
    said(preview, "analysis.steps[0].weight: 0 ", "from 1 to 100")
    said(preview, "analysis.steps[1].weight: 101 ", "from 1 to 100")
    said(preview, "analysis.metrics[0].interval:", '"10x"', "such as 10s")
    said(preview, "analysis.metrics[1].query: is missing")


def test_a_release_that_nothing_could_fail_is_refused(release: Checkout) -> None:
    release.project.configure({"canary:analysis": {"step_weight": 50}})
    said(refused(release.preview()), "analysis.metrics: is missing", "skip_analysis: true")


def test_a_cluster_that_cannot_be_reached_is_named_with_its_address(release: Checkout, tmp_path: Path) -> None:
    config = yaml.safe_load(Path(release.project.env["KUBECONFIG"]).read_text())
    config["clusters"][0]["cluster"]["server"] = UNREACHABLE
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config))
    release.project.env["KUBECONFIG"] = str(tmp_path / "kubeconfig")
    said(refused(release.up()), UNREACHABLE)


def test_a_namespace_that_does_not_exist_is_named_with_its_remedy(release: Checkout) -> None:
    release.project.configure({"canary:namespace": "nowhere"})
    said(release.preview(), "nowhere", "kubectl create namespace nowhere")
    said(refused(release.up()), "nowhere", "kubectl create namespace nowhere")


def test_a_metrics_server_that_does_not_answer_is_named_with_its_address(release: Checkout) -> None:
    address = f"http://silent.{release.namespace}:9090"
    release.kubectl("create", "service", "clusterip", "silent", "--tcp=9090")
    try:
        release.project.configure({"canary:metrics_server": address})
        said(refused(release.up()), address)
    finally:
        release.kubectl("delete", "service", "silent")


def test_a_version_of_trafficsplit_that_is_not_served_is_named(release: Checkout) -> None:
    split = "crd/trafficsplits.split.smi-spec.io"
    names = release.kubectl("get", split, "-o", "jsonpath={.spec.versions[*].name}").split()
    place = f"/spec/versions/{names.index('v1alpha3')}/served"
    patch = '[{"op": "replace", "path": "%s", "value": %s}]'
    release.kubectl("patch", split, "--type=json", "-p", patch % (place, "false"))
    try:
        release.project.configure({"canary:router": "trafficsplit/v1alpha3"})
        said(refused(release.up()), "v1alpha3, but v1alpha1, v1alpha2, v1alpha4", "router: trafficsplit/v1alpha4")
    finally:
        release.kubectl("patch", split, "--type=json", "-p", patch % (place, "true"))
