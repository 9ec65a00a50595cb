"""The agent: one watch on pods, from which it binds the unplaced, runs its own and forgets the gone.

It refuses to know how a pod is run.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

from lab.node import network, registration, scheduler
from lab.node.api import STRATEGIC, ApiError, Json, pod_path
from lab.node.events import NORMAL, WARNING, Recorder
from lab.node.host import Host
from lab.node.informer import Informer
from lab.node.pod import Pod
from lab.node.runner import Runner
from lab.node.status import timestamp

log = logging.getLogger(__name__)

# A pod that failed through a mistake of the agent is begun anew after this.
ACCIDENT_RETRY_SECONDS = 5.0


class Agent:
    """Runs the pods of one node until cancelled."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._placing = Recorder(host.api, scheduler.SCHEDULER, host.name)
        self._node: Json = {}
        self._pods: dict[str, Pod] = {}
        self._placed: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Register, then watch for ever."""
        network.forward_between_pods()
        network.remove_left_over_links()
        self._node = await registration.register(self._host.api, self._host.name)
        log.info("node %s is registered", self._host.name)
        async with asyncio.TaskGroup() as group:
            group.create_task(registration.keep_alive(self._host.api, self._host.name))
            group.create_task(self._host.events.run())
            group.create_task(self._placing.run())
            group.create_task(Informer(self._host.api, "/api/v1/pods", self._hear).run())

    def container(self, namespace: str, pod: str, container: str) -> Runner | None:
        """The runner of one container of a pod on this node."""
        running = self.pod(namespace, pod)
        return running.container(container) if running else None

    def pod(self, namespace: str, name: str) -> Pod | None:
        """A pod of this node by its name."""
        return next((pod for pod in self._pods.values() if pod.room.name == f"{namespace}/{name}"), None)

    def _hear(self, kind: str, pod: Json) -> None:
        uid = pod["metadata"]["uid"]
        if kind == "GONE":
            self._placed.discard(uid)
            if uid in self._pods:
                self._pods[uid].vanish()
        elif uid in self._pods:
            self._pods[uid].update(pod)
        elif pod["spec"].get("nodeName") == self._host.name:
            self._begin(pod)
        elif scheduler.awaits(pod) and uid not in self._placed:
            self._placed.add(uid)
            self._spawn(self._place(pod))

    def _begin(self, pod: Json) -> None:
        uid = pod["metadata"]["uid"]
        self._pods[uid] = Pod(self._host, pod)
        self._spawn(self._run(uid, self._pods[uid]))

    async def _run(self, uid: str, pod: Pod) -> None:
        try:
            await pod.run()
            del self._pods[uid]
        except Exception:
            log.exception("pod %s stopped by a mistake of the agent; it begins anew", pod.room.name)
            await asyncio.sleep(ACCIDENT_RETRY_SECONDS)
            del self._pods[uid]
            await self._begin_anew(pod.room.name)

    async def _begin_anew(self, name: str) -> None:
        try:
            found = await self._host.api.get(pod_path(*name.split("/")))
        except ApiError as error:
            log.warning("pod %s is not begun anew: %s", name, error)
        else:
            self._hear("PRESENT", found)

    async def _place(self, pod: Json) -> None:
        meta = pod["metadata"]
        path = pod_path(meta["namespace"], meta["name"])
        try:
            if objection := scheduler.objection(pod, self._node):
                await self._turn_away(pod, path, objection)
            else:
                await self._host.api.create(f"{path}/binding", scheduler.binding(pod, self._host.name))
                where = f"Successfully assigned {meta['namespace']}/{meta['name']} to {self._host.name}"
                self._placing.tell(pod, NORMAL, "Scheduled", where)
        except ApiError as error:
            self._placed.discard(meta["uid"])
            if not (error.not_found or error.conflict):
                log.warning("placing pod %s/%s failed: %s", meta["namespace"], meta["name"], error)

    async def _turn_away(self, pod: Json, path: str, objection: str) -> None:
        self._placing.tell(pod, WARNING, "FailedScheduling", objection)
        condition = {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": objection,
            "lastTransitionTime": timestamp(datetime.now(UTC)),
        }
        await self._host.api.patch(f"{path}/status", {"status": {"conditions": [condition]}}, STRATEGIC)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        # The loop itself keeps only weak references to tasks.
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
