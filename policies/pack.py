"""What is in the pack, and its profiles: levels and settings for a team's first day, and for production.

A profile is a file for `--policy-pack-config`; it is also chosen by name, so that nobody needs to have the file.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi_policy import EnforcementLevel, Policy

from policies import analysis, availability, containers, coverage, endpoints, images, traffic
from policies.exemption import BadConfiguration
from policies.rule import Rule
from policies.sdk import policy

NAME = "canary"
STARTER = "starter"
FOLDER = Path(__file__).with_name("profiles")
THEMES = (coverage, analysis, endpoints, images, containers, availability, traffic)
Profile = dict[str, EnforcementLevel | dict[str, Any]]


def rules() -> list[Rule]:
    """All rules, in the order in which they are documented."""
    return [rule for theme in THEMES for rule in theme.RULES]


def policies() -> list[Policy]:
    """All rules as Pulumi's policies."""
    return [policy(rule) for rule in rules()]


def profile(name: str) -> Profile:
    """The configuration that the profile `name` stands for. Raises BadConfiguration when there is none."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in FOLDER.glob("*.json")))
        raise BadConfiguration(f"canary:policyProfile is {name!r}; allowed: {known}")
    written: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {key: _with_level(value) for key, value in written.items()}


def _with_level(value: str | Mapping[str, Any]) -> EnforcementLevel | dict[str, Any]:
    if isinstance(value, str):
        return EnforcementLevel(value)
    level = {"enforcementLevel": EnforcementLevel(value["enforcementLevel"])} if "enforcementLevel" in value else {}
    return {**value, **level}
