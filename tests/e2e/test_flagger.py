"""Flagger's own object, as the walk-through has it, drives a release: examples/podinfo is a whole program around it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.cluster import Lab
from lab.demo.cluster import Kubectl
from lab.demo.project import EXAMPLE, Project
from tests.e2e.world import Checkout, finished, said

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

INTERVAL = "2s"  # the one override: with the object's own 10s its 20 steps would take 200 s
STEPS = range(5, 101, 5)


@pytest.fixture
def example(lab: Lab, tmp_path: Path) -> Iterator[Checkout]:
    """The example in the object's own namespace, which is left as it was found."""
    (tmp_path / "state").mkdir()
    env = {**lab.env(), "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}"}
    project = Project(tmp_path / "project", env, source=EXAMPLE).create(**{"podinfo:interval": INTERVAL})
    yield Checkout(project, Kubectl(project.env))
    ended = finished(project.start("destroy", "--yes", "--skip-preview"))
    assert ended.wait() == 0, ended.text


def test_the_walk_throughs_object_initialises_and_promotes_unchanged(example: Checkout) -> None:
    assert (example.project.folder / "canary.yaml").read_bytes() == (EXAMPLE / "canary.yaml").read_bytes()
    first = example.up("2.1.0")
    assert first.wait() == 0, first.text
    said(first, "canary.yaml: analysis.interval: 2s by your override, in place of 10s")
    example.expect_home("2.1.0")

    second = example.up("2.1.1")
    assert second.wait() == 0, second.text
    for weight in STEPS:
        assert f"Advance podinfo.prod canary weight {weight}\n" in second.text
    example.expect_home("2.1.1")
