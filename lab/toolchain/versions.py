"""Version numbers as programs and go.mod files write them, compared as numbers.

Knows nothing of any particular tool: only where in a text the first dotted number stands, and how go.mod is laid out.
"""

import re
from pathlib import Path

Version = tuple[int, ...]

_DOTTED = re.compile(r"\d+(?:\.\d+)+")


def first_version(text: str) -> Version | None:
    """The first dotted number in `text` (`"Kubernetes v1.34.4"` -> `(1, 34, 4)`), or None."""
    found = _DOTTED.search(text)
    return as_version(found.group()) if found else None


def as_version(dotted: str) -> Version:
    """`"1.34.4"` -> `(1, 34, 4)`. Raises ValueError on anything else."""
    return tuple(int(part) for part in dotted.split("."))


def dotted(version: Version) -> str:
    """`(1, 34, 4)` -> `"1.34.4"`."""
    return ".".join(map(str, version))


def required_version(go_mod: Path, module: str) -> str:
    """The version of `module` that `go_mod` requires, without its `v`. Raises LookupError if it requires none."""
    pinned = re.search(rf"^(?:require)?\s*{re.escape(module)} v(\S+)", go_mod.read_text(), re.MULTILINE)
    if pinned is None:
        raise LookupError(f"{go_mod} does not require {module}")
    return pinned.group(1)


def required_go(go_mod: Path) -> Version:
    """The oldest Go that can build the module, from its `go` line."""
    line = re.search(r"^go (\S+)", go_mod.read_text(), re.MULTILINE)
    if line is None:
        raise LookupError(f"{go_mod} has no go line")
    return as_version(line.group(1))
