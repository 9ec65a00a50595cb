"""A pod's status from its containers' states: phase, conditions, container statuses. Pure.

The rules are the kubelet's. It refuses to know where states come from and how a status reaches the API server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lab.node.states import Container, Running, Terminated, Waiting

Json = dict[str, Any]


@dataclass(frozen=True)
class PodView:
    """All that is known of a pod at one moment. ``failure`` ends it whatever its containers do: (reason, message)."""

    inits: tuple[Container, ...]
    containers: tuple[Container, ...]
    restart_policy: str
    start_time: datetime
    host_ip: str
    pod_ip: str = ""
    sandbox_ready: bool = False
    readiness_gates: tuple[str, ...] = ()
    generation: int = 0
    failure: tuple[str, str] | None = None

    @property
    def initialized(self) -> bool:
        """Every init container has done its work, and every sidecar has started."""
        return all(container.past_init for container in self.inits)


def phase(view: PodView) -> str:
    """Pending until everything has started once; Running while anything runs or will again; then how it ended."""
    if view.failure:
        return "Failed"
    if not view.initialized and any(c.finished and not c.succeeded for c in view.inits):
        return "Failed"
    if not view.initialized or not all(container.ever_started for container in view.containers):
        return "Pending"
    if not all(container.finished for container in view.containers):
        return "Running"
    return "Succeeded" if all(container.succeeded for container in view.containers) else "Failed"


def pod_status(view: PodView, previous: Mapping[str, Any], now: datetime) -> Json:
    """The ``status`` to send; ``previous`` is the one on record, whose transition times hold while nothing changed."""
    now_phase = phase(view)
    status: Json = {
        "observedGeneration": view.generation,
        "phase": now_phase,
        "hostIP": view.host_ip,
        "hostIPs": [{"ip": view.host_ip}],
        "startTime": timestamp(view.start_time),
        "conditions": _conditions(view, now_phase, previous, now),
        "containerStatuses": [container_status(container) for container in view.containers],
    }
    if view.inits:
        status["initContainerStatuses"] = [container_status(container) for container in view.inits]
    if view.pod_ip:
        status |= {"podIP": view.pod_ip, "podIPs": [{"ip": view.pod_ip}]}
    if view.failure:
        status |= {"reason": view.failure[0], "message": view.failure[1]}
    return status


def container_status(container: Container) -> Json:
    """One entry of ``containerStatuses``."""
    status: Json = {
        "name": container.name,
        "image": container.image,
        "imageID": container.image_id,
        "restartCount": container.restarts,
        "ready": _shown_ready(container),
        "started": container.started,
        "state": _state(container.state),
        "lastState": _state(container.last) if container.last else {},
    }
    if container.container_id:
        status["containerID"] = container.container_id
    return status


def timestamp(moment: datetime) -> str:
    """A time as Kubernetes writes it, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown_ready(container: Container) -> bool:
    # An init container that has done what it is for counts as ready.
    return container.ready or (container.init and not container.sidecar and container.past_init)


def _state(state: Waiting | Running | Terminated) -> Json:
    match state:
        case Waiting(reason, message):
            return {"waiting": {"reason": reason} | ({"message": message} if message else {})}
        case Running(since):
            return {"running": {"startedAt": timestamp(since)}}
        case Terminated():
            shown: Json = {
                "exitCode": state.exit_code,
                "reason": state.reason,
                "startedAt": timestamp(state.started),
                "finishedAt": timestamp(state.finished),
            }
            extra = {"message": state.message, "containerID": state.container_id}
            return {"terminated": shown | {key: value for key, value in extra.items() if value}}


def _conditions(view: PodView, now_phase: str, previous: Mapping[str, Any], now: datetime) -> list[Json]:
    on_record = {condition["type"]: condition for condition in previous.get("conditions") or []}
    uninitialized = [container.name for container in view.inits if not container.past_init]
    containers_ready = _verdict([c.name for c in view.containers if not c.ready], "ContainersNotReady", "unready")
    if now_phase == "Succeeded":
        containers_ready = (False, "PodCompleted", "")
    found = [
        ("PodReadyToStartContainers", (view.sandbox_ready, "", "")),
        ("Initialized", _verdict(uninitialized, "ContainersNotInitialized", "incomplete")),
        ("Ready", _gated(view, containers_ready, on_record)),
        ("ContainersReady", containers_ready),
        ("PodScheduled", (True, "", "")),
    ]
    return [_condition(kind, verdict, on_record.get(kind), now, view.generation) for kind, verdict in found]


Verdict = tuple[bool, str, str]


def _verdict(lacking: Sequence[str], reason: str, lack: str) -> Verdict:
    return (False, reason, f"containers with {lack} status: [{' '.join(lacking)}]") if lacking else (True, "", "")


def _gated(view: PodView, containers_ready: Verdict, on_record: Mapping[str, Mapping[str, Any]]) -> Verdict:
    """Ready is ContainersReady and every readiness gate, whose conditions others set."""
    closed = [gate for gate in view.readiness_gates if on_record.get(gate, {}).get("status") != "True"]
    if not containers_ready[0] or not closed:
        return containers_ready
    return False, "ReadinessGatesNotReady", "; ".join(f'pod readiness gate "{gate}" is not "True"' for gate in closed)


def _condition(kind: str, verdict: Verdict, before: Mapping[str, Any] | None, now: datetime, generation: int) -> Json:
    status = "True" if verdict[0] else "False"
    unchanged = before is not None and before.get("status") == status and before.get("lastTransitionTime")
    return {
        "type": kind,
        "status": status,
        # None takes a former value away in a strategic merge patch.
        "reason": verdict[1] or None,
        "message": verdict[2] or None,
        "lastTransitionTime": before["lastTransitionTime"] if before and unchanged else timestamp(now),
        "observedGeneration": generation,
    }
