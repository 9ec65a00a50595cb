"""Progressive delivery as a Pulumi program: a release is a `pulumi up` that measures, and promotes or reverts.

from canary import Canary, settings_from_config
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from canary.components import Canary
    from canary.config import settings_from_config
    from canary.core.routing import Track
    from canary.group import Release, ReleaseGroup
    from canary.guard import Guard
    from canary.migrate import from_argo, from_flagger
    from canary.settings import Gate, Hold, Match, Mirror, Pause, ReleaseSettings, SettingsError, Switch, Weight, parse
    from canary.workload import track_name

__all__ = [
    "Canary",
    "Gate",
    "Guard",
    "Hold",
    "Match",
    "Mirror",
    "Pause",
    "Release",
    "ReleaseGroup",
    "ReleaseSettings",
    "SettingsError",
    "Switch",
    "Track",
    "Weight",
    "from_argo",
    "from_flagger",
    "parse",
    "settings_from_config",
    "track_name",
]

_HOME = {
    "Canary": "canary.components",
    "Guard": "canary.guard",
    "Release": "canary.group",
    "ReleaseGroup": "canary.group",
    "settings_from_config": "canary.config",
    "Track": "canary.core.routing",
    "track_name": "canary.workload",
    "from_argo": "canary.migrate",
    "from_flagger": "canary.migrate",
}


def __getattr__(name: str) -> Any:
    """Names are loaded on first use: the provider process must not pay for the Kubernetes SDK, which it never uses."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME.get(name, "canary.settings")), name)
