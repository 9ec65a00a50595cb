"""Bounded patience with systems that hiccup: exponential back-off with full jitter under a deadline.

Knows no system. Retries only what trying again can help: `Unavailable` and `Conflict`.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from canary.adapters.errors import Conflict, Throttled
from canary.ports import CanaryError, Unavailable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to insist. No attempt starts later than `deadline` after the first; pauses grow up to `longest`.

    The pause before attempt n is uniform in (0, first x 2^n], so that many releases do not come back in step. A
    server's Retry-After is a lower bound; one that lies beyond the deadline ends the waiting at once.
    """

    deadline: timedelta = timedelta(seconds=5)
    first: timedelta = timedelta(milliseconds=100)
    longest: timedelta = timedelta(seconds=2)
    monotonic: Callable[[], float] = field(default=time.monotonic, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    jitter: Callable[[], float] = field(default=random.random, repr=False)

    def pause(self, attempt: int, error: Exception) -> float:
        """Seconds to wait after failed `attempt` (counted from 0)."""
        ceiling = min(self.longest.total_seconds(), self.first.total_seconds() * 2.0 ** min(attempt, 30))
        wanted = ceiling * max(0.05, self.jitter())
        return max(wanted, error.after.total_seconds()) if isinstance(error, Throttled) else wanted


CONFLICTS = (Conflict,)  # for callers above a Cluster, which has insisted on an answer already
OUTAGES = (Unavailable,)
NO_PATIENCE = Patience(deadline=timedelta(0))


def retry(call: Callable[[], T], patience: Patience, on: tuple[type[CanaryError], ...] = OUTAGES) -> T:
    """What `call` returns, tried again while it raises one of `on` and time is left; then its last error.

    A Conflict that outlives the deadline is raised as Unavailable, since nobody above can do anything else about it.
    """
    start, attempt = patience.monotonic(), 0
    while True:
        try:
            return call()
        except on as error:
            pause = patience.pause(attempt, error)
            if patience.monotonic() - start + pause > patience.deadline.total_seconds():
                raise _final(error, attempt + 1) from error
        patience.sleep(pause)
        attempt += 1


def _final(error: Exception, attempts: int) -> Exception:
    if isinstance(error, Conflict):
        return Unavailable(f"{error} (after {attempts} attempts)")
    return error
