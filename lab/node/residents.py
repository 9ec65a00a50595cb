"""A pod's containers together: init containers one after the other, then all others side by side, and their end.

It refuses to know why they end and where their status goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lab.node.api import Json
from lab.node.room import Room
from lab.node.runner import Runner
from lab.node.states import Container, Waiting, recalled

# Only while a sidecar starts, once in a pod's life.
_SIDECAR_POLL_SECONDS = 0.1
_STATUSES = ("initContainerStatuses", "containerStatuses")


class Residents:
    """The containers of one pod. ``inits`` and ``mains`` are in the order of the spec."""

    def __init__(self, room: Room, changed: Callable[[], None]) -> None:
        spec, status = room.pod["spec"], room.pod.get("status") or {}
        known = {s["name"]: s for key in _STATUSES for s in status.get(key) or []}
        first = Waiting("PodInitializing" if spec.get("initContainers") else "ContainerCreating")

        def runner(written: Json, *, init: bool) -> Runner:
            record = _record(written, known.get(written["name"]), first, init=init)
            return Runner(room, written, record, changed)

        self.inits = [runner(written, init=True) for written in spec.get("initContainers") or []]
        self.mains = [runner(written, init=False) for written in spec["containers"]]
        self._tasks: dict[Runner, asyncio.Task[None]] = {}

    @property
    def all(self) -> list[Runner]:
        """Every container, init containers first."""
        return [*self.inits, *self.mains]

    def named(self, name: str) -> Runner | None:
        """The container of that name."""
        return next((runner for runner in self.all if runner.record.name == name), None)

    async def live(self) -> None:
        """Return when the pod has nothing left to run; sidecars are ended then."""
        for runner in self.inits:
            await self._through_init(runner)
            if not runner.record.past_init:
                return
        # Shielded: to end them is for leave(), which does it in order.
        await asyncio.shield(asyncio.gather(*(self._begin(runner) for runner in self.mains)))
        await self._stop([runner for runner in self.inits if runner.record.sidecar], _in(30))

    async def leave(self, deadline: float) -> None:
        """End everything by ``deadline`` (monotonic seconds), sidecars last."""
        sidecars = [runner for runner in self.inits if runner.record.sidecar]
        await self._stop([runner for runner in self.all if runner not in sidecars], deadline)
        await self._stop(sidecars, deadline)

    def _begin(self, runner: Runner) -> asyncio.Task[None]:
        task = asyncio.create_task(runner.run())
        self._tasks[runner] = task
        return task

    async def _through_init(self, runner: Runner) -> None:
        if runner.record.past_init:
            return  # it had done its work before the agent was restarted
        task = self._begin(runner)
        if not runner.record.sidecar:
            await asyncio.shield(task)
        while not task.done() and not _past_init(runner):
            await asyncio.wait({task}, timeout=_SIDECAR_POLL_SECONDS)

    async def _stop(self, runners: list[Runner], deadline: float) -> None:
        await asyncio.gather(*(self._stop_one(runner, deadline) for runner in runners))

    async def _stop_one(self, runner: Runner, deadline: float) -> None:
        task = self._tasks.get(runner)
        if task is None:
            return
        if not await runner.stop(deadline):
            task.cancel()
        await asyncio.wait({task})


def _past_init(runner: Runner) -> bool:
    return runner.record.past_init


def _record(written: Json, status: Mapping[str, Any] | None, first: Waiting, *, init: bool) -> Container:
    sidecar = init and written.get("restartPolicy") == "Always"
    before = recalled(status, datetime.now(UTC)) if status else Container("", "", state=first)
    done = init and not sidecar and before.succeeded
    return replace(before, name=written["name"], image=written["image"], init=init, sidecar=sidecar, finished=done)


def _in(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds
