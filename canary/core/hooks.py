"""Whom a release asks and tells: webhooks, gates and alerts, as frozen data.

How they are called is the adapters' business; what an answer means for the release is `canary.core.decide`'s.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class HookType(StrEnum):
    """Flagger's webhook types."""

    CONFIRM_ROLLOUT = "confirm-rollout"
    PRE_ROLLOUT = "pre-rollout"
    ROLLOUT = "rollout"
    CONFIRM_TRAFFIC_INCREASE = "confirm-traffic-increase"
    CONFIRM_PROMOTION = "confirm-promotion"
    POST_ROLLOUT = "post-rollout"
    ROLLBACK = "rollback"
    EVENT = "event"

    @property
    def is_gate(self) -> bool:
        """A gate that does not pass holds the release; it is no failed check."""
        return self in (HookType.CONFIRM_ROLLOUT, HookType.CONFIRM_TRAFFIC_INCREASE, HookType.CONFIRM_PROMOTION)


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook. `timeout` bounds one call, `retries` are further attempts; a failed one never blocks a revert."""

    name: str
    url: str
    type: HookType = HookType.ROLLOUT
    timeout: timedelta = timedelta(seconds=10)
    retries: int = 0
    metadata: dict[str, str] = field(default_factory=dict)
    mute_alert: bool = False
    disable_tls: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """Where to tell people.

    type: `slack`, `msteams`, `discord`, `rocket`, `gchat` or `generic`; severity: the least loud event that is sent.
    Exactly one of `address` and `secret` is set; `secret` names a Kubernetes Secret with the key `address`.
    """

    name: str
    type: str = "generic"
    severity: str = "info"
    address: str = ""
    secret: str = ""
    channel: str = ""
    username: str = ""
