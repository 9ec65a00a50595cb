"""Runs a project's program: the command line, the environment, and what its exit code means to the engine.

The program is a process of its own on the project's Python; it gets its configuration by environment variables and
everything else by arguments. This module refuses to look into the program's output.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lab.pulumi.language.process import Child
from lab.pulumi.language.toolchain import Options, Python, ToolchainError
from lab.pulumi.protos import language_pb2

_PROGRAM_RUNNER = Path(__file__).with_name("program.py")
# The program has told the user what is wrong; the engine must not add to it.
_SHOWN_TO_USER = 32


def command(python: Python, request: Any, engine_address: str) -> list[str]:
    """The command line that runs the program of `request` (a `RunRequest`)."""
    return [python.executable, str(_PROGRAM_RUNNER), *_arguments(request, engine_address)]


def environment(python: Python, request: Any) -> dict[str, str]:
    """The program's environment: the engine's, the virtual environment, and the stack's configuration."""
    extended = python.environ(os.environ)
    extended["PULUMI_CONFIG"] = json.dumps(dict(request.config))
    extended["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(list(request.configSecretKeys))
    return extended


def response(exit_code: int) -> language_pb2.RunResponse:
    """What to tell the engine about a program that ended with `exit_code`."""
    if exit_code == 0:
        return language_pb2.RunResponse()
    if exit_code == _SHOWN_TO_USER:
        return language_pb2.RunResponse(bail=True)
    # The official host reports -1 for a program that a signal ended.
    return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {max(exit_code, -1)}")


def check_types(python: Python, options: Options, track: Callable[[Child], Child]) -> None:
    """Run the type checker the project asks for, its output going to the user. Raises `ToolchainError` on findings."""
    if not options.typechecker:
        return
    arguments = ["-m", options.typechecker]
    if options.typechecker == "mypy" and python.environment is not None:
        arguments += ["--exclude", os.path.relpath(python.environment, options.program)]
    full = [python.executable, *arguments, str(options.program)]
    checker = track(Child(full, python.environ(os.environ), options.program))
    if (code := checker.wait()) != 0:
        raise ToolchainError(f"{options.typechecker} failed: exit status {code}")


def _arguments(request: Any, engine_address: str) -> Iterator[str]:
    named = {
        "monitor": request.monitor_address,
        "engine": engine_address,
        "project": request.project,
        "root_directory": request.info.root_directory,
        "stack": request.stack,
        "pwd": request.pwd,
        "dry_run": "true" if request.dryRun else "false",
        "parallel": str(request.parallel),
        "organization": request.organization,
    }
    for name, value in named.items():
        if value:
            yield from (f"--{name}", value)
    yield request.info.entry_point
    yield from request.args
