"""What a container is doing, as values: each transition returns a new one. Pure; times are handed in.

It refuses to know how containers are run and how a status is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

# The exit code and reason a node reports for what it lost sight of, as container runtimes do after a reboot.
LOST_CODE, LOST_REASON = 255, "Unknown"


@dataclass(frozen=True)
class Waiting:
    """Not running, and why not."""

    reason: str
    message: str = ""


@dataclass(frozen=True)
class Running:
    """Running since then."""

    since: datetime


@dataclass(frozen=True)
class Terminated:
    """Ran and ended. ``exit_code`` is 128 + number after a signal."""

    exit_code: int
    reason: str
    started: datetime
    finished: datetime
    message: str = ""
    container_id: str = ""


@dataclass(frozen=True)
class Container:
    """One container of a pod.

    ``finished`` means it ended and will not be started again; a ``sidecar`` is an init container that keeps running
    beside the others.
    """

    name: str
    image: str
    image_id: str = ""
    container_id: str = ""
    state: Waiting | Running | Terminated = Waiting("PodInitializing")
    last: Terminated | None = None
    restarts: int = 0
    started: bool = False
    ready: bool = False
    finished: bool = False
    init: bool = False
    sidecar: bool = False

    @property
    def running(self) -> bool:
        """It runs now."""
        return isinstance(self.state, Running)

    @property
    def succeeded(self) -> bool:
        """It ended, and well."""
        return isinstance(self.state, Terminated) and self.state.exit_code == 0

    @property
    def ever_started(self) -> bool:
        """It runs or has run."""
        return self.last is not None or not isinstance(self.state, Waiting)

    @property
    def past_init(self) -> bool:
        """Whether, as an init container, it lets the next one start."""
        return self.started if self.sidecar else self.finished and self.succeeded

    def waits(self, reason: str, message: str = "") -> Container:
        """It cannot run now; how it ended before stays on record."""
        last = self.state if isinstance(self.state, Terminated) else self.last
        return replace(self, state=Waiting(reason, message), last=last, ready=False, started=False)

    def runs(self, now: datetime, container_id: str, image_id: str) -> Container:
        """It was started; counted as a restart if it had run before."""
        last = self.state if isinstance(self.state, Terminated) else self.last
        restarts = self.restarts + 1 if self.ever_started else self.restarts
        return replace(
            self, state=Running(now), last=last, restarts=restarts, container_id=container_id, image_id=image_id
        )

    def ends(self, now: datetime, exit_code: int, reason: str = "", message: str = "") -> Container:
        """It ended; whether for good is said by :meth:`is_finished`."""
        started = self.state.since if isinstance(self.state, Running) else now
        reason = reason or ("Completed" if exit_code == 0 else "Error")
        ended = Terminated(exit_code, reason, started, now, message, self.container_id)
        return replace(self, state=ended, ready=False, started=False)

    def is_finished(self) -> Container:
        """It will not be started again."""
        return replace(self, finished=True)

    def serving(self, *, ready: bool) -> Container:
        """It has started up, say its probes, and is ready or not; only a running container is either."""
        return replace(self, started=self.running, ready=ready and self.running)


def recalled(status: Mapping[str, Any], now: datetime) -> Container:
    """A container as another life of the agent reported it: what ran then has been lost, and counts as a restart."""
    state = status.get("state") or {}
    last = status.get("lastState") or {}
    container = Container(
        name=status["name"], image=status["image"], image_id=status.get("imageID", ""),
        container_id=status.get("containerID", ""), restarts=status.get("restartCount", 0),
        last=_terminated(last["terminated"]) if "terminated" in last else None,
    )  # fmt: skip
    if "terminated" in state:
        return replace(container, state=_terminated(state["terminated"]))
    if "running" in state:
        container = replace(container, state=Running(moment(state["running"]["startedAt"])))
        return container.ends(now, LOST_CODE, LOST_REASON, "the node agent was restarted, and its processes with it")
    return container


def _terminated(written: Mapping[str, Any]) -> Terminated:
    return Terminated(
        written["exitCode"], written.get("reason", ""), moment(written["startedAt"]), moment(written["finishedAt"]),
        written.get("message", ""), written.get("containerID", ""),
    )  # fmt: skip


def moment(text: str) -> datetime:
    """A Kubernetes timestamp as a time in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
