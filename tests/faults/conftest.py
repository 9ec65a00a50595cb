"""One lab for all scenarios, a stage that is used again for as long as nothing went wrong on it, and the table."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.cluster import Lab
from tests.e2e.conftest import lab
from tests.faults.ledger import Ledger, Row
from tests.faults.stage import Stage, staged
from tests.faults.traffic import Traffic

__all__ = ["lab"]  # the end-to-end tests' own: one lab for both

LEDGER = Ledger()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long scenarios and the soak run only when their marker is named: `not e2e` does not mean them."""
    asked = str(config.option.markexpr)
    left_out = [
        item
        for item in items
        if item.get_closest_marker("faults") and not item.get_closest_marker("e2e") and "faults" not in asked
    ] + [item for item in items if item.get_closest_marker("soak") and "soak" not in asked]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table, and the JSON if it was asked for."""
    if LEDGER.rows:
        terminalreporter.section("faults")
        for line in LEDGER.table():
            terminalreporter.write_line(line)
        LEDGER.write()


class Stages:
    """Stages by what they were made with, each made anew after a scenario that failed on it."""

    def __init__(self, lab: Lab, folder: Callable[[], Path]) -> None:
        self.lab, self.folder = lab, folder
        self.ready: dict[str, Stage] = {}

    @contextmanager
    def take(self, **changes: Any) -> Iterator[Stage]:
        """A clean stage with these settings; kept for the next scenario only if it is clean again afterwards."""
        key = repr(sorted(changes.items()))
        stage = self.ready.pop(key, None) or staged(self.lab, self.folder(), changes)
        yield stage
        stage.api.rules.clear()
        stage.prometheus.rules.clear()
        if stage.clean:
            self.ready[key] = stage
        else:
            stage.close()

    def close(self) -> None:
        """End all."""
        for stage in self.ready.values():
            stage.close()


@pytest.fixture(scope="session")
def stages(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    """All stages of this run."""
    made = Stages(lab, lambda: tmp_path_factory.mktemp("stage"))
    yield made
    made.close()


@pytest.fixture
def stage(stages: Stages) -> Iterator[Stage]:
    """A released checkout of two steps with an interval of a second."""
    with stages.take() as taken:
        yield taken


class Scenario:
    """One line of the list of faults while it is played: users on the stage, and the row that says how it went."""

    def __init__(self, stage: Stage, row: Row) -> None:
        self.stage, self.row = stage, row

    @contextmanager
    def under_traffic(self, service: str = "podinfo") -> Iterator[Traffic]:
        """Users ask while the block runs; none of their requests may have failed."""
        with self.stage.users(service) as traffic:
            yield traffic
        self.row.requests, self.row.failed = traffic.sent, traffic.missed
        assert traffic.failed() == []
        assert traffic.sent > 0


Play = Callable[[int, str, Stage], AbstractContextManager[Scenario]]


@pytest.fixture
def scenario() -> Play:
    """`with scenario(1, "Ctrl-C", stage) as play:`."""

    @contextmanager
    def play(number: int, title: str, stage: Stage) -> Iterator[Scenario]:
        stage.clean = False
        with LEDGER.row(number, title) as row:
            yield Scenario(stage, row)
        stage.clean = True

    return play
