"""`import-flagger FILE...`: prints a Flagger Canary as stack configuration, or as Python. Changes nothing."""

import argparse
import sys
from collections.abc import Sequence

from canary.migrate import as_python, as_stack_config, from_flagger
from canary.ports import CanaryError


def import_flagger(arguments: Sequence[str]) -> int:
    """Run the command; 0 when the Canary could be taken over, 1 with every reason on stderr when not."""
    given = _parser().parse_args(arguments)
    try:
        imported = from_flagger(*given.files, name=given.name, ignore=given.ignore)
    except CanaryError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(as_python(imported) if given.python else as_stack_config(imported))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m canary import-flagger", description=__doc__)
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="YAML with the Canary, MetricTemplates, AlertProviders"
    )
    parser.add_argument("--name", help="which Canary, if there are several")
    parser.add_argument("--python", action="store_true", help="print the call of Canary instead of stack configuration")
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="PATH", help="do without this field; repeatable"
    )
    return parser
