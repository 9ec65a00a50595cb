"""Webhooks and alerts as the user writes them. What they are called with is the adapters' business."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from canary.core.spec import Alert, Hook, HookType
from canary.settings.base import Settings
from canary.settings.errors import Fault
from canary.settings.vocabulary import Flag, Name, Retries, SecretUrl, Span, Text, Texts, Url, one_of

ALERT_TYPES = ("slack", "msteams", "discord", "rocket", "gchat", "generic")
SEVERITIES = ("info", "warn", "error")


class HookSettings(Settings):
    """How a URL is called: what a webhook and a gate have in common."""

    name: Text = Field(description="How logs and messages call it.")
    url: Url = Field(description="Where to POST; an in-cluster name is reached through the API server.")
    timeout: Span = Field(timedelta(seconds=10), description="How long one call may take.")
    retries: Retries = Field(0, description="Further attempts after a call that failed.")
    metadata: Texts = Field(default_factory=dict, description="Handed to the webhook as it is.")
    mute_alert: Flag = Field(default=False, description="No alert for what this webhook answers.")
    disable_tls: Flag = Field(default=False, description="Do not check the server's TLS certificate.")

    def to_core(self, kind: HookType = HookType.CONFIRM_TRAFFIC_INCREASE) -> Hook:
        """The core's form, as a hook of type `kind`."""
        return Hook(
            name=self.name,
            url=self.url,
            type=kind,
            timeout=self.timeout,
            retries=self.retries,
            metadata=self.metadata,
            mute_alert=self.mute_alert,
            disable_tls=self.disable_tls,
        )


class WebhookSettings(HookSettings):
    """One webhook, with Flagger's types and payload."""

    type: Annotated[str, one_of(*HookType), ", ".join(HookType)] = Field("rollout", description="When it is called.")

    def as_hook(self) -> Hook:
        """The core's form."""
        return self.to_core(HookType(self.type))


class AlertSettings(Settings):
    """Whom to tell. The address is a credential for most systems: prefer `secret_ref`."""

    name: Text = Field(description="How messages call it.")
    type: Annotated[str, one_of(*ALERT_TYPES), ", ".join(ALERT_TYPES)] = Field("generic", description="The system.")
    severity: Annotated[str, one_of(*SEVERITIES), ", ".join(SEVERITIES)] = Field(
        "info", description="The least loud event that is sent."
    )
    address: SecretUrl | None = Field(None, description="The incoming webhook's URL.")
    secret_ref: Name | None = Field(
        None, description="Secret in the release's namespace with the URL under the key address."
    )
    channel: Text | None = Field(None, description="Channel (slack, rocket).")
    username: Text | None = Field(None, description="Name of the sender (slack, discord, rocket).")

    def contradictions(self) -> Iterable[Fault]:
        """Exactly one source for the address."""
        if self.address is None and self.secret_ref is None:
            yield Fault(
                ("address",), "is missing; allowed: address, or secret_ref with the name of a Secret that has it"
            )
        if self.address is not None and self.secret_ref is not None:
            yield Fault(("address",), "is given beside secret_ref; allowed: one of them")

    def to_core(self) -> Alert:
        """The core's form."""
        return Alert(
            name=self.name,
            type=self.type,
            severity=self.severity,
            address=self.address or "",
            secret=self.secret_ref or "",
            channel=self.channel or "",
            username=self.username or "",
        )
