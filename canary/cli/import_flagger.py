"""`import-flagger FILE...`: prints a Flagger Canary as stack configuration, or as Python. Changes nothing."""

import argparse
import sys

from canary.migrate import as_python, as_stack_config, from_flagger

HELP = "print a Flagger Canary as stack configuration"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", epilog: str) -> None:
    """The parser of `import-flagger`."""
    parser = commands.add_parser("import-flagger", help=HELP, description=__doc__, epilog=epilog)
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="YAML with the Canary, MetricTemplates, AlertProviders"
    )
    parser.add_argument("--name", help="which Canary, if there are several")
    parser.add_argument("--python", action="store_true", help="print the call of Canary instead of stack configuration")
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="PATH", help="do without this field; repeatable"
    )
    parser.set_defaults(run=_import)


def _import(given: argparse.Namespace) -> None:
    imported = from_flagger(*given.files, name=given.name, ignore=given.ignore)
    sys.stdout.write(as_python(imported) if given.python else as_stack_config(imported))
