"""Asks a running container's probes and says what they amount to: started, ready, or to be restarted.

It refuses to know how a container is restarted; it calls back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lab.node import checks
from lab.node.api import Json
from lab.node.probe import ProbeSpec, ProbeState, Purpose


class Serving(Protocol):
    """A container has started, and is ready or not."""

    def __call__(self, *, ready: bool) -> None:
        """Take note."""


@dataclass(frozen=True)
class Reports:
    """Whom to tell what the probes say.

    ``serving(ready=...)`` once it has started and on every change, ``unhealthy(purpose, message)`` for each counted
    failure, ``fatal(purpose, grace_seconds)`` once, when the container has to be restarted.
    """

    serving: Serving
    unhealthy: Callable[[Purpose, str], None]
    fatal: Callable[[Purpose, int | None], None]


class Prober:
    """The probes of one life of one container, started when the container was."""

    def __init__(self, container: Json, target: checks.Target, reports: Reports) -> None:
        self._specs = {purpose: ProbeSpec.of(container, purpose) for purpose in Purpose}
        self._target = target
        self._reports = reports
        self._began = time.monotonic()

    async def run(self) -> None:
        """Probe until cancelled; the start-up probe holds the other two back until it has passed."""
        startup, readiness = self._specs[Purpose.STARTUP], self._specs[Purpose.READINESS]
        if startup and not await self._until_passed(startup):
            return
        self._reports.serving(ready=readiness is None)
        async with asyncio.TaskGroup() as group:
            if readiness:
                group.create_task(self._for_ever(readiness))
            if liveness := self._specs[Purpose.LIVENESS]:
                group.create_task(self._until_dead(liveness))

    async def _until_passed(self, spec: ProbeSpec) -> bool:
        state = await self._begin(spec)
        while not (state.verdict or state.failed_out):
            state = await self._ask(state)
            if not state.verdict:
                await self._pause(state)
        if not state.verdict:
            self._reports.fatal(spec.purpose, spec.grace_seconds)
        return state.verdict

    async def _for_ever(self, spec: ProbeSpec) -> None:
        state = await self._begin(spec)
        while True:
            before, state = state.verdict, await self._ask(state)
            if state.verdict is not before:
                self._reports.serving(ready=state.verdict)
            await self._pause(state)

    async def _until_dead(self, spec: ProbeSpec) -> None:
        state = await self._begin(spec)
        while state.verdict:
            state = await self._ask(state)
            if state.verdict:
                await self._pause(state)
        self._reports.fatal(spec.purpose, spec.grace_seconds)

    async def _begin(self, spec: ProbeSpec) -> ProbeState:
        lived = time.monotonic() - self._began
        await asyncio.sleep(max(spec.initial_delay.total_seconds() - lived, 0))
        return ProbeState.initial(spec)

    async def _ask(self, state: ProbeState) -> ProbeState:
        answer = await checks.ask(state.spec.handler, self._target, state.spec.timeout.total_seconds())
        if not (answer.passed or state.early):
            self._reports.unhealthy(state.spec.purpose, answer.message)
        return state.observe(passed=answer.passed)

    async def _pause(self, state: ProbeState) -> None:
        await asyncio.sleep(state.gap.total_seconds())
