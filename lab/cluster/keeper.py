"""Keeps one unit of the lab as it should be: started when its turn has come, awaited, restarted when it dies.

It refuses to know of other units; the supervisor hands it an event that says when its turn has come.
"""

import asyncio
import contextlib
import os
import signal
import time
from enum import StrEnum
from pathlib import Path

from lab.cluster.unit import Probe, Unit

POLL_S = 0.05
"""Between two looks at what is not ready yet."""
WATCH_S = 1.0
"""Between two looks at a condition that holds."""
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 0.25, 10.0
STEADY_AFTER_S = 20.0
"""A process that lived this long begins the back-off anew when it dies."""
STOP_GRACE_S = 2.0


class State(StrEnum):
    """Where a unit is in its life."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    CRASHED = "crashed"
    LOST = "lost"
    STOPPED = "stopped"


class Keeper:
    """Runs one unit until cancelled. `became_ready` is set for good once the unit was ready for the first time."""

    def __init__(self, unit: Unit, log: Path) -> None:
        self.unit = unit
        self.state = State.WAITING
        self.became_ready = asyncio.Event()
        self.restarts = 0
        self.last_exit: int | None = None
        self.process: asyncio.subprocess.Process | None = None
        self._log = log
        self._began = time.monotonic()
        self._ready_after_s: float | None = None
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._backoff = FIRST_BACKOFF_S
        self._hurry = asyncio.Event()

    async def run(self) -> None:
        """Keep the unit for ever."""
        if self.unit.argv is None:
            await (self._watch(self.unit.ready) if self.unit.ready else self._await_ready())
            return
        while True:
            await self._wanted.wait()
            lived = await self._one_life(self.unit.argv)
            if self.unit.ready is None and self.last_exit == 0:
                self._mark_ready()
                return
            if self._wanted.is_set():
                await self._back_off(lived)

    async def _one_life(self, argv: tuple[str, ...]) -> float:
        began = time.monotonic()
        self.state = State.STARTING
        self._hurry.clear()
        if self.unit.stale:
            self.unit.stale.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **self.unit.environment},
                pass_fds=self.unit.descriptors,
            )
        watching = asyncio.create_task(self._await_ready()) if self.unit.ready else None
        try:
            self.last_exit = await self.process.wait()
        finally:
            if watching:
                watching.cancel()
        self.process = None
        self.state = State.CRASHED if self._wanted.is_set() else State.STOPPED
        return time.monotonic() - began

    async def _await_ready(self) -> None:
        probe = self.unit.ready
        while probe is not None and not await _holds(probe):  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(POLL_S)
        self._mark_ready()

    async def _watch(self, probe: Probe) -> None:
        """Follow a condition for ever: it may be lost again."""
        self.state = State.STARTING
        while True:
            holds = await _holds(probe)
            if holds:
                self._mark_ready()
            elif self.became_ready.is_set():
                self.state = State.LOST
            await asyncio.sleep(WATCH_S if holds else POLL_S)

    def _mark_ready(self) -> None:
        self.state = State.READY
        if not self.became_ready.is_set():
            self._ready_after_s = round(time.monotonic() - self._began, 2)
            self.became_ready.set()

    async def _back_off(self, lived_s: float) -> None:
        self._backoff = FIRST_BACKOFF_S if lived_s > STEADY_AFTER_S else min(self._backoff * 2, LONGEST_BACKOFF_S)
        self.restarts += 1
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), self._backoff)

    def send(self, number: signal.Signals) -> bool:
        """Send a signal to the process alone; False if there is none."""
        if self.process is None or self.process.returncode is not None:
            return False
        self.process.send_signal(number)
        return True

    def start(self) -> None:
        """Let it run again after `stop`, and cut a running back-off short."""
        self._wanted.set()
        self._hurry.set()

    async def stop(self) -> None:
        """End the process, kindly first, and do not restart it. A killed process takes its whole group along."""
        self._wanted.clear()
        process = self.process
        if process is None or not self.send(signal.SIGTERM):
            return
        try:
            await asyncio.wait_for(asyncio.shield(process.wait()), STOP_GRACE_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def report(self) -> dict[str, object]:
        """The line of `status`."""
        return {
            "name": self.unit.name,
            "state": str(self.state),
            "ready_after_s": self._ready_after_s,
            "restarts": self.restarts,
            "last_exit": self.last_exit,
            "pid": self.process.pid if self.process else None,
            "kept": self.unit.argv is not None,
        }


async def _holds(probe: Probe) -> bool:
    try:
        return await asyncio.to_thread(probe)
    except (OSError, ValueError, KeyError):
        return False
