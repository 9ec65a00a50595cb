"""What each scenario showed, as a table at the end of the run and as JSON for whoever wants to keep it."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

RESULTS = "FAULTS_RESULTS"  # names the file for the JSON; none is written when it is not set
HEAD = ("#", "scenario", "requests", "failed", "time to safe", "state after one more `up`")


@dataclass
class Row:
    """One scenario. `safe_s`: seconds from the fault until all traffic was at the primary; None: to hold was right."""

    number: int
    scenario: str
    requests: int = 0
    failed: int = 0
    safe_s: float | None = None
    state: str = "FAILED"
    seconds: float = 0.0

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        safe = "held" if self.safe_s is None else f"{self.safe_s:.1f} s"
        return (str(self.number), self.scenario, str(self.requests), str(self.failed), safe, self.state)


@dataclass
class Ledger:
    """The rows of this run."""

    rows: list[Row] = field(default_factory=list)

    @contextmanager
    def row(self, number: int, scenario: str) -> Iterator[Row]:
        """A row for a scenario that the block fills in; it says FAILED until the block has set `state`."""
        made, began = Row(number, scenario), time.monotonic()
        self.rows.append(made)
        try:
            yield made
        except BaseException:
            made.state = "FAILED"
            raise
        finally:
            made.seconds = round(time.monotonic() - began, 1)

    def table(self) -> list[str]:
        """Markdown, in the order of the list of faults."""
        lines = [one.cells() for one in sorted(self.rows, key=lambda row: (row.number, row.scenario))]
        widths = [max(len(cell) for cell in column) for column in zip(HEAD, *lines, strict=True)]
        drawn = [_line(cells, widths) for cells in (HEAD, *lines)]
        return [drawn[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *drawn[1:]]

    def write(self) -> None:
        """The rows as JSON, if somebody asked for it."""
        if path := os.environ.get(RESULTS):
            Path(path).write_text(json.dumps([asdict(row) for row in self.rows], indent=2) + "\n")


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
