"""What the user says about the world that a plan cannot look at: how often it is scraped, how much traffic there is.

Only warnings rest on it; a release never does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from canary.settings.durations import NotADuration, parse_duration

SCRAPES_FOR_A_RATE = 2  # a rate needs two samples


@dataclass(frozen=True, slots=True)
class Expected:
    """scrape_interval: of the metrics system; requests: a second, to the whole service. None: not stated."""

    scrape_interval: timedelta | None = None
    requests: float | None = None

    @property
    def lag(self) -> timedelta | None:
        """After this time a change of traffic is visible in a rate."""
        return None if self.scrape_interval is None else self.scrape_interval * SCRAPES_FOR_A_RATE


def expected_of(given: object) -> Expected:
    """From the JSON of the settings of that name; what cannot be read is not stated."""
    if not isinstance(given, Mapping):
        return Expected()
    return Expected(_span(given.get("scrape_interval")), _number(given.get("requests_per_second")))


def _span(given: Any) -> timedelta | None:
    try:
        return parse_duration(given)
    except NotADuration:
        return None


def _number(given: Any) -> float | None:
    return float(given) if isinstance(given, int | float) else None
