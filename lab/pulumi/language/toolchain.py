"""Which Python a project runs on: from the runtime options in `Pulumi.yaml`, as the official language host reads them.

`virtualenv` is relative to the project's root; `toolchain` is pip, uv or poetry, and is guessed from a lock file when
absent. This module refuses to install anything: it finds an environment or says how to make one.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TOOLCHAINS = ("pip", "poetry", "uv")
_TYPECHECKERS = ("mypy", "pyright")


class ToolchainError(Exception):
    """The runtime options cannot be used; the message is shown to the user as it is."""


@dataclass(frozen=True, slots=True)
class Options:
    """The runtime options of one project. Empty strings mean "not given"."""

    root: Path
    program: Path
    virtualenv: str = ""
    toolchain: str = ""
    typechecker: str = ""

    @classmethod
    def parse(cls, root: str, program: str, raw: Mapping[str, Any]) -> "Options":
        """Check what the engine sent. Raises `ToolchainError` naming the option that is wrong."""
        return cls(
            root=Path(root),
            program=Path(program),
            virtualenv=_text(raw, "virtualenv"),
            toolchain=_choice(raw, "toolchain", _TOOLCHAINS),
            typechecker=_choice(raw, "typechecker", _TYPECHECKERS),
        )


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter and the environment it belongs to (`None`: whatever `python3` is on PATH)."""

    executable: str
    environment: Path | None

    def environ(self, base: Mapping[str, str]) -> dict[str, str]:
        """`base` with the virtual environment activated in it."""
        if self.environment is None:
            return dict(base)
        activated = {key: value for key, value in base.items() if key not in ("PYTHONHOME", "VIRTUAL_ENV")}
        activated["VIRTUAL_ENV"] = str(self.environment)
        activated["PATH"] = os.pathsep.join(filter(None, [str(self.environment / "bin"), base.get("PATH", "")]))
        return activated

    def output(self, *arguments: str) -> str:
        """What the interpreter prints for `arguments`. Raises `ToolchainError` when it fails."""
        command = [self.executable, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=self.environ(os.environ), check=False)
        if done.returncode != 0:
            raise ToolchainError(f"`{self.executable}` exited with code {done.returncode}: {done.stderr.strip()}")
        return done.stdout


def find_python(options: Options) -> Python:
    """The project's Python. Raises `ToolchainError` when a virtual environment is named but not there."""
    environment = _environment(options)
    if environment is None:
        return Python(_ambient(), None)
    executable = environment / "bin" / "python"
    if not executable.is_file():
        raise ToolchainError(_missing(options.virtualenv or environment.name, environment))
    return Python(str(executable), environment)


def _environment(options: Options) -> Path | None:
    toolchain = options.toolchain or _guess(options.program)
    if toolchain == "poetry":
        return _poetry_environment(options.program)
    if toolchain == "uv" and not options.virtualenv:
        return (_search_up(options.program, "uv.lock") or options.program) / ".venv"
    return options.root / options.virtualenv if options.virtualenv else None


def _guess(program: Path) -> str:
    if _search_up(program, "uv.lock"):
        return "uv"
    return "poetry" if _search_up(program, "poetry.lock") else "pip"


def _search_up(start: Path, name: str) -> Path | None:
    return next((folder for folder in (start, *start.parents) if (folder / name).is_file()), None)


def _poetry_environment(program: Path) -> Path:
    command = ["poetry", "env", "info", "--path"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=program, check=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        raise ToolchainError(f"the toolchain is poetry, but `{' '.join(command)}` failed: {problem}") from problem
    return Path(done.stdout.strip())


def _ambient() -> str:
    chosen = os.environ.get("PULUMI_PYTHON_CMD")
    for name in [chosen] if chosen else ["python3", "python"]:
        if found := shutil.which(name):
            return found
    raise ToolchainError(f"failed to find {chosen or 'python3'} on PATH; install it or name one in PULUMI_PYTHON_CMD")


def _missing(option: str, environment: Path) -> str:
    state = "doesn't appear to be a virtual environment" if environment.exists() else "doesn't exist"
    return (
        f'The \'virtualenv\' option in Pulumi.yaml is set to "{option}", but "{environment}" {state}; '
        "run the following commands to create the virtual environment and install dependencies into it:\n\n"
        f"    1. python3 -m venv {environment}\n"
        f"    2. {environment}/bin/python -m pip install -r requirements.txt\n\n"
        "For more information see: https://www.pulumi.com/docs/intro/languages/python/#virtual-environments"
    )


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name, "")
    if not isinstance(value, str):
        raise ToolchainError(f"{name} option must be a string")
    return value


def _choice(raw: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    value = _text(raw, name)
    if value and value not in allowed:
        raise ToolchainError(f"unsupported {name} option: {value}")
    return value
