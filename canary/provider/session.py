"""Where a release meets its adapters: from the inputs of a dynamic resource to a world the loop can run in."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from canary.adapters.cluster import Cluster
from canary.adapters.kubeconfig import Connection
from canary.adapters.memory import MemoryControl, MemoryJournal
from canary.adapters.prometheus import PrometheusMetrics
from canary.adapters.trafficsplit import TrafficSplitRouter
from canary.adapters.transport import Transport
from canary.adapters.webhooks import Webhooks
from canary.adapters.workload import KubernetesWorkload
from canary.core.routing import Track
from canary.core.spec import ReleaseSpec
from canary.core.state import Command, Phase, State
from canary.ports import Misconfigured, World
from canary.provider.engine import INTERRUPTS, WARNING, EngineLog, listen
from canary.provider.report import EngineReporter
from canary.settings.codec import spec_from_json


class WallClock:
    """The real time; a wait ends early when the process is asked to stop."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)

    def wait(self, duration: timedelta) -> None:
        """Sleep, unless there is reason to wake."""
        INTERRUPTS.wait(duration.total_seconds())


@dataclass(frozen=True)
class ProcessControl:
    """Interrupts of this process, and what people say through the cluster."""

    people: MemoryControl

    def commands(self) -> Sequence[Command]:
        """Commands given since the last call."""
        return self.people.commands()

    @property
    def interrupted(self) -> str:
        """Why this process must stop, or an empty string."""
        return INTERRUPTS.reason


@dataclass(frozen=True)
class Session:
    """One release, ready to run."""

    spec: ReleaseSpec
    revision: str
    world: World
    log: EngineLog

    @property
    def name(self) -> str:
        """`podinfo.prod`."""
        return f"{self.spec.target.name}.{self.spec.target.namespace}"

    def say(self, message: str) -> None:
        """A lasting line under the resource."""
        self.log.say(message, WARNING)

    def is_absent(self) -> bool:
        """No traffic is split yet: there is nothing to drain."""
        try:
            self.world.router.read()
        except Misconfigured:
            return True
        return False

    def needs_analysis(self) -> bool:
        """A primary exists, and it runs another revision."""
        primary = self.world.workload.observe(Track.PRIMARY)
        return primary.exists and primary.revision != self.revision

    def fresh_state(self, phase: Phase) -> State:
        """A run of this revision that begins now."""
        now = self.world.clock.now()
        return State(self.revision, phase, started_at=now, phase_at=now)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else may run this release meanwhile."""
        yield


def open_session(props: Mapping[str, Any]) -> Session:
    """The session that the inputs of a dynamic resource describe."""
    listen()
    spec = spec_from_json(props["spec"])
    target = spec.target
    cluster = Cluster(Connection(**props["connection"]))
    transport = Transport(cluster, target.namespace, spec.access)
    log = EngineLog(props.get("urn", ""))
    world = World(
        clock=WallClock(),
        workload=KubernetesWorkload(cluster, target),
        router=TrafficSplitRouter(cluster, target, spec.router),
        metrics=PrometheusMetrics(transport, target, spec.backend),
        hooks=Webhooks(transport, target, props["revision"]),
        journal=MemoryJournal(),
        control=ProcessControl(MemoryControl()),
        reporter=EngineReporter(spec, log),
    )
    return Session(spec, props["revision"], world, log)


@dataclass(frozen=True)
class Problem:
    field: str
    message: str


def problems(props: Mapping[str, Any]) -> list[Problem]:
    return []
