"""Which releases nobody runs any more, as seen by one watcher with one clock.

The clock of whoever wrote a Lease may be wrong, so its renewTime is never compared with ours: a Lease is abandoned when
it has looked the same to us for as long as it was meant to hold. Knows nothing of what is leased.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from canary.adapters.lease import LeaseView

Appearance = tuple[str, int, datetime | None]


class Sightings:
    """Since when each Lease has looked as it does. `monotonic`: our clock, in seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._since: dict[str, tuple[Appearance, float]] = {}
        self._renewed: set[str] = set()

    def is_abandoned(self, key: str, view: LeaseView) -> bool:
        """Nobody holds the Lease `key`, or its holder has let it run out while we watched."""
        seen_for = self.age(key, view)
        return not view.holder or seen_for > view.duration

    def age(self, key: str, view: LeaseView) -> timedelta:
        """For how long we have seen it like this; zero at first sight."""
        now, appearance = self._monotonic(), (view.holder, view.token, view.renewed)
        before, since = self._since.get(key, (None, now))
        if before != appearance:
            since = now
            self._renewed |= {key} if before else set()
            self._since[key] = (appearance, now)
        return timedelta(seconds=now - since)

    def is_alive(self, key: str) -> bool:
        """We have seen the Lease change: somebody was at work while we watched."""
        return key in self._renewed

    def keep_only(self, keys: set[str]) -> None:
        """Forget the Leases that are gone."""
        self._since = {key: seen for key, seen in self._since.items() if key in keys}
        self._renewed &= keys
