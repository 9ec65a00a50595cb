"""`plan`: what a preview says about its releases, for a comment on a pull request.

Reads `pulumi preview --json`, or the file of `pulumi preview --save-plan`; asks nothing and touches nothing.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from canary.plan import as_text, to_json
from canary.plan.markdown import as_markdown
from canary.plan.reading import plans_in
from canary.ports import Misconfigured

HELP = "show what a preview says about its releases: Markdown, text or JSON"
STDIN = "-"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", epilog: str) -> None:
    """The parser of `plan`."""
    parser = commands.add_parser("plan", help=HELP, description=__doc__, epilog=epilog)
    parser.add_argument(
        "file", nargs="?", default=STDIN, metavar="FILE", help="output of `pulumi preview --json`; default: stdin"
    )
    parser.add_argument("-o", "--output", choices=("md", "text", "json"), default="md")
    parser.set_defaults(run=_plan)


def _plan(given: argparse.Namespace) -> None:
    plans = plans_in(_document(given.file))
    if given.output == "json":
        text = json.dumps([to_json(plan) for plan in plans], indent=2) + "\n"
    elif given.output == "md":
        text = as_markdown(plans)
    else:
        text = ("\n".join(as_text(plan) for plan in plans) or "no release is affected") + "\n"
    sys.stdout.write(text)


def _document(file: str) -> Any:
    where = "stdin" if file == STDIN else file
    try:
        text = sys.stdin.read() if file == STDIN else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{where} cannot be read: {error}") from error
    try:
        return json.loads(text)
    except ValueError as error:
        raise Misconfigured(f"{where} is not JSON: give the output of `pulumi preview --json`, unchanged") from error
