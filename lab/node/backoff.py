"""How long to wait before a container is started again, and before an image is asked for again.

The doubling and the ceiling are the kubelet's; the first wait of a crash is 1 s instead of 10 s, so that a lab shows
a crash loop, and recovers from one, without keeping its user waiting. Pure: time is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

CRASH_FIRST = timedelta(seconds=1)
IMAGE_FIRST = timedelta(seconds=10)
LONGEST = timedelta(minutes=5)
# A container that ran this long is forgiven its earlier crashes.
FORGIVEN_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Backoff:
    """A doubling wait. ``first`` is the wait after the first failure, ``failures`` counts those in a row."""

    first: timedelta = CRASH_FIRST
    failures: int = 0

    @property
    def wait(self) -> timedelta:
        """Zero before any failure, then ``first``, doubling to :data:`LONGEST`."""
        if not self.failures:
            return timedelta()
        # Beyond 2^20 the ceiling holds for any first wait; the exponent is capped to stay in timedelta's range.
        return min(self.first * int(2 ** min(self.failures - 1, 20)), LONGEST)

    def failed(self, ran: timedelta = timedelta()) -> Backoff:
        """After a failure of something that had run for ``ran``."""
        return replace(self, failures=1 if ran >= FORGIVEN_AFTER else self.failures + 1)


def restarts(policy: str, exit_code: int) -> bool:
    """Whether the pod's ``restartPolicy`` wants a container that ended with ``exit_code`` to run again."""
    return policy == "Always" or (policy == "OnFailure" and exit_code != 0)
