"""What a release says while it runs: one line for each event, one for the present."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pulumi.runtime.proto import engine_pb2

from canary.core.decision import Event, Severity
from canary.core.routing import Routing
from canary.core.state import Phase, State
from canary.provider.engine import EngineLog
from canary.provider.report import EngineReporter, status_line
from tests.core.builders import linear
from tests.provider.rpc import Engine, engine

NOW = datetime(2000, 1, 1, tzinfo=UTC)
RUNNING = State("r2", Phase.PROGRESSING, step=3, routing=Routing(20), failed=1)
SPEC = linear()


@pytest.fixture
def pulumi() -> Iterator[Engine]:
    with engine() as found:
        yield found


@pytest.fixture
def reporter(pulumi: Engine) -> EngineReporter:
    return EngineReporter(SPEC, EngineLog("urn", pulumi.address))


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (RUNNING, "Progressing weight 20, step 4 of 20, failed checks 1 of 5"),
        (replace(RUNNING, paused=True), "Progressing weight 20, step 4 of 20, failed checks 1 of 5, paused by hand"),
        (State("r2"), "Waiting weight 0, failed checks 0 of 5"),
        (
            State("r2", awaiting=("a.prod", "b.prod")),
            "Waiting weight 0, failed checks 0 of 5, waits for a.prod and b.prod",
        ),
        (State("r2", Phase.PROGRESSING), "Progressing weight 0, failed checks 0 of 5"),
        (replace(RUNNING, phase=Phase.ROLLING_BACK, failed=5), "RollingBack weight 20, failed checks 5 of 5"),
    ],
)
def test_the_status_is_one_line_that_says_where_the_release_stands(state: State, line: str) -> None:
    assert status_line(SPEC, state) == line


def test_an_event_is_a_lasting_line_and_never_an_error_because_that_would_end_the_update(
    reporter: EngineReporter, pulumi: Engine
) -> None:
    for severity in Severity:
        reporter.event(Event("Halted", f"halted: {severity}", severity), RUNNING)
    assert [said.message for said in pulumi.said] == [f"halted: {severity}" for severity in Severity]
    assert not any(said.ephemeral or said.severity == engine_pb2.ERROR for said in pulumi.said)


def test_a_status_that_is_not_new_is_only_a_sign_of_life(reporter: EngineReporter, pulumi: Engine) -> None:
    for state in (RUNNING, RUNNING, replace(RUNNING, failed=2)):
        reporter.status(state, NOW)
    assert [said.severity for said in pulumi.said] == [engine_pb2.INFO, engine_pb2.DEBUG, engine_pb2.INFO]
    assert all(said.ephemeral for said in pulumi.said)
