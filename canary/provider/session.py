"""Where a release meets its adapters: from the inputs of a dynamic resource to a world the loop can run in."""

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pulumi.runtime.rpc import UNKNOWN

from canary.adapters.alerts import Alerts
from canary.adapters.broadcast import Broadcast, EventHooks
from canary.adapters.cluster import Cluster
from canary.adapters.errors import Missing
from canary.adapters.existing import HELP, find_existing
from canary.adapters.fence import Fence
from canary.adapters.group import ClusterGroup, group_of
from canary.adapters.journal import ClusterJournal
from canary.adapters.kubeconfig import Connection
from canary.adapters.outbox import Outbox
from canary.adapters.preflight import Problem, preflight
from canary.adapters.record import record_of
from canary.adapters.registry import metrics_for
from canary.adapters.trafficsplit import TrafficSplitRouter
from canary.adapters.transport import Transport
from canary.adapters.webhooks import Webhooks
from canary.adapters.workload import KubernetesWorkload
from canary.core.group import Word
from canary.core.routing import Track
from canary.core.spec import ReleaseSpec
from canary.core.state import Command, Phase, State
from canary.ports import CanaryError, Fenced, Misconfigured, World
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

    journal: ClusterJournal

    def commands(self) -> Sequence[Command]:
        """Commands given since the last call."""
        return self.journal.take_commands()

    @property
    def interrupted(self) -> str:
        """Why this process must stop, or an empty string. Raises Fenced when another run holds the release now."""
        if self.journal.lost:
            raise Fenced(self.journal.lost)
        return INTERRUPTS.reason


@dataclass(frozen=True)
class Session:
    """One release, ready to run."""

    spec: ReleaseSpec
    revision: str
    world: World
    journal: ClusterJournal
    log: EngineLog
    outbox: Outbox
    group: ClusterGroup | None = None

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
        except Missing:
            return True
        return False

    def has_users_to_bring_home(self) -> bool:
        """Some are on the canary, and the primary exists; what nobody can read or undo any more does not count."""
        try:
            return not self.world.router.read().is_home and self.world.workload.observe(Track.PRIMARY).exists
        except Misconfigured:
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
    def together(self) -> Iterator[None]:
        """Whatever ends the block before its time ends the releases of the same group, too."""
        try:
            yield
        except BaseException as error:
            with suppress(CanaryError):
                if self.group:
                    self.group.stand(Word.FAILED, str(error).partition("\n")[0] or type(error).__name__)
            raise

    @contextmanager
    def held(self, *, handing_on: bool = False) -> Iterator[None]:
        """Hold the release meanwhile, an orphan of an earlier update is fenced off; then let the last alerts out.

        handing_on: if all goes well the release stays held, for as long as the engine lives, until the next resource of
        this process takes it over: between the rollout and the promotion users are on the canary, and no guard may act.
        """
        self.journal.hold()
        try:
            yield
        except BaseException:
            self.journal.let_go()
            raise
        else:
            if handing_on:
                self.journal.keep_while(lambda: not INTERRUPTS.reason)
            else:
                self.journal.let_go()
        finally:
            self.outbox.close()


def open_session(props: Mapping[str, Any]) -> Session:
    """The session that the inputs of a dynamic resource describe."""
    listen()
    spec = spec_from_json(props["spec"])
    target = spec.target
    cluster = Cluster(Connection(**props["connection"]))
    transport = Transport(cluster, target.namespace, spec.access)
    log = EngineLog(props.get("urn", ""))
    outbox = Outbox(lambda line: log.say(line, WARNING))
    hooks = Webhooks(transport, target, props["revision"])
    fence = Fence()
    workload = KubernetesWorkload(cluster, target, fence)
    router = TrafficSplitRouter(cluster, target, spec.router, fence=fence)
    holder = f"pulumi up on {socket.gethostname()}, process {os.getpid()}"
    stamped = (router, workload)
    journal = ClusterJournal(cluster, target, holder, fence=fence, stamped=stamped, record=record_of(spec))
    group = group_of(props["group"], target, log.address) if props.get("group") else None
    world = World(
        clock=WallClock(),
        workload=workload,
        router=router,
        witness=router,
        metrics=metrics_for(cluster, spec),
        hooks=hooks,
        journal=journal,
        control=ProcessControl(journal),
        reporter=Broadcast(
            lambda line: log.say(line, WARNING),
            EngineReporter(spec, log),
            Alerts(spec, cluster, outbox),
            EventHooks(spec, hooks, outbox),
        ),
        group=group,
    )
    return Session(spec, props["revision"], world, journal, log, outbox, group)


def suspension(olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[Problem]:
    """The release is suspended, and `news` has another revision than `olds`; none while that is not known yet."""
    try:
        spec, old, new = spec_from_json(news["spec"]), olds["revision"], news["revision"]
    except (TypeError, KeyError):
        return []
    known = isinstance(new, str) and new != UNKNOWN
    return [Problem("suspend", suspended(spec, new))] if spec.suspend and known and old != new else []


def suspended(spec: ReleaseSpec, revision: str) -> str:
    """What is said to a new revision of a suspended release."""
    name = f"{spec.target.name}.{spec.target.namespace}"
    return (
        f"{name} is suspended, so revision {revision} does not start and nothing was touched; "
        f"set suspend to false and run `pulumi up` again to release it"
    )


def strangers(props: Mapping[str, Any]) -> list[Problem]:
    """Objects that a first deployment would run into, or take users away from."""
    if props.get("adopt"):
        return []
    try:
        found = find_existing(Cluster(Connection(**props["connection"])), spec_from_json(props["spec"]).target)
    except (TypeError, KeyError, CanaryError):
        return []  # what cannot be read now, others complain of
    return [Problem("adopt", f"{' and '.join(found.names)} exist already, of no release; {HELP}")] if found else []


def problems(props: Mapping[str, Any]) -> list[Problem]:
    """What stands in the way of releasing with these inputs; none while they are not all known yet."""
    try:
        spec = spec_from_json(props["spec"])
        return preflight(Cluster(Connection(**props["connection"])), spec)
    except (TypeError, KeyError):
        return []
    except Misconfigured as error:
        return [Problem("connection", str(error))]
