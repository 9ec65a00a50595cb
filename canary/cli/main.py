"""The command line: which commands there are, and what their exit codes mean.

Knows no command from inside; each one's module adds its parser and the function that runs it.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from canary.cli import guard, import_flagger, plan, revert, status, steer
from canary.ports import CanaryError

EXIT_CODES = "exit codes: 0 done; 1 refused or failed, with the reason on stderr; 2 the command line is wrong"
REFUSED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. Wrong usage raises SystemExit(2), as argparse does."""
    given = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = given.run
    try:
        run(given)
    except CanaryError as error:
        sys.stderr.write(f"canary: {error}\n")
        return REFUSED
    except KeyboardInterrupt:
        sys.stderr.write("canary: interrupted; what was done so far stays\n")
        return REFUSED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="canary", description="Beside `pulumi up`.", epilog=EXIT_CODES)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in (status, steer, revert, guard, plan, import_flagger):
        module.add_to(commands, EXIT_CODES)
    return parser
