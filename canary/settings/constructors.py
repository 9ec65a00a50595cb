"""The steps as Python writes them: `steps=[Weight(5), Pause("2m"), Gate("https://...")]`.

Each holds what was written, unchecked, so that all faults are reported together by `parse`, under `analysis.steps[i]`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Weight:
    """Send `percent` (1..100) of requests to the canary until `checks` checks passed and `duration` is over."""

    percent: int
    duration: str | timedelta | None = None
    checks: int | None = None

    def as_config(self) -> dict[str, Any]:
        """The stack config that means the same."""
        return _set(weight=self.percent, duration=self.duration, checks=self.checks)


@dataclass(frozen=True, slots=True)
class Pause:
    """Stay at the present routing for `duration`; until resumed from outside when it is None. Checks go on."""

    duration: str | timedelta | None = None

    def as_config(self) -> dict[str, Any]:
        """The stack config that means the same."""
        return {"pause": "indefinitely" if self.duration is None else self.duration}


@dataclass(frozen=True, slots=True)
class Gate:
    """Stay at the present routing until a POST to `url` is answered with approval (a status up to 202)."""

    url: str
    name: str | None = None
    timeout: str | timedelta | None = None
    retries: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def as_config(self) -> dict[str, Any]:
        """The stack config that means the same."""
        name = self.name or str(self.url).split("://")[-1].rstrip("/")
        return {
            "gate": _set(
                name=name, url=self.url, timeout=self.timeout, retries=self.retries, metadata=dict(self.metadata)
            )
        }


@dataclass(frozen=True, slots=True)
class Mirror:
    """Copy `percent` (1..100) of requests to the canary for `checks` passed checks; users never see its answers."""

    percent: int = 100
    checks: int | None = None

    def as_config(self) -> dict[str, Any]:
        """The stack config that means the same."""
        return _set(mirror=self.percent, checks=self.checks)


@dataclass(frozen=True, slots=True)
class Match:
    """Send requests that match one of `rules` (`{"headers": {"cookie": {"regex": "..."}}}`) to the canary."""

    rules: Sequence[Mapping[str, Any]]
    checks: int | None = None

    def as_config(self) -> dict[str, Any]:
        """The stack config that means the same."""
        return _set(match=list(self.rules), checks=self.checks)


@dataclass(frozen=True, slots=True)
class Hold:
    """No user traffic on the canary for `checks` passed checks (blue/green)."""

    checks: int = 1

    def as_config(self) -> dict[str, Any]:
        """The stack config that means the same."""
        return {"hold": self.checks}


@dataclass(frozen=True, slots=True)
class Switch:
    """All traffic to the canary at once (the moment of promotion in blue/green)."""

    def as_config(self) -> dict[str, Any]:
        """The stack config that means the same."""
        return {"switch": True}


WRITTEN = (Weight, Pause, Gate, Mirror, Match, Hold, Switch)


def _set(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def plain(value: Any) -> Any:
    """`value` as stack config would have it: constructors replaced, tuples as lists."""
    if isinstance(value, WRITTEN):
        return plain(value.as_config())
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value
