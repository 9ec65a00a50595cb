"""The story of the project under steady traffic, with a user's commands; the Story itself states what must hold."""

import time
from itertools import pairwise
from pathlib import Path

import pytest

from lab.cluster import Lab
from lab.demo.project import Project
from lab.demo.story import Story

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

INTERVAL_S, STEP = 3, 20


class Screen:
    """What a user sees, with the moment of each line."""

    def __init__(self) -> None:
        self.lines: list[tuple[float, str]] = []

    def say(self, line: str) -> None:
        self.lines.append((time.monotonic(), line))

    def moments(self, text: str) -> list[float]:
        """When lines with `text` were first shown, each line once."""
        first: dict[str, float] = {}
        for moment, line in self.lines:
            if text in line:
                first.setdefault(line[line.index(text) :], moment)
        return list(first.values())


def test_initialise_promote_roll_back_converge(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    screen = Screen()
    env = {**lab.env(), "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}"}
    project = Project(tmp_path / "project", env, screen.say)
    project.create(**{"canary:analysis.interval": f"{INTERVAL_S}s", "canary:analysis.step_weight": STEP})
    story = Story(lab, project, INTERVAL_S, screen.say)
    story.play()

    assert [(act.title, act.code == 0) for act in story.acts] == [
        ("initialise 2.1.0", True),
        ("promote 2.1.1", True),
        ("roll back 2.1.2", False),
        ("revert to 2.1.1", True),
    ]
    assert story.traffic["sent"] > 100
    advances = screen.moments("Advance podinfo.prod canary weight ")
    assert len(advances) == 100 // STEP
    gaps = [later - earlier for earlier, later in pairwise(advances)]
    assert min(gaps) > INTERVAL_S / 2, "lines were held back and shown together"
