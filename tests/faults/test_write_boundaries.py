"""Scenario 5: the machine is lost between any two writes to the cluster, of this project's code or of Pulumi's.

Which writes there are is asked of a release that goes through: what the proxy saw of it. A write that is new in the
code is a new boundary, without anyone remembering. Killed before write n is forwarded, the cluster is as after write
n - 1: both sides of every write are covered by stopping before each, and by the end of the release.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from lab.faults import Asked, Rule, Trap
from tests.faults.conftest import Play
from tests.faults.processes import await_end
from tests.faults.stage import PATIENCE_S, Stage

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

Boundary = tuple[str, int]
"""What is written, and for the how-manieth time, where writes of the same that follow each other count once."""


@dataclass
class Boundaries:
    """Finds the boundaries in a series of requests."""

    last: str = ""
    counts: dict[str, int] = field(default_factory=dict)

    def at(self, asked: Asked) -> Boundary | None:
        """The boundary that this request opens; None for what is no write, or no new one."""
        if not asked.is_write or asked.place == self.last:
            return None
        renewed = "/leases/" in asked.path and asked.place in self.counts
        if renewed:  # by the clock, at any place: what is worth a boundary is that the Lease is taken
            return None
        self.last = asked.place
        self.counts[asked.place] = self.counts.get(asked.place, 0) + 1
        return asked.place, self.counts[asked.place]


def boundaries_of(requests: Iterable[Asked]) -> list[Boundary]:
    """All of them, in their order."""
    finder = Boundaries()
    return [found for asked in requests if (found := finder.at(asked))]


def test_5_killed_at_any_write_the_next_up_converges_and_no_user_notices(stage: Stage, scenario: Play) -> None:
    with scenario(5, "SIGKILL at each write boundary", stage) as play, play.under_traffic():
        boundaries = writes_of_a_release(stage)
        kinds = {place.partition(" ")[2].rpartition("/namespaces/")[2].partition("/")[2] for place, _ in boundaries}
        for expected in ("trafficsplits/podinfo", "deployments/podinfo/scale", "deployments/podinfo-primary"):
            assert expected in kinds  # the weight, the scale, the promotion: or the record is not what it should be
        for number, boundary in enumerate(boundaries):
            print(f"killed at boundary {number + 1} of {len(boundaries)}: {boundary}")  # shown if it fails
            killed_at(stage, boundary)
            # by turns: on with the release, and back to what was served
            stage.converge(stage.tag if number % 2 else stage.served)
        play.row.scenario += f" ({len(boundaries)})"
        play.row.state = stage.converge(stage.served)


def writes_of_a_release(stage: Stage) -> list[Boundary]:
    """The boundaries of a release that goes through."""
    stage.api.rules.clear()
    update = stage.begin()
    assert stage.ended(update) == 0, update.text
    found = boundaries_of(stage.api.rules.seen)
    stage.converge(stage.tag)
    return found


def killed_at(stage: Stage, boundary: Boundary) -> None:
    """Begin a release; all its processes perish where they are about to make this write."""
    finder, gone = Boundaries(), list[int]()
    trap = Trap(lambda: gone.extend(stage.family(update).perish()))
    with stage.api.rules.during(Rule(trap, when=lambda asked: finder.at(asked) == boundary, times=1)) as rule:
        update = stage.begin()
        stage.ended(update)
    assert rule.met == 1, f"this release did not make the write {boundary}:\n{update.text}"
    await_end(gone, PATIENCE_S)
    stage.cancel()
