"""Settings from the stack's configuration: `Pulumi.prod.yaml` is where most releases are described.

Knows only Pulumi's configuration; what the settings mean is `canary.settings`' matter.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pulumi import RunError
from pulumi.runtime.config import CONFIG, is_config_secret

from canary.ports import Misconfigured
from canary.settings import ReleaseSettings, SettingsError, from_config


class Refusal(SettingsError, RunError):
    """A SettingsError of which Pulumi shows the message and no traceback."""


@contextmanager
def refusals() -> Iterator[None]:
    """Whatever is misconfigured inside the block is a Refusal of the program."""
    try:
        yield
    except Misconfigured as error:
        raise Refusal(error.lines if isinstance(error, SettingsError) else [str(error)]) from error


def settings_from_config(namespace: str = "canary", **defaults: Any) -> ReleaseSettings:
    """The settings under `namespace:` in the stack's configuration; `defaults` hold where it says nothing.

    Raises SettingsError with every fault at once. Reads all keys of the namespace, so that an unknown one is refused.
    With a secret among them, all that a release is told is encrypted in the state.
    """
    prefix = f"{namespace}:"
    found = {key.removeprefix(prefix): value for key, value in CONFIG.get().items() if key.startswith(prefix)}
    with refusals():
        settings = from_config({**defaults, **found})
    return settings.as_confidential() if any(is_config_secret(f"{prefix}{key}") for key in found) else settings
