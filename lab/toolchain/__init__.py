"""Finds or builds the real programs the lab runs, so that nobody has to install them.

The rest of the lab asks for a program by name and gets a path; it never learns whether that program was on PATH, came
in a wheel or was compiled a moment ago. This package refuses to know what the programs are for.
"""

from lab.toolchain.errors import ToolchainError
from lab.toolchain.progress import Progress
from lab.toolchain.resolve import ensure_all, podinfo, tool
from lab.toolchain.table import NAMES

__all__ = ["NAMES", "Progress", "ToolchainError", "ensure_all", "podinfo", "tool"]
