"""Settings from the stack's configuration: `Pulumi.prod.yaml` is where most releases are described.

Knows only Pulumi's configuration; what the settings mean is `canary.settings`' matter.
"""

from typing import Any

from pulumi.runtime.config import CONFIG

from canary.settings import ReleaseSettings, from_config


def settings_from_config(namespace: str = "canary", **defaults: Any) -> ReleaseSettings:
    """The settings under `namespace:` in the stack's configuration; `defaults` hold where it says nothing.

    Raises SettingsError with every fault at once. Reads all keys of the namespace, so that an unknown one is refused.
    """
    prefix = f"{namespace}:"
    found = {key.removeprefix(prefix): value for key, value in CONFIG.get().items() if key.startswith(prefix)}
    return from_config({**defaults, **found})
