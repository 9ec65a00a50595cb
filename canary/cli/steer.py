"""`pause`, `resume`, `approve`, `abort`, `promote`: a word to the `pulumi up` that is running a release now.

Only leaves the command in the cluster; the run takes it within about a second and says so in its own log.
"""

import argparse
import sys

from canary.adapters.commands import post_command
from canary.cli.release import add_release, cluster_of, target_of
from canary.core.state import Command

HELP = {
    Command.PAUSE: "hold the running release at its present weight",
    Command.RESUME: "let a paused release go on",
    Command.APPROVE: "open the gate or the pause that the release waits at",
    Command.ABORT: "send the traffic home and fail the update",
    Command.PROMOTE: "promote now, without the steps that are left",
}


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", epilog: str) -> None:
    """One parser for each command."""
    for command, text in HELP.items():
        parser = commands.add_parser(command.value, help=text, description=f"{text}.".capitalize(), epilog=epilog)
        add_release(parser)
        parser.set_defaults(run=_steer, command=command)


def _steer(given: argparse.Namespace) -> None:
    holder = post_command(cluster_of(given), target_of(given), given.command)
    sys.stdout.write(f"{given.command.value} {given.name}.{given.namespace}: told {holder}\n")
