"""How one unit is kept, with real processes."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from lab.cluster import keeper as module
from lab.cluster.keeper import Keeper, State
from lab.cluster.unit import Unit

DEADLINE_S = 15
FOREVER = (sys.executable, "-c", "import time; time.sleep(600)")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(0.01)


def keep(unit: Unit, log: Path, scenario: Callable[[Keeper], Awaitable[None]]) -> None:
    async def run() -> None:
        keeper = Keeper(unit, log)
        task = asyncio.create_task(keeper.run())
        try:
            await scenario(keeper)
        finally:
            await keeper.stop()
            task.cancel()

    asyncio.run(run())


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "unit.log"


def test_a_unit_is_ready_when_its_probe_says_so(log: Path, tmp_path: Path) -> None:
    flag = tmp_path / "flag"

    async def scenario(keeper: Keeper) -> None:
        await until(lambda: keeper.state is State.STARTING)
        flag.touch()
        await until(lambda: keeper.state is State.READY)

    keep(Unit("u", FOREVER, flag.exists), log, scenario)


def test_a_probe_that_fails_means_not_yet(log: Path) -> None:
    failures = iter([OSError("refused"), ValueError("not JSON"), KeyError("status")])

    def probe() -> bool:
        if failure := next(failures, None):
            raise failure
        return True

    async def scenario(keeper: Keeper) -> None:
        await until(lambda: keeper.state is State.READY)

    keep(Unit("u", FOREVER, probe), log, scenario)


def test_a_killed_process_is_restarted_and_the_exit_remembered(log: Path) -> None:
    async def scenario(keeper: Keeper) -> None:
        await until(lambda: keeper.state is State.READY)
        assert keeper.send(signal.SIGKILL)
        await until(lambda: keeper.restarts == 1 and keeper.state is State.READY)
        assert keeper.last_exit == -signal.SIGKILL

    keep(Unit("u", FOREVER, lambda: True), log, scenario)


def test_a_stopped_unit_stays_down_until_it_is_started(log: Path) -> None:
    async def scenario(keeper: Keeper) -> None:
        await until(lambda: keeper.state is State.READY)
        await keeper.stop()
        await until(lambda: keeper.state is State.STOPPED)
        assert not keeper.send(signal.SIGTERM)
        keeper.start()
        await until(lambda: keeper.state is State.READY)
        assert keeper.restarts == 0

    keep(Unit("u", FOREVER, lambda: True), log, scenario)


def test_a_process_deaf_to_sigterm_is_killed(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_GRACE_S", 0.2)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )

    async def scenario(keeper: Keeper) -> None:
        await until(lambda: log.exists() and "deaf" in log.read_text())
        await keeper.stop()
        await until(lambda: keeper.state is State.STOPPED)
        assert keeper.last_exit == -signal.SIGKILL

    keep(Unit("u", (sys.executable, "-c", deaf), lambda: True), log, scenario)


def test_a_job_is_repeated_until_it_succeeds_and_then_is_ready(log: Path, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    code = f"import pathlib, sys; p = pathlib.Path({str(flag)!r}); e = p.exists(); p.touch(); sys.exit(0 if e else 3)"

    async def scenario(keeper: Keeper) -> None:
        await until(lambda: keeper.state is State.READY)
        assert (keeper.restarts, keeper.last_exit) == (1, 0)

    keep(Unit("u", (sys.executable, "-c", code), None), log, scenario)


def test_a_stale_ready_file_does_not_make_a_new_process_ready(log: Path, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    flag.touch()

    async def scenario(keeper: Keeper) -> None:
        await until(lambda: keeper.state is State.STARTING and keeper.process is not None)
        assert not flag.exists()

    keep(Unit("u", FOREVER, flag.exists, stale=flag), log, scenario)


def test_a_condition_that_is_lost_is_reported(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WATCH_S", 0.01)
    flag = tmp_path / "flag"
    flag.touch()

    async def scenario(keeper: Keeper) -> None:
        await until(lambda: keeper.state is State.READY)
        flag.unlink()
        await until(lambda: keeper.state is State.LOST)
        assert keeper.became_ready.is_set()

    keep(Unit("u", None, flag.exists), log, scenario)
