"""The line to the engine, within one process."""

import threading
import time
from collections.abc import Iterator

import pytest

from canary.provider import engine as line
from canary.provider.engine import DEBUG, INFO, WARNING, EngineLog, Interrupts
from tests.provider.rpc import DEADLINE_S, Engine, closed_port, engine

URN = "urn:pulumi:prod::podinfo::canary:index:Canary::podinfo"


@pytest.fixture
def pulumi() -> Iterator[Engine]:
    with engine() as found:
        yield found


@pytest.fixture
def interrupts(monkeypatch: pytest.MonkeyPatch) -> Interrupts:
    found = Interrupts()
    monkeypatch.setattr(line, "INTERRUPTS", found)
    return found


@pytest.mark.parametrize(("severity", "ephemeral"), [(DEBUG, True), (INFO, False), (WARNING, False)])
def test_a_message_arrives_with_urn_severity_and_duration(pulumi: Engine, severity: int, ephemeral: bool) -> None:  # noqa: FBT001
    EngineLog(URN, pulumi.address).say("Advance podinfo.prod canary weight 5", severity, ephemeral=ephemeral)
    (said,) = pulumi.said
    assert (said.urn, said.message) == (URN, "Advance podinfo.prod canary weight 5")
    assert (said.severity, said.ephemeral) == (severity, ephemeral)


def test_outside_an_engine_a_message_is_nothing() -> None:
    EngineLog(URN, "").say("unheard")


def test_one_message_that_does_not_arrive_is_no_lost_engine(interrupts: Interrupts) -> None:
    EngineLog(URN, f"127.0.0.1:{closed_port()}").say("unheard")
    assert interrupts.reason == ""


def test_an_engine_that_is_out_of_reach_for_long_is_lost(
    interrupts: Interrupts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "GONE_AFTER", 0.05)
    log, end = EngineLog(URN, f"127.0.0.1:{closed_port()}"), time.monotonic() + DEADLINE_S
    while not interrupts.reason and time.monotonic() < end:
        log.say("unheard")
    assert interrupts.reason == "the Pulumi engine is gone"


def test_an_engine_that_answers_again_is_not_lost(
    pulumi: Engine, interrupts: Interrupts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "GONE_AFTER", 0.0)
    log = EngineLog(URN, pulumi.address)
    log._silent_since = time.monotonic() - 60
    log.say("heard")
    assert log._silent_since is None
    assert interrupts.reason == ""


def test_the_first_reason_to_stop_is_kept(interrupts: Interrupts) -> None:
    interrupts.stop("cancelled")
    interrupts.stop("the Pulumi engine is gone")
    assert interrupts.reason == "cancelled"


def test_an_interrupt_ends_a_wait_that_it_meets(interrupts: Interrupts) -> None:
    threading.Timer(0.02, interrupts.stop, ["cancelled"]).start()
    started = time.monotonic()
    interrupts.wait(DEADLINE_S)
    assert time.monotonic() - started < DEADLINE_S / 2


def test_a_wait_after_an_interrupt_lasts_as_long_as_asked(interrupts: Interrupts) -> None:
    interrupts.stop("cancelled")
    started = time.monotonic()
    interrupts.wait(0.03)
    assert time.monotonic() - started >= 0.03


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        (["pulumi.dynamic", "127.0.0.1:40001"], "127.0.0.1:40001"),
        (["pulumi.dynamic"], ""),
        (["pytest", "tests/provider"], ""),
        (["pytest", "a.py::test_b"], ""),
    ],
)
def test_the_engines_address_is_the_last_argument(
    arguments: list[str], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", arguments)
    assert line._engine_address() == address
