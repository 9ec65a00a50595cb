"""When to probe and what a row of answers means. Pure: no socket, no clock.

The lab differs from the kubelet in one place: while a container has not been seen ready (or started) yet, it is asked
sooner than ``periodSeconds`` says, with doubling gaps, so that a pod is Ready when its program is. Such early answers
can only bring success; they never count towards ``failureThreshold``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Any

# The first early repetition; a local program usually listens within this time.
EARLY_GAP = timedelta(milliseconds=50)


class Purpose(Enum):
    """What a probe is asked for; the values are the fields of a container."""

    STARTUP = "startupProbe"
    READINESS = "readinessProbe"
    LIVENESS = "livenessProbe"

    @property
    def title(self) -> str:
        """As events spell it."""
        return self.name.capitalize()


@dataclass(frozen=True)
class ProbeSpec:
    """One probe of a container, with Kubernetes' defaults filled in. ``handler`` is the object as written."""

    purpose: Purpose
    handler: dict[str, Any]
    initial_delay: timedelta
    period: timedelta
    timeout: timedelta
    success_threshold: int
    failure_threshold: int
    grace_seconds: int | None

    @classmethod
    def of(cls, container: dict[str, Any], purpose: Purpose) -> ProbeSpec | None:
        """The probe a container declares for ``purpose``, or None."""
        written = container.get(purpose.value)
        if written is None:
            return None
        return cls(
            purpose=purpose,
            handler=written,
            initial_delay=timedelta(seconds=written.get("initialDelaySeconds") or 0),
            period=timedelta(seconds=written.get("periodSeconds") or 10),
            timeout=timedelta(seconds=written.get("timeoutSeconds") or 1),
            success_threshold=written.get("successThreshold") or 1,
            failure_threshold=written.get("failureThreshold") or 3,
            grace_seconds=written.get("terminationGracePeriodSeconds"),
        )


@dataclass(frozen=True)
class ProbeState:
    """What the answers so far amount to.

    ``verdict`` is the standing one: a liveness probe starts as passed, the others as not passed yet. ``row`` counts
    equal answers in a row. ``failed_out`` is true once ``failureThreshold`` counted failures came in a row.
    """

    spec: ProbeSpec
    verdict: bool
    row: int = 0
    last: bool | None = None
    failed_out: bool = False
    early_gap: timedelta = EARLY_GAP

    @classmethod
    def initial(cls, spec: ProbeSpec) -> ProbeState:
        """Before any answer."""
        return cls(spec, verdict=spec.purpose is Purpose.LIVENESS)

    @property
    def early(self) -> bool:
        """Whether the next answer comes before the kubelet would have asked for it, and so may only bring success."""
        return not self.verdict and self.early_gap < self.spec.period and self.spec.purpose is not Purpose.LIVENESS

    @property
    def gap(self) -> timedelta:
        """How long to wait before the next question."""
        return self.early_gap if self.early else self.spec.period

    def observe(self, *, passed: bool) -> ProbeState:
        """After one answer."""
        if self.early and not passed:
            return replace(self, row=0, last=False, early_gap=self.early_gap * 2)
        row = self.row + 1 if passed is self.last else 1
        if passed:
            verdict = self.verdict or row >= self.spec.success_threshold
            return replace(self, row=row, last=True, verdict=verdict, failed_out=False)
        out = row >= self.spec.failure_threshold
        return replace(self, row=row, last=False, verdict=self.verdict and not out, failed_out=out)
