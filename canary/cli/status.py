"""`status`: where a release stands, as its last run wrote it to the journal, and whether a run is at work."""

import argparse
import json
import sys
from typing import Any

from canary.adapters.cluster import Cluster
from canary.adapters.journal import ClusterJournal
from canary.adapters.lease import utc_now
from canary.cli.release import add_release, cluster_of, target_of
from canary.core.spec import Target
from canary.core.state import State
from canary.ports import Misconfigured

HELP = "show where a release stands"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", epilog: str) -> None:
    """The parser of `status`."""
    parser = commands.add_parser("status", help=HELP, description=__doc__, epilog=epilog)
    add_release(parser)
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")
    parser.set_defaults(run=_status)


def _status(given: argparse.Namespace) -> None:
    facts = facts_of(cluster_of(given), target_of(given))
    text = json.dumps(facts, indent=2) if given.output == "json" else as_text(facts)
    sys.stdout.write(f"{text}\n")


def facts_of(cluster: Cluster, target: Target) -> dict[str, Any]:
    """What is known of the release. Raises Misconfigured when nothing is."""
    journal = ClusterJournal(cluster, target, holder="canary status")
    view, state = journal.look(), journal.load()
    if state is None:
        raise Misconfigured(
            f"nothing is known of a release of {target.name} in namespace {target.namespace} of the cluster at "
            f"{cluster.address}: no run has written a journal yet; is the name that of the canary's workload?"
        )
    running = view.holder if view.is_held(utc_now()) else None
    return {"name": target.name, "namespace": target.namespace, "running": running, **_facts(state)}


def _facts(state: State) -> dict[str, Any]:
    return {
        "revision": state.revision,
        "phase": state.phase.value,
        "weight": state.weight,
        "checks": state.checks,
        "failed_checks": state.failed,
        "paused": state.paused,
        "reason": state.reason,
        "failures": list(state.deciding),
    }


def as_text(facts: dict[str, Any]) -> str:
    """A few lines for a person."""
    lines = [
        f"{facts['name']}.{facts['namespace']}: {facts['phase']}{', paused' if facts['paused'] else ''}",
        f"revision:       {facts['revision'] or 'unknown'}",
        f"canary weight:  {facts['weight']}% (as last ordered by a run)",
        f"failed checks:  {facts['failed_checks']} of {facts['checks']} made",
        f"run at work:    {facts['running'] or 'none'}",
    ]
    lines += [f"reason:         {facts['reason']}"] if facts["reason"] else []
    lines += [f"  failed check: {reason}" for reason in facts["failures"]]
    return "\n".join(lines)
