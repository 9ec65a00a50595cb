"""The lab's command line. It parses and prints; everything else is `lab.cluster.Lab`'s."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from lab.cluster import environment
from lab.cluster.errors import LabError, LabNotRunning
from lab.cluster.lab import READY_TIMEOUT_S, Lab
from lab.cluster.launch import read_ports

EXIT_FAILED, EXIT_DOWN = 1, 3


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description="A real Kubernetes cluster on one machine.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--name", default="", help="which lab (default: $CANARY_LAB_NAME, else 'default')")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Lab, argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        child = commands.add_parser(name, parents=[common], help=text, description=text)
        child.set_defaults(run=run)
        return child

    up = command("up", _up, "start the lab and wait until it is ready; harmless when it is up")
    up.add_argument("--timeout", type=float, default=READY_TIMEOUT_S, metavar="SECONDS", help="default: %(default)s")
    up.add_argument("--without", action="append", default=[], help=argparse.SUPPRESS)
    down = command("down", _down, "end everything in the lab; the next start is a fresh cluster")
    down.add_argument("--purge", action="store_true", help="remove logs and everything else of the lab, too")
    command("status", _status, "show the components").add_argument("--json", action="store_true")
    env = command("env", _env, 'print the shell variables of the lab: eval "$(python -m lab env)"')
    env.add_argument("--json", action="store_true")
    env.add_argument("--unset", action="store_true", help="print what takes them back")
    logs = command("logs", _logs, "show the logs of the components")
    logs.add_argument("component", nargs="?", help="default: all")
    logs.add_argument("-f", "--follow", action="store_true")
    logs.add_argument("-n", "--lines", type=int, default=50, help="default: %(default)s")
    run = command("exec", _exec, "run a command inside the lab, where Service names resolve")
    run.add_argument("-n", "--namespace", default="", help="whose Services short names mean (default: prod)")
    run.add_argument("argv", nargs="+", metavar="-- CMD")
    return parser


def _up(lab: Lab, options: argparse.Namespace) -> int:
    began = time.monotonic()
    if lab.up(options.timeout):
        _say(f"lab {lab.name!r} is ready after {time.monotonic() - began:.1f} s. Use it in this shell with:")
        _say('  eval "$(python -m lab env)"')
    else:
        _say(f"lab {lab.name!r} is up.")
    return 0


def _down(lab: Lab, options: argparse.Namespace) -> int:
    was_running = lab.down(purge=options.purge)
    _say(f"lab {lab.name!r} is down." if was_running else f"lab {lab.name!r} was not running.")
    return 0


def _status(lab: Lab, options: argparse.Namespace) -> int:
    status = lab.status()
    if options.json:
        print(json.dumps(status, indent=2))
    else:
        for unit in status["units"]:
            print(_status_line(unit))
    return 0 if status["ready"] else EXIT_FAILED


def _status_line(unit: dict[str, Any]) -> str:
    note = f"  restarted {unit['restarts']} times, last exit code {unit['last_exit']}" if unit["restarts"] else ""
    return f"{unit['name']:20} {unit['state']:10}{note}"


def _env(lab: Lab, options: argparse.Namespace) -> int:
    if options.unset:
        print(environment.unset_lines(environment.variables(lab.paths, read_ports(lab.paths)), lab.paths), end="")
    elif options.json:
        print(json.dumps(lab.env(), indent=2))
    else:
        print(environment.export_lines(lab.env()), end="")
    return 0


def _logs(lab: Lab, options: argparse.Namespace) -> int:
    there = sorted(lab.paths.logs.glob("*.log"))
    chosen = [log for log in there if options.component in (None, log.stem)]
    if not chosen:
        known = ", ".join(log.stem for log in there) or "none yet"
        raise LabError(f"lab {lab.name!r} has no log of {options.component or 'anything'}; there are: {known}")
    follow = ["--follow"] if options.follow else []
    return subprocess.call(["tail", *follow, "--lines", str(options.lines), *map(str, chosen)])


def _exec(lab: Lab, options: argparse.Namespace) -> int:
    return lab.enter(options.argv, options.namespace)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(Lab(options.name, without=getattr(options, "without", ()), say=_say), options))
    except LabNotRunning as error:
        _say(f"lab: {error}")
        return EXIT_DOWN
    except LabError as error:
        _say(f"lab: {error}")
        return EXIT_FAILED
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
