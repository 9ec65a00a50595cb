"""What a release says while it runs inside `pulumi up`: one line for each event, one status line for the present.

Form only: what to say is decided in the core.
"""

from datetime import datetime

from canary.core.decision import Check, Event, Severity
from canary.core.spec import ReleaseSpec
from canary.core.state import Phase, State
from canary.provider.engine import DEBUG, INFO, WARNING, EngineLog

LEVEL = {
    Severity.INFO: INFO,
    Severity.WARN: WARNING,
    Severity.ERROR: WARNING,
}  # ERROR itself would end the update early


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
        """The present state in one line, when it is new; else a sign of life, by which a lost engine is noticed."""
        line = status_line(self.spec, state)
        if line == self._last:
            self.log.say("still " + line, DEBUG, ephemeral=True)
        else:
            self.log.say(line, INFO, ephemeral=True)
        self._last = line


def status_line(spec: ReleaseSpec, state: State) -> str:
    """`Progressing weight 20, step 4 of 20, failed checks 1 of 5`: one line for each state."""
    parts = [f"{state.phase} weight {state.weight}"]
    if state.step >= 0 and state.phase in (Phase.PROGRESSING, Phase.WAITING_PROMOTION):
        parts.append(f"step {state.step + 1} of {len(spec.steps)}")
    parts.append(f"failed checks {state.failed} of {spec.limits.threshold}")
    if state.paused:
        parts.append("paused by hand")
    if state.awaiting and not state.phase.is_over:
        parts.append(f"waits for {' and '.join(state.awaiting)}")
    return ", ".join(parts)


def failure_message(spec: ReleaseSpec, state: State, why: str) -> str:
    """What the update fails with: the reason, the checks that decided, where the traffic is, and what to do next."""
    target = spec.target
    home = "100% on the primary, which was not touched" if state.routing.is_home else f"{state.weight}% on the canary"
    lines = [
        f"the release of {target.name}.{target.namespace} (revision {state.revision}) failed: {why}",
        *(f"  failed check {number}: {reason}" for number, reason in enumerate(state.deciding[-MOST_REASONS:], 1)),
        f"traffic: {home}",
        "next: `git revert` and `pulumi up` (nothing to repair); or mend it; `pulumi up` tries a revision again",
    ]
    return "\n".join(lines)


MOST_REASONS = 6  # with the other lines a message of at most a dozen
