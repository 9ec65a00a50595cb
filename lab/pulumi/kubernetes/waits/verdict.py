"""What one look at an object comes to.

This module refuses to know how the look was taken.
"""

from dataclasses import dataclass
from typing import Protocol

from lab.pulumi.kubernetes.properties import Json


@dataclass(frozen=True, slots=True)
class Note:
    """Something to show while waiting."""

    text: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Ready or not, and why. `problems` are reported if the wait ends without readiness; `has_failed` ends it now."""

    is_ready: bool
    live: Json
    notes: tuple[Note, ...] = ()
    problems: tuple[str, ...] = ()
    has_failed: bool = False


class Look(Protocol):
    """Looks at the cluster once and judges; called again and again."""

    def __call__(self) -> Verdict:
        """Raises `ApiError` when the cluster cannot be asked."""
        ...
