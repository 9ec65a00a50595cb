"""What a release says while it runs inside `pulumi up`: one line for each event, one status line for the present.

Form only: what to say is decided in the core.
"""

from datetime import datetime

from canary.core.decision import Check, Event, Severity
from canary.core.spec import ReleaseSpec
from canary.core.state import Phase, State
from canary.provider.engine import ERROR, INFO, WARNING, EngineLog

LEVEL = {Severity.INFO: INFO, Severity.WARN: WARNING, Severity.ERROR: WARNING}  # ERROR itself would end the update early


class EngineReporter:
    """Reports to the Pulumi engine."""

    def __init__(self, spec: ReleaseSpec, log: EngineLog) -> None:
        self.spec, self.log = spec, log
        self._last = ""

    def event(self, event: Event, state: State) -> None:
        """A lasting line under the resource."""
        self.log.say(event.message, LEVEL[event.severity])

    def check(self, check: Check, state: State) -> None:
        """Checks that pass are not worth a lasting line."""

    def status(self, state: State, now: datetime) -> None:
        """The present state in one line, replaced in place; also how a lost engine is noticed."""
        self._last = status_line(self.spec, state, now)
        self.log.say(self._last, INFO, ephemeral=True)


def status_line(spec: ReleaseSpec, state: State, now: datetime) -> str:
    """`Progressing weight 20, step 4 of 20, failed checks 1 of 5`, and what it waits for."""
    parts = [f"{state.phase} weight {state.weight}"]
    if state.step >= 0 and state.phase in (Phase.PROGRESSING, Phase.WAITING_PROMOTION):
        parts.append(f"step {state.step + 1} of {len(spec.steps)}")
    parts.append(f"failed checks {state.failed} of {spec.limits.threshold}")
    if state.paused:
        parts.append("paused by hand")
    if state.next_check is not None and state.next_check > now and state.phase is Phase.PROGRESSING:
        parts.append(f"next check in {(state.next_check - now).total_seconds():.0f}s")
    return ", ".join(parts)


__all__ = ["ERROR", "EngineReporter", "status_line"]
