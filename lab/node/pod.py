"""One pod on this node, from being bound to being gone: the order of things, and the reports about it.

What a status says is decided in :mod:`status`, what a container does in :mod:`runner`. It refuses to know about other
pods.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from lab.node.api import STRATEGIC, ApiError, Json, pod_path
from lab.node.downward import ConfigError
from lab.node.events import WARNING
from lab.node.host import Host
from lab.node.residents import Residents
from lab.node.room import Room
from lab.node.runner import Runner
from lab.node.states import moment
from lab.node.status import PodView, pod_status

log = logging.getLogger(__name__)

SETUP_RETRY_SECONDS = 0.25
SEND_RETRY_SECONDS = 0.5
# How soon a change of a ConfigMap reaches a mounted file; the kubelet takes as long.
VOLUME_REFRESH_SECONDS = 60
# What a pod that vanished from the API server still gets, as from the kubelet.
ORPHAN_GRACE_SECONDS = 1.0

Step = Callable[[], Awaitable[None]]


class Pod:
    """Runs one pod. :meth:`update` and :meth:`vanish` pass on what the API server says; :meth:`run` does the rest."""

    def __init__(self, host: Host, pod: Json) -> None:
        self._host = host
        self._object = pod
        self._sent: Json = pod.get("status") or {}
        # A pod that had ended before this agent started is only waited for, never reported again.
        self._settled = self._sent.get("phase") in ("Succeeded", "Failed")
        self._since = moment(self._sent["startTime"]) if "startTime" in self._sent else datetime.now(UTC)
        self._dirty = asyncio.Event()
        self._ending = asyncio.Event()
        self._open = False
        self._vanished = False
        self._failure: tuple[str, str] | None = None
        self.room = Room(host, pod)
        self.residents = Residents(self.room, self._dirty.set)
        self.update(pod)

    def update(self, pod: Json) -> None:
        """The pod object as it is now."""
        self._object = pod
        if pod["metadata"].get("deletionTimestamp"):
            self._ending.set()
        if pod["spec"].get("readinessGates"):
            self._dirty.set()

    def vanish(self) -> None:
        """The pod object is gone: end everything."""
        self._vanished = True
        self._ending.set()

    def container(self, name: str) -> Runner | None:
        """The container of that name."""
        return self.residents.named(name)

    async def run(self) -> None:
        """Return when the pod is gone from this node and from the API server."""
        sending = asyncio.create_task(self._keep_sending())
        try:
            if not self._settled:
                await self._live()
            await self._ending.wait()
        finally:
            sending.cancel()
        await self._say_goodbye()
        self.room.remove()

    async def _live(self) -> None:
        serving, ending = asyncio.create_task(self._serve()), asyncio.create_task(self._ending.wait())
        try:
            await asyncio.wait({serving, ending}, return_when=asyncio.FIRST_COMPLETED, timeout=self._time_allowed())
            if not (serving.done() or ending.done()):
                self._failure = ("DeadlineExceeded", "Pod was active on the node longer than the specified deadline")
        finally:
            ending.cancel()
            serving.cancel()  # first, so that nothing more is started
            await self.residents.leave(self._deadline())
            await self.room.close()
            self._open = False
            self._dirty.set()
        with contextlib.suppress(asyncio.CancelledError):
            await serving

    def _time_allowed(self) -> float | None:
        seconds = self._object["spec"].get("activeDeadlineSeconds")
        return float(seconds) if seconds else None

    def _deadline(self) -> float:
        """Until when the containers may take, in monotonic seconds."""
        if self._vanished:
            return time.monotonic() + ORPHAN_GRACE_SECONDS
        written = self._object["metadata"].get("deletionTimestamp")
        if not written:
            return time.monotonic() + float(self._object["spec"].get("terminationGracePeriodSeconds", 30))
        # The API server cuts it to whole seconds and writes when the grace period ends, not when it began.
        left = (moment(written) - datetime.now(UTC)).total_seconds()
        return time.monotonic() + max(float(left), 0)

    async def _serve(self) -> None:
        await self._set_up("FailedCreatePodSandBox", self.room.open)
        self._open = True
        self._dirty.set()
        await self._set_up("FailedMount", self.room.fill)
        refreshing = asyncio.create_task(self._keep_volumes_fresh())
        try:
            await self.residents.live()
        finally:
            refreshing.cancel()

    async def _set_up(self, reason: str, step: Step) -> None:
        while True:
            try:
                return await step()
            except (OSError, ConfigError) as error:
                self._host.events.tell(self._object, WARNING, reason, str(error))
                await asyncio.sleep(SETUP_RETRY_SECONDS)

    async def _keep_volumes_fresh(self) -> None:
        while self.room.volumes.mirrors_cluster:
            await asyncio.sleep(VOLUME_REFRESH_SECONDS)
            try:
                await self.room.volumes.refresh()
            except (OSError, ConfigError) as error:
                log.warning("pod %s keeps its volumes as they are: %s", self.room.name, error)

    async def _keep_sending(self) -> None:
        self._dirty.set()
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            try:
                await self._send()
            except ApiError as error:
                if error.passing:
                    self._dirty.set()
                    await asyncio.sleep(SEND_RETRY_SECONDS)
                elif not error.not_found:
                    log.warning("the status of pod %s was refused: %s", self.room.name, error)

    async def _send(self) -> None:
        status = pod_status(self._view(), self._on_record(), datetime.now(UTC))
        if status != self._sent and not (self._vanished or self._settled):
            meta = self._object["metadata"]
            body = {"metadata": {"uid": meta["uid"]}, "status": status}
            await self._host.api.patch(pod_path(meta["namespace"], meta["name"], "status"), body, STRATEGIC)
            self._sent = status

    def _on_record(self) -> Json:
        """What was last sent, with the conditions that others set: a watch may still show an older status of ours."""
        theirs = {c["type"]: c for c in (self._object.get("status") or {}).get("conditions") or []}
        ours = {condition["type"]: condition for condition in self._sent.get("conditions") or []}
        gates = {gate: theirs[gate] for gate in self._gates if gate in theirs}
        return {"conditions": list((ours | gates).values())}

    @property
    def _gates(self) -> tuple[str, ...]:
        return tuple(gate["conditionType"] for gate in self._object["spec"].get("readinessGates") or [])

    def _view(self) -> PodView:
        return PodView(
            inits=tuple(runner.record for runner in self.residents.inits),
            containers=tuple(runner.record for runner in self.residents.mains),
            restart_policy=self._object["spec"].get("restartPolicy", "Always"),
            start_time=self._since,
            host_ip=self._host.ip,
            pod_ip=self.room.address,
            sandbox_ready=self._open,
            readiness_gates=self._gates,
            generation=self._object["metadata"].get("generation", 0),
            failure=self._failure,
        )

    async def _say_goodbye(self) -> None:
        """Send how it ended, then let the API server forget the pod."""
        meta = self._object["metadata"]
        path = pod_path(meta["namespace"], meta["name"])
        while not self._vanished:
            try:
                await self._send()
                await self._host.api.delete(path, {"gracePeriodSeconds": 0, "preconditions": {"uid": meta["uid"]}})
            except ApiError as error:
                if error.passing:
                    await asyncio.sleep(SEND_RETRY_SECONDS)
                    continue
                log.debug("pod %s is gone already: %s", self.room.name, error)
            break
