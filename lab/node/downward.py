"""The downward API: fields of a pod and resources of a container as text. Pure.

It refuses to know where the text goes (a variable, a file, an argument).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.node import expand

_KEYED = re.compile(r"metadata\.(labels|annotations)\['(.+)'\]")


class ConfigError(Exception):
    """Something a container needs to start is missing; the message goes into the pod's status."""


@dataclass(frozen=True)
class Placement:
    """What the agent decided about a pod and the pod object does not say yet."""

    pod_ip: str
    host_ip: str
    cpus: int
    memory: int


def field(pod: Mapping[str, Any], path: str, placement: Placement) -> str:
    """The value of a ``fieldRef``; raises :class:`ConfigError` for a path Kubernetes does not offer."""
    meta, spec = pod["metadata"], pod["spec"]
    if match := _KEYED.fullmatch(path):
        return str((meta.get(match.group(1)) or {}).get(match.group(2), ""))
    if path in ("metadata.labels", "metadata.annotations"):
        pairs = meta.get(path.removeprefix("metadata.")) or {}
        return "\n".join(f'{key}="{value}"' for key, value in sorted(pairs.items()))
    values = {
        "metadata.name": meta["name"],
        "metadata.namespace": meta["namespace"],
        "metadata.uid": meta["uid"],
        "spec.nodeName": spec.get("nodeName", ""),
        "spec.serviceAccountName": spec.get("serviceAccountName", ""),
        "status.podIP": placement.pod_ip,
        "status.podIPs": placement.pod_ip,
        "status.hostIP": placement.host_ip,
        "status.hostIPs": placement.host_ip,
    }
    if path not in values:
        raise ConfigError(f"fieldRef {path!r} is not supported: use one of {', '.join(sorted(values))}")
    return str(values[path])


def resource(container: Mapping[str, Any], reference: Mapping[str, Any], placement: Placement) -> str:
    """The value of a ``resourceFieldRef``; a limit that is not set is what the machine has."""
    kind, _, name = str(reference["resource"]).partition(".")
    resources = container.get("resources") or {}
    written = (resources.get(kind) or {}).get(name)
    if written is None and kind == "limits":
        written = {"cpu": str(placement.cpus), "memory": str(placement.memory)}.get(name)
    return expand.in_units_of(str(written or "0"), str(reference.get("divisor") or "1"))
