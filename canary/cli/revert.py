"""`revert`: the worst night's command. Sends all users back to the primary without Pulumi, state or policy.

Takes the release's Lease, so that a run that is still at work, or an orphan of one, stops writing. Refuses, touching
nothing, when the primary has no ready pod: users are better off where they are. Knows nothing of templates or
revisions: the next `pulumi up` finds the cluster as it does after any rollback.
"""

import argparse
import getpass
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from time import sleep

from canary.adapters.journal import ClusterJournal
from canary.adapters.trafficsplit import TrafficSplitRouter, served_version
from canary.adapters.workload import PLURALS, KubernetesWorkload
from canary.cli.release import add_release, cluster_of, target_of
from canary.core.routing import HOME, Routing, Track, TrackHealth
from canary.core.spec import Retreat, RouterRef, Target
from canary.core.state import Phase, State
from canary.ports import CanaryError, Misconfigured, Router, Unavailable, Workload

HELP = "send all traffic to the primary and stop the canary, without Pulumi"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", epilog: str) -> None:
    """The parser of `revert`."""
    parser = commands.add_parser("revert", help=HELP, description=__doc__, epilog=epilog)
    add_release(parser)
    parser.add_argument("--split", default="", help="name of the TrafficSplit and the apex Service; default: NAME")
    parser.add_argument("--api-version", default="", metavar="VERSION", help="of the TrafficSplit, e.g. v1alpha2")
    parser.add_argument("--kind", choices=sorted(PLURALS), default="Deployment", help="of the workload")
    drain = Retreat().drain.total_seconds()
    parser.add_argument(
        "--drain", type=_seconds, default=drain, metavar="SECONDS", help=f"for open connections; default: {drain:g}"
    )
    parser.set_defaults(run=_run)


def _seconds(text: str) -> float:
    if not 0 <= (seconds := float(text)) < timedelta.max.total_seconds():
        raise ValueError(text)  # argparse says what was wrong
    return seconds


def _run(given: argparse.Namespace) -> None:
    cluster, target = cluster_of(given), target_of(given, given.split, given.kind)
    version = given.api_version.rpartition("/")[2] or served_version(cluster)
    router = TrafficSplitRouter(cluster, target, RouterRef(version=version, name=target.service))
    holder = f"canary revert by {_person()} on {socket.gethostname()}"
    journal = ClusterJournal(cluster, target, holder)
    Revert(target, KubernetesWorkload(cluster, target), router, journal).run(timedelta(seconds=given.drain))


def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "an unknown user"  # a container without a passwd entry


def say(line: str) -> None:
    """One line to the person who waits."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@dataclass(frozen=True)
class Revert:
    """One release on its way home."""

    target: Target
    workload: Workload
    router: Router
    journal: ClusterJournal

    def run(self, drain: timedelta) -> None:
        """Go home. Raises Misconfigured when it must not, Unavailable when the cluster does not answer."""
        self._look()  # what is to be refused is refused before a run that may be at work is stopped
        with self.journal.held():
            found = self._look()
            self.router.write(HOME)
            say(f"{self._name}: 100% of the traffic is at {self.target.primary} ({found.weight}% was on the canary)")
            if not found.is_home:
                say(f"waiting {drain.total_seconds():g} s for open connections")
                sleep(drain.total_seconds())
            self._stop_canary()
            self._remember()
        say("next: `git revert` and `pulumi up`; nothing has to be repaired first")

    def _look(self) -> Routing:
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
        say(f"{self.target.kind} {self.target.name}: no pods")

    def _remember(self) -> None:
        """The journal is a courtesy here: whatever is wrong with it, the users are home."""
        before = State("")
        with suppress(CanaryError):
            before = self.journal.load() or before
        with suppress(CanaryError):
            self.journal.save(replace(before, phase=Phase.FAILED, routing=HOME, reason="reverted by hand"))

    @property
    def _name(self) -> str:
        return f"{self.target.name}.{self.target.namespace}"
