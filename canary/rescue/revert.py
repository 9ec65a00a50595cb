"""The way home without Pulumi, state or policy, for a person and for the guard alike.

Takes the release's Lease, so that a run that is still at work, or an orphan of one, stops writing. Refuses, touching
nothing, when the primary has no ready pod: users are better off where they are. Knows nothing of templates or
revisions: the next `pulumi up` finds the cluster as it does after any rollback.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from time import sleep

from canary.adapters.cluster import Cluster
from canary.adapters.fence import Fence
from canary.adapters.journal import ClusterJournal
from canary.adapters.record import Record
from canary.adapters.trafficsplit import TrafficSplitRouter, served_version
from canary.adapters.workload import KubernetesWorkload
from canary.core.routing import HOME, Routing, Track, TrackHealth
from canary.core.spec import Target
from canary.core.state import Phase, State
from canary.ports import CanaryError, Misconfigured, Router, Unavailable, Workload


@dataclass(frozen=True)
class Revert:
    """One release on its way home. `say` tells whoever waits."""

    target: Target
    workload: Workload
    router: Router
    journal: ClusterJournal
    say: Callable[[str], None]

    def run(self, drain: timedelta, why: str = "reverted by hand", instead_of: int | None = None) -> None:
        """Go home, and remember `why`; connections have `drain` to end.

        instead_of: take the release only from the holder with this token. Raises Misconfigured when it must not go
        home, Unavailable when the cluster does not answer, Fenced when another is at it.
        """
        self.look()  # what is to be refused is refused before a run that may be at work is stopped
        with self.journal.held(instead_of):
            found = self.look()
            self.router.write(HOME)
            self.say(
                f"{self._name}: 100% of the traffic is at {self.target.primary} ({found.weight}% was on the canary)"
            )
            if not found.is_home:
                self.say(f"waiting {drain.total_seconds():g} s for open connections")
                sleep(drain.total_seconds())
            self._stop_canary()
            self._remember(why)

    def look(self) -> Routing:
        """The live routing. Raises Misconfigured when the primary could not take the traffic."""
        primary, found = self.workload.observe(Track.PRIMARY), self.router.read()
        if not primary.can_serve:
            raise Misconfigured(self._refusal(primary, found))
        return found

    def _refusal(self, primary: TrackHealth, found: Routing) -> str:
        target = self.target
        how = "has no ready pod" if primary.exists else "does not exist"
        problem = f" ({primary.problem})" if primary.problem else ""
        return (
            f"not reverted, nothing was touched: {target.kind} {target.primary} in namespace {target.namespace} "
            f"{how}{problem}, and {found.weight}% of the traffic is on the canary. Bring {target.primary} up first "
            f"(kubectl -n {target.namespace} rollout undo {target.kind.lower()}/{target.primary}), then try again"
        )

    def _stop_canary(self) -> None:
        if self.journal.lost:
            raise Misconfigured(f"the traffic is home, but {self.journal.lost}; is a `pulumi up` running?")
        if not self.router.read().is_home:
            raise Unavailable(f"something moved traffic of {self._name} to the canary again; run this command again")
        self.workload.scale(Track.CANARY, 0)
        self.say(f"{self.target.kind} {self.target.name}: no pods")

    def _remember(self, why: str) -> None:
        """The journal is a courtesy here: whatever is wrong with it, the users are home."""
        before = State("")
        with suppress(CanaryError):
            before = self.journal.load() or before
        with suppress(CanaryError):
            self.journal.save(replace(before, phase=Phase.FAILED, routing=HOME, reason=why))

    @property
    def _name(self) -> str:
        return f"{self.target.name}.{self.target.namespace}"


def revert_of(cluster: Cluster, record: Record, holder: str, say: Callable[[str], None]) -> Revert:
    """The way home of the release that `record` describes; `holder` names who takes it, to people.

    Stamps its token on the split alone: whoever is fenced off there cannot send anybody to the canary any more, and a
    canary without users may be scaled by anyone. So a guard needs no right to change a Deployment.
    """
    target, fence = record.target, Fence()
    version = record.router.version or served_version(cluster)
    router = TrafficSplitRouter(cluster, target, replace(record.router, version=version), fence=fence)
    journal = ClusterJournal(cluster, target, holder, fence=fence, stamped=(router,))
    return Revert(target, KubernetesWorkload(cluster, target, fence), router, journal, say)
