"""One container's whole life: image, start, hooks, probes, end, and again if the pod's policy says so.

The rules (restart, back-off, what an end means) are decided in :mod:`backoff` and :mod:`states`; here they are carried
out. It refuses to know about the pod's other containers.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from lab.node import backoff, checks, environment, images
from lab.node.api import Json
from lab.node.backoff import IMAGE_FIRST, Backoff
from lab.node.downward import ConfigError
from lab.node.events import NORMAL, WARNING
from lab.node.execution import execute
from lab.node.launch import NOT_STARTED
from lab.node.probe import Purpose
from lab.node.prober import Prober, Reports
from lab.node.process import Process, StartError
from lab.node.room import Room
from lab.node.states import Container

log = logging.getLogger(__name__)

CONFIG_RETRY_SECONDS = 1.0
DEFAULT_GRACE_SECONDS = 30


class Runner:
    """Runs ``spec`` in ``room``. ``record`` always says how it is; ``changed`` is called whenever that changes."""

    def __init__(self, room: Room, spec: Json, record: Container, changed: Callable[[], None]) -> None:
        pod = room.pod
        self._host = room.host
        self._room = room
        self._pod = pod
        self.spec = spec
        self.record = record
        self._changed = changed
        self._policy = spec.get("restartPolicy") or pod["spec"].get("restartPolicy") or "Always"
        self._policy = "OnFailure" if record.init and not record.sidecar and self._policy == "Always" else self._policy
        self._stopping = False
        self._ending: asyncio.Task[int] | None = None
        self.process: Process | None = None
        self.order: Json = {}

    async def run(self) -> None:
        """Return once the container has ended for good."""
        crashes = Backoff()
        while True:
            began = time.monotonic()
            code = await self._life()
            if self._stopping or not backoff.restarts(self._policy, code):
                self._set(self.record.is_finished())
                return
            crashes = crashes.failed(timedelta(seconds=time.monotonic() - began))
            await self._back_off(crashes)

    async def stop(self, deadline: float) -> bool:
        """End the container by ``deadline`` (monotonic seconds): preStop hook, SIGTERM, SIGKILL.

        True if it was running, and so :meth:`run` is about to return.
        """
        self._stopping = True
        if self.process is None:
            return False
        self._tell(NORMAL, "Killing", f"Stopping container {self.record.name}")
        await self._end(deadline)
        return True

    async def _life(self) -> int:
        image = await self._image()
        self.order = await self._prepared(image)
        try:
            self.process = await Process.start("run", self.order, self._room.log(self.record.name, self._next_life))
        except StartError as error:
            return self._not_started(str(error))
        self._tell(NORMAL, "Created", f"Created container: {self.record.name}")
        self._tell(NORMAL, "Started", f"Started container {self.record.name}")
        self._set(self.record.runs(_now(), f"process://{uuid4()}", image.identity))
        code = await self._watch(self.process)
        self.process = None
        self._set(self.record.ends(_now(), code))
        return code

    @property
    def _next_life(self) -> int:
        return self.record.restarts + 1 if self.record.ever_started else 0

    def _not_started(self, message: str) -> int:
        self._tell(WARNING, "Failed", f"Error: {message}")
        self._set(self.record.runs(_now(), "", "").ends(_now(), NOT_STARTED, "StartError", message))
        return NOT_STARTED

    async def _watch(self, process: Process) -> int:
        """The process's exit code, its probes and its postStart hook running beside it."""
        beside = [asyncio.create_task(work) for work in self._beside()]
        try:
            return await process.wait()
        finally:
            for task in beside:
                task.cancel()
            _log_bugs(await asyncio.gather(*beside, return_exceptions=True))
            if self._ending is not None:
                await asyncio.wait({self._ending})
                self._ending = None

    def _beside(self) -> list[Coroutine[Any, Any, None]]:
        if self.record.init and not self.record.sidecar:
            return []
        return [self._hook_then_probe()]

    async def _hook_then_probe(self) -> None:
        if not await self._hook("postStart", DEFAULT_GRACE_SECONDS):
            self._fatal(Purpose.STARTUP, None)
        else:
            await Prober(self.spec, self._target(), Reports(self._serving, self._unhealthy, self._fatal)).run()

    def _serving(self, *, ready: bool) -> None:
        if not self._stopping:
            self._set(self.record.serving(ready=ready))

    def _unhealthy(self, purpose: Purpose, message: str) -> None:
        if not self._stopping:
            self._tell(WARNING, "Unhealthy", f"{purpose.title} probe failed: {message}")

    def _fatal(self, purpose: Purpose, grace_seconds: int | None) -> None:
        if self._stopping:
            return
        why = f"failed {purpose.name.lower()} probe"
        self._tell(NORMAL, "Killing", f"Container {self.record.name} {why}, will be restarted")
        if grace_seconds is None:
            grace_seconds = self._pod["spec"].get("terminationGracePeriodSeconds", DEFAULT_GRACE_SECONDS)
        self._ending = asyncio.create_task(self._end(time.monotonic() + grace_seconds))

    async def _end(self, deadline: float) -> int:
        process = self.process
        if process is None:
            return 0
        await self._hook("preStop", max(deadline - time.monotonic(), 0))
        # As the kubelet: a hook that used up the time leaves two seconds for the program itself.
        return await process.end(max(deadline - time.monotonic(), 2 if self._has_hook("preStop") else 0))

    async def _back_off(self, crashes: Backoff) -> None:
        wait = crashes.wait.total_seconds()
        name, pod = self.record.name, f"{self._room.name.replace('/', '_')}"
        message = f"back-off {wait:g}s restarting failed container={name} pod={pod}"
        self._tell(WARNING, "BackOff", f"Back-off restarting failed container {name} in pod {pod}")
        self._set(self.record.waits("CrashLoopBackOff", message))
        await asyncio.sleep(wait)

    async def _image(self) -> images.Image:
        """The image, asked for again with back-off until there is one."""
        reference, pulls = self.spec["image"], Backoff(IMAGE_FIRST)
        while True:
            try:
                image = await self._host.image(reference)
            except images.ImageError as error:
                kind = "InvalidImageName" if isinstance(error, images.InvalidImageName) else "ErrImagePull"
                self._tell(WARNING, "Failed", f"Error: {kind}: {error}")
                self._set(self.record.waits(kind, str(error)))
                pulls = pulls.failed()
                await self._wait_to_pull(pulls, reference, str(error))
            else:
                self._tell(NORMAL, "Pulled", f'Container image "{reference}" is a program on this machine')
                return image

    async def _wait_to_pull(self, pulls: Backoff, reference: str, problem: str) -> None:
        await asyncio.sleep(CONFIG_RETRY_SECONDS)
        self._tell(NORMAL, "BackOff", f'Back-off pulling image "{reference}"')
        self._set(self.record.waits("ImagePullBackOff", f'Back-off pulling image "{reference}": {problem}'))
        await asyncio.sleep(pulls.wait.total_seconds() - CONFIG_RETRY_SECONDS)

    async def _prepared(self, image: images.Image) -> Json:
        """The order for the launcher, once everything the container refers to exists."""
        while True:
            try:
                values = await environment.variables(
                    self._host.api, self._pod, self.spec, self._room.placement, image.path
                )
                argv = environment.expanded(images.command_line(image, self.spec), values)
                return self._room.order(self.spec, image, argv, values)
            except (ConfigError, OSError) as error:
                self._tell(WARNING, "Failed", f"Error: {error}")
                self._set(self.record.waits("CreateContainerConfigError", str(error)))
                await asyncio.sleep(CONFIG_RETRY_SECONDS)

    async def _hook(self, kind: str, within: float) -> bool:
        """Run a lifecycle hook, if there is one; whether it went well."""
        hook = (self.spec.get("lifecycle") or {}).get(kind)
        if not hook:
            return True
        if "sleep" in hook:
            await asyncio.sleep(min(hook["sleep"]["seconds"], within))
            return True
        answer = await checks.ask(hook, self._target(), within)
        if not answer.passed:
            self._tell(WARNING, f"Failed{kind[0].upper()}{kind[1:]}Hook", f"{kind} hook failed: {answer.message}")
        return answer.passed

    def _has_hook(self, kind: str) -> bool:
        return kind in (self.spec.get("lifecycle") or {})

    def _target(self) -> checks.Target:
        ports = {port["name"]: port["containerPort"] for port in self.spec.get("ports") or [] if port.get("name")}
        return checks.Target(self._room.address, ports, self._execute, self._host.http)

    async def _execute(self, command: list[str]) -> tuple[int, str]:
        return await execute(self, command)

    def _tell(self, kind: str, reason: str, message: str) -> None:
        self._host.events.tell(self._pod, kind, reason, message, self.record.name)

    def _set(self, record: Container) -> None:
        if record != self.record:
            self.record = record
            self._changed()


def _log_bugs(outcomes: Iterable[BaseException | None]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            log.error("probing ended by a mistake of the agent", exc_info=outcome)


def _now() -> datetime:
    return datetime.now(UTC)
