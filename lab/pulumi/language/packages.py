"""Which Python packages a project has, and which provider plugins they call for.

The question is asked of the project's own interpreter, since its packages are not ours. A package calls for a plugin
when it carries a `pulumi-plugin.json` or its name begins with `pulumi-`. This module refuses to judge versions.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from lab.pulumi.language.toolchain import Python

# Known to have no plugin although their names say otherwise.
_WITHOUT_PLUGIN = frozenset({"pulumi-policy", "pulumi-esc-sdk"})

_LIST_PROGRAM = """
import sys
sys.path = [entry for entry in sys.path if entry]
import importlib.metadata as metadata, json
found, required = [], set()
for distribution in metadata.distributions():
    name, requires = distribution.metadata["Name"], distribution.requires or ()
    if not name:
        continue
    # Only what is built on the SDK can carry the file; reading every package's list of files is slow.
    files = (distribution.files or ()) if any(line.startswith("pulumi") for line in requires) else ()
    plugin = next((file.locate() for file in files if file.name == "pulumi-plugin.json"), None)
    text = plugin.read_text() if plugin is not None and plugin.is_file() else ""
    found.append({"name": name, "version": distribution.version, "plugin": text})
    required.update(line.split(";")[0] for line in requires if "extra ==" not in line)
print(json.dumps({"found": found, "required": sorted(required)}))
"""
_PEP440 = re.compile(r"^(\d+(?:\.\d+)*)(?:(a|b|rc)(\d+))?(?:\.(post\d+))?(?:\.(dev\d+))?$")
_PRERELEASE = {"a": "alpha", "b": "beta", "rc": "rc"}


@dataclass(frozen=True, slots=True)
class Package:
    """One installed package; `plugin` is its parsed `pulumi-plugin.json`, if any."""

    name: str
    version: str
    plugin: dict[str, Any] | None
    is_required_by_another: bool


@dataclass(frozen=True, slots=True)
class RequiredPlugin:
    """One provider plugin the engine should load, its version with a leading `v`."""

    name: str
    version: str
    server: str = ""
    parameterization: dict[str, Any] | None = None


def list_packages(python: Python) -> list[Package]:
    """Everything installed for `python`, sorted by name. Raises `ToolchainError` when it cannot be run."""
    answer = json.loads(python.output("-c", _LIST_PROGRAM))
    required = {_normal(re.split(r"[^\w.-]", line.strip(), maxsplit=1)[0]) for line in answer["required"]}
    packages = {_normal(entry["name"]): entry for entry in reversed(answer["found"])}
    return [
        Package(name, entry["version"], json.loads(entry["plugin"]) if entry["plugin"] else None, name in required)
        for name, entry in sorted(packages.items())
    ]


def required_plugin(package: Package) -> RequiredPlugin | None:
    """The plugin `package` calls for, or `None`."""
    plugin = package.plugin
    if package.name in _WITHOUT_PLUGIN or (plugin is None and not package.name.startswith("pulumi-")):
        return None
    if plugin is not None and not plugin.get("resource"):
        return None
    plugin = plugin or {}
    version = plugin.get("version") or plugin_version(package.version)
    if version is None:
        return None
    return RequiredPlugin(
        name=plugin.get("name") or package.name.removeprefix("pulumi-"),
        version="v" + version.removeprefix("v"),
        server=plugin.get("server", ""),
        parameterization=plugin.get("parameterization"),
    )


def plugin_version(package_version: str) -> str | None:
    """A PEP 440 version as the plugin's semantic version, or `None` where there is no sure translation."""
    match = _PEP440.match(package_version)
    if match is None:
        return None
    numbers, stage, stage_number, post, dev = match.groups()
    parts = numbers.split(".")
    base = ".".join(parts + ["0"] * (3 - len(parts)))
    prerelease = f"-{_PRERELEASE[stage]}.{stage_number}" if stage else ""
    build = "".join(filter(None, (post, dev)))
    return base + prerelease + (f"+{build}" if build else "")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.lower())
