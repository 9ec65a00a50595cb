"""`python -m lab.toolchain [--list] [NAME...]`: make tools ready, or say where they are."""

import argparse
import sys
from collections.abc import Iterable, Sequence

from lab.toolchain.errors import ToolchainError
from lab.toolchain.resolve import ensure_all, state, tool
from lab.toolchain.table import NAMES


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, or 1 with one message on standard error."""
    asked = _parser().parse_args(arguments)
    try:
        _run(asked.names, only_list=asked.list)
    except ToolchainError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; what was finished is kept\n")
        return 130
    return 0


def _run(names: Sequence[str], *, only_list: bool) -> None:
    if only_list:
        _say(f"{name:24} {state(name)}" for name in names or NAMES)
    elif names:
        _say(str(tool(name)) for name in names)
    else:
        ensure_all()


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lab.toolchain",
        description="Make the lab's programs ready (all of them without NAME) and print where the named ones are.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(NAMES)}")
    parser.add_argument("--list", action="store_true", help="say where each is or that it is not built; build nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
