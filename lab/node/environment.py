"""The variables of a container: its own, those from ConfigMaps and Secrets, and those every container gets.

It reads ConfigMaps and Secrets; it refuses to know what runs with the result. Service links (``PODINFO_PORT=tcp://...``
for every Service of the namespace) are left out, except those of the API server.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Literal

from lab.node import downward, expand
from lab.node.api import Api, ApiError, Json
from lab.node.downward import ConfigError, Placement

API_HOST, API_PORT = "10.43.0.1", "443"
_API_SERVER = {
    "KUBERNETES_SERVICE_HOST": API_HOST,
    "KUBERNETES_SERVICE_PORT": API_PORT,
    "KUBERNETES_SERVICE_PORT_HTTPS": API_PORT,
    "KUBERNETES_PORT": f"tcp://{API_HOST}:{API_PORT}",
}

Kind = Literal["configmaps", "secrets"]


async def variables(api: Api, pod: Json, container: Json, placement: Placement, path: str) -> dict[str, str]:
    """Everything in the container's environment; raises :class:`ConfigError` if a source is missing."""
    own_host = {"HOME": "/", "PATH": path, "HOSTNAME": host_name(pod)}
    given = own_host | _API_SERVER | await _from_whole_objects(api, pod, container)
    pairs = [(item["name"], await _value(api, pod, container, item, placement)) for item in container.get("env") or []]
    return expand.expand_in_order(pairs, given)


def host_name(pod: Json) -> str:
    """What the pod calls itself: ``spec.hostname`` or its name, cut to the 63 characters of a host name."""
    return str(pod["spec"].get("hostname") or pod["metadata"]["name"])[:63].rstrip("-.")


async def contents(api: Api, kind: Kind, namespace: str, name: str, *, optional: bool) -> dict[str, bytes]:
    """The entries of a ConfigMap or Secret; none if it is missing and optional."""
    try:
        found = await api.get(f"/api/v1/namespaces/{namespace}/{kind}/{name}")
    except ApiError as error:
        if error.not_found and optional:
            return {}
        if error.not_found:
            raise ConfigError(f"{kind.removesuffix('s')} {name!r} not found in namespace {namespace!r}") from error
        raise ConfigError(f"reading {kind} {namespace}/{name} failed: {error.message}") from error
    return _decoded(found, kind)


def _decoded(found: Json, kind: Kind) -> dict[str, bytes]:
    data: Mapping[str, str] = found.get("data") or {}
    if kind == "secrets":
        return {key: base64.b64decode(value) for key, value in data.items()}
    binary: Mapping[str, str] = found.get("binaryData") or {}
    return {key: value.encode() for key, value in data.items()} | {
        key: base64.b64decode(value) for key, value in binary.items()
    }


async def _from_whole_objects(api: Api, pod: Json, container: Json) -> dict[str, str]:
    values: dict[str, str] = {}
    for source in container.get("envFrom") or []:
        prefix = source.get("prefix") or ""
        for written, kind in _SOURCES.items():
            if reference := source.get(written):
                found = await _entries(api, pod, kind, reference)
                values |= {prefix + key: value.decode(errors="replace") for key, value in found.items()}
    return values


_SOURCES: Mapping[str, Kind] = {"configMapRef": "configmaps", "secretRef": "secrets"}
_KEYS: Mapping[str, Kind] = {"configMapKeyRef": "configmaps", "secretKeyRef": "secrets"}


async def _value(api: Api, pod: Json, container: Json, item: Mapping[str, Any], placement: Placement) -> str:
    source = item.get("valueFrom")
    if not source:
        return str(item.get("value") or "")
    if "fieldRef" in source:
        return downward.field(pod, source["fieldRef"]["fieldPath"], placement)
    if "resourceFieldRef" in source:
        return downward.resource(container, source["resourceFieldRef"], placement)
    for written, kind in _KEYS.items():
        if reference := source.get(written):
            return await _entry(api, pod, kind, reference)
    raise ConfigError(f"variable {item['name']!r} comes from {', '.join(source)}, which the lab does not support")


async def _entry(api: Api, pod: Json, kind: Kind, reference: Mapping[str, Any]) -> str:
    found = await _entries(api, pod, kind, reference)
    if reference["key"] in found:
        return found[reference["key"]].decode(errors="replace")
    if reference.get("optional"):
        return ""
    raise ConfigError(f"couldn't find key {reference['key']!r} in {kind.removesuffix('s')} {reference['name']!r}")


async def _entries(api: Api, pod: Json, kind: Kind, reference: Mapping[str, Any]) -> dict[str, bytes]:
    optional = bool(reference.get("optional"))
    return await contents(api, kind, pod["metadata"]["namespace"], reference["name"], optional=optional)


def expanded(words: tuple[str, ...], values: Mapping[str, str]) -> tuple[str, ...]:
    """Command and arguments with their ``$(NAME)`` replaced by the container's variables."""
    return tuple(expand.expand(word, values) for word in words)
