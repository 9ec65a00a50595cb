"""Where a release stands: one immutable value, replaced at every transition and safe to write to a journal.

Knows nothing of how it is stored. Times are aware UTC `datetime`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from canary.core.routing import HOME, Routing


class Phase(StrEnum):
    """Flagger's phases; `RollingBack` is the time between the deciding check and traffic being home."""

    INITIALIZING = "Initializing"
    INITIALIZED = "Initialized"
    WAITING = "Waiting"
    PROGRESSING = "Progressing"
    WAITING_PROMOTION = "WaitingPromotion"
    PROMOTING = "Promoting"
    FINALISING = "Finalising"
    ROLLING_BACK = "RollingBack"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"

    @property
    def is_over(self) -> bool:
        """Nothing more will happen to this run."""
        return self in (Phase.INITIALIZED, Phase.SUCCEEDED, Phase.FAILED, Phase.PROMOTING)


class Command(StrEnum):
    """What a person may tell a running release."""

    PAUSE = "pause"
    RESUME = "resume"
    APPROVE = "approve"
    ABORT = "abort"
    PROMOTE = "promote"


@dataclass(frozen=True, slots=True)
class State:
    """One run of one revision.

    step: index into the spec's steps; -1 before the first. routing: what was last ordered and read back, in force since
    `routed_at`. step_at: when the step began. passed: checks passed in this step. checks: checks made in all.
    failed: failed checks as `Limits.counting` counts them. no_data_since/error_since: when the present series of such
    checks began. next_check/next_gate: no check, no question to a gate before this moment. clean: the last check
    passed, so the weight may rise. deciding: the reasons of the failed checks so far. template: a fingerprint of the
    canary's pod template, as it was when the run found it.

    Of a member of a group: proved: its own analysis is passed; awaiting: whom it waits for, since awaiting_since;
    recalled_at: since when it waits to go home after the later members.
    """

    revision: str
    phase: Phase = Phase.WAITING
    started_at: datetime | None = None
    phase_at: datetime | None = None
    step: int = -1
    step_at: datetime | None = None
    routing: Routing = HOME
    routed_at: datetime | None = None
    next_check: datetime | None = None
    passed: int = 0
    checks: int = 0
    failed: int = 0
    clean: bool = True
    no_data_since: datetime | None = None
    error_since: datetime | None = None
    next_gate: datetime | None = None
    gate_since: datetime | None = None
    fault_since: datetime | None = None
    unready_since: datetime | None = None
    paused: bool = False
    approved: bool = False
    promote_now: bool = False
    resumed: bool = False
    reason: str = ""
    deciding: tuple[str, ...] = ()
    template: str = ""
    proved: bool = False
    awaiting: tuple[str, ...] = ()
    awaiting_since: datetime | None = None
    recalled_at: datetime | None = None

    @property
    def weight(self) -> int:
        """The canary's share in percent."""
        return self.routing.weight
