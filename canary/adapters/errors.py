"""What this border knows beyond the errors of `canary.ports`: answers that only an adapter can act on.

Callers of the ports never meet Conflict: it is retried here, and becomes Unavailable when that does not help.
"""

from datetime import timedelta

from canary.ports import CanaryError, Misconfigured, Missing, Unavailable

__all__ = ["Absent", "Conflict", "Forbidden", "Missing", "Throttled"]


class Conflict(CanaryError):
    """The object was changed by someone since it was read. Read it again and decide again."""


class Absent(CanaryError):
    """There is no such object (or no such kind of object) in the cluster."""


class Forbidden(Misconfigured):
    """The identity in use lacks a permission; the message names it."""


class Throttled(Unavailable):
    """The system asks for patience: no sooner than `after`."""

    def __init__(self, message: str, after: timedelta) -> None:
        super().__init__(message)
        self.after = after
