"""The few facts that routing needs, read out of Kubernetes objects.

The API's objects are large and loosely typed; everything after this module works on these small frozen records, so
that an event which changes none of them changes nothing. Knows the API's JSON; knows nothing of Envoy or of weights'
meaning. A parser returns None for an object that can never matter (headless, ExternalName, UDP only).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]
Key: TypeAlias = tuple[str, str]
"""(namespace, name) of an object."""

SERVICE_LABEL = "kubernetes.io/service-name"
HASH_LABEL = "pod-template-hash"

OPAQUE_PORTS = frozenset({25, 587, 3306, 4444, 5432, 6379, 9300, 11211})
"""Linkerd's default opaque ports: protocols in which the server speaks first."""

HTTP_NAMES = frozenset({"http", "http1", "http2", "h2c", "grpc", "ws", "kubernetes.io/h2c", "kubernetes.io/ws"})
TCP_NAMES = frozenset(
    {"tcp", "https", "tls", "mysql", "mongo", "redis", "postgres", "postgresql", "dns", "kubernetes.io/wss"}
)


class Protocol(Enum):
    """How a Service's port is proxied: by request or by connection."""

    HTTP = "http"
    TCP = "tcp"


_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|k|M|Ki|Mi|)")
_THOUSANDTHS = {"m": 1, "": 1000, "k": 1000**2, "M": 1000**3, "Ki": 1000 * 1024, "Mi": 1000 * 1024**2}
"""A quantity's suffixes, as far as a weight could sensibly have one."""


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One TCP port of a Service; `name` ("" if unnamed) is what its EndpointSlices call it."""

    name: str
    number: int
    protocol: Protocol


@dataclass(frozen=True, slots=True)
class Service:
    """A Service with a cluster address."""

    namespace: str
    name: str
    address: str
    ports: tuple[ServicePort, ...]

    def port(self, number: int) -> ServicePort | None:
        """The port with this number, or None."""
        return next((port for port in self.ports if port.number == number), None)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of an EndpointSlice; `pod` is None where no pod stands behind it."""

    address: str
    ready: bool
    serving: bool
    terminating: bool
    pod: str | None


@dataclass(frozen=True, slots=True)
class Slice:
    """An EndpointSlice: ports by name, endpoints, and the Service they belong to."""

    namespace: str
    service: str
    ports: tuple[tuple[str, int], ...]
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod's owner: `kind` is lower case ("deployment"), both None for a bare pod."""

    namespace: str
    name: str
    kind: str | None
    workload: str | None
    deleting: bool


@dataclass(frozen=True, slots=True)
class Split:
    """A TrafficSplit: apex Service and (backend Service, weight) in thousandths, so that "500m" is exact."""

    namespace: str
    name: str
    created: str
    service: str
    backends: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class World:
    """All that routing depends on, at one moment."""

    services: Mapping[Key, Service] = field(default_factory=dict)
    slices: Mapping[Key, Slice] = field(default_factory=dict)
    pods: Mapping[Key, Pod] = field(default_factory=dict)
    splits: Mapping[Key, Split] = field(default_factory=dict)


def service(obj: Json) -> Service | None:
    """Read a Service; None unless it has an IPv4 cluster address and a TCP port."""
    meta, spec = obj["metadata"], obj["spec"]
    address = spec.get("clusterIP", "")
    ports = tuple(_service_port(port) for port in spec.get("ports") or () if port.get("protocol", "TCP") == "TCP")
    if spec.get("type") == "ExternalName" or address in ("", "None") or ":" in address or not ports:
        return None
    return Service(meta["namespace"], meta["name"], address, ports)


def _service_port(port: Json) -> ServicePort:
    return ServicePort(port.get("name", ""), port["port"], _protocol(port))


def _protocol(port: Json) -> Protocol:
    """appProtocol decides, then the name up to its first dash, then the number; otherwise it is taken for HTTP."""
    for word in (port.get("appProtocol", "").lower(), port.get("name", "").lower().split("-")[0]):
        if word in HTTP_NAMES:
            return Protocol.HTTP
        if word in TCP_NAMES:
            return Protocol.TCP
    return Protocol.TCP if port["port"] in OPAQUE_PORTS else Protocol.HTTP


def endpoint_slice(obj: Json) -> Slice | None:
    """Read an EndpointSlice; None for another address family or one that no Service owns."""
    meta = obj["metadata"]
    owner = (meta.get("labels") or {}).get(SERVICE_LABEL)
    if not owner or obj.get("addressType") != "IPv4":
        return None
    ports = tuple(
        (port.get("name") or "", port["port"])
        for port in obj.get("ports") or ()
        if port.get("port") and port.get("protocol", "TCP") == "TCP"
    )
    endpoints = tuple(_endpoint(item) for item in obj.get("endpoints") or () if item.get("addresses"))
    return Slice(meta["namespace"], owner, ports, endpoints)


def _endpoint(item: Json) -> Endpoint:
    """An absent `ready` means ready, an absent `serving` means as ready (the API's own defaults)."""
    conditions = item.get("conditions") or {}
    ready = conditions.get("ready") is not False
    serving = conditions.get("serving")
    target = item.get("targetRef") or {}
    return Endpoint(
        address=item["addresses"][0],
        ready=ready,
        serving=ready if serving is None else serving,
        terminating=bool(conditions.get("terminating")),
        pod=target["name"] if target.get("kind") == "Pod" else None,
    )


def pod(obj: Json) -> Pod:
    """Read a Pod: who owns it, and whether it is being deleted."""
    meta = obj["metadata"]
    kind, workload = _owner(meta)
    return Pod(meta["namespace"], meta["name"], kind, workload, "deletionTimestamp" in meta)


def _owner(meta: Json) -> tuple[str | None, str | None]:
    """The controller; a ReplicaSet with the pod's template hash in its name stands for the Deployment that made it."""
    owner = next((ref for ref in meta.get("ownerReferences") or () if ref.get("controller")), None)
    if owner is None:
        return None, None
    suffix = "-" + str((meta.get("labels") or {}).get(HASH_LABEL))
    if owner["kind"] == "ReplicaSet" and owner["name"].endswith(suffix):
        return "deployment", owner["name"].removesuffix(suffix)
    return owner["kind"].lower(), owner["name"]


def split(obj: Json) -> Split:
    """Read a TrafficSplit of any version: weights are integers, or quantities in v1alpha1."""
    meta, spec = obj["metadata"], obj["spec"]
    backends = tuple((item["service"], _thousandths(item.get("weight", 0))) for item in spec.get("backends") or ())
    return Split(meta["namespace"], meta["name"], meta.get("creationTimestamp", ""), spec["service"], backends)


def _thousandths(weight: int | str) -> int:
    """A quantity below a thousandth is none."""
    quantity = _QUANTITY.fullmatch(str(weight))
    if quantity is None:
        raise ValueError(f"weight {weight!r} is not a quantity")
    return int(Decimal(quantity[1]) * _THOUSANDTHS[quantity[2]])
