"""What a user may write about a release, checked all at once and turned into the core's specs.

Python arguments and stack config are one: the same names, in snake_case or camelCase. Knows nothing of Pulumi,
nor of the cluster.
"""

from canary.settings.constructors import Gate, Hold, Match, Mirror, Pause, Switch, Weight
from canary.settings.errors import SettingsError
from canary.settings.parsing import from_config, parse
from canary.settings.release import ReleaseSettings
from canary.settings.routers import router_capabilities

__all__ = [
    "Gate",
    "Hold",
    "Match",
    "Mirror",
    "Pause",
    "ReleaseSettings",
    "SettingsError",
    "Switch",
    "Weight",
    "from_config",
    "parse",
    "router_capabilities",
]
