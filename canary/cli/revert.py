"""`revert`: the worst night's command. Sends all users back to the primary without Pulumi, state or policy.

Takes the release's Lease, so that a run that is still at work, or an orphan of one, stops writing. Refuses, touching
nothing, when the primary has no ready pod: users are better off where they are.
"""

import argparse
import getpass
import socket
import sys
from datetime import timedelta

from canary.adapters.record import Record
from canary.adapters.workload import PLURALS
from canary.cli.release import add_release, cluster_of, target_of
from canary.core.spec import Limits, Retreat, RouterRef
from canary.rescue.revert import revert_of

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
    target = target_of(given, given.split, given.kind)
    router = RouterRef(version=given.api_version.rpartition("/")[2], name=target.service)
    record = Record(target, router, Retreat(), Limits().primary_ready_percent)
    holder = f"canary revert by {_person()} on {socket.gethostname()}"
    revert_of(cluster_of(given), record, holder, say).run(timedelta(seconds=given.drain))
    say("next: `git revert` and `pulumi up`; nothing has to be repaired first")


def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "an unknown user"  # a container without a passwd entry


def say(line: str) -> None:
    """One line to the person who waits."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
