"""The releases that a guard watches, as the cluster lists them: two requests for all of them.

Knows the names and the label that journals and Leases have, and nothing of what to do about a release.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from canary.adapters.apipath import everywhere_path
from canary.adapters.cluster import Cluster, JsonObject
from canary.adapters.journal import JOURNAL, STATES
from canary.adapters.lease import API, LABEL, LeaseView, lease_view
from canary.adapters.record import RECORD, Record, record_from_json
from canary.core.state import State

SUFFIX = "-canary"


@dataclass(frozen=True, slots=True)
class Found:
    """One release: what its last run wrote, and who holds it. state is None when there is none that can be read."""

    name: str
    namespace: str
    record: Record
    state: State | None
    lease: LeaseView

    @property
    def key(self) -> str:
        """`prod/podinfo`."""
        return f"{self.namespace}/{self.name}"


def releases(cluster: Cluster, namespace: str = "") -> tuple[Found, ...]:
    """All releases of `namespace`, or of the cluster when it is empty. Raises Unavailable, Misconfigured."""
    # Leases first: a run that starts between the two requests is then seen as not over but held by nobody known yet,
    # and whoever acts on that is told by the Lease itself
    leases = {_place(item): lease_view(item) for item in _listed(cluster, API, "leases", namespace)}
    maps = _listed(cluster, "v1", "configmaps", namespace)
    return tuple(_found(item, leases) for item in maps if _place(item)[1].endswith(JOURNAL))


def _listed(cluster: Cluster, api_version: str, plural: str, namespace: str) -> Iterator[JsonObject]:
    label = ",".join(f"{key}%3D{value}" for key, value in LABEL.items()).replace("/", "%2F")
    answer = cluster.get(f"{everywhere_path(api_version, plural, namespace)}?labelSelector={label}") or {}
    yield from answer.get("items") or []


def _place(item: Mapping[str, Any]) -> tuple[str, str]:
    return str(item["metadata"].get("namespace", "")), str(item["metadata"]["name"])


def _found(item: JsonObject, leases: Mapping[tuple[str, str], LeaseView]) -> Found:
    namespace, full = _place(item)
    name, data = full.removesuffix(JOURNAL), item.get("data") or {}
    record = record_from_json(data.get(RECORD, ""), name, namespace)
    lease = leases.get((namespace, f"{name}{SUFFIX}"), LeaseView())
    return Found(name, namespace, record, _state(data.get("state", "")), lease)


def _state(text: str) -> State | None:
    try:
        return STATES.validate_json(text) if text else None
    except ValidationError:
        return None
