"""Publishing snapshots to Envoy through files, in an order in which no request can be lost.

Clusters first; Envoy's word that it has them; then the tables that send requests to them; a cluster out of use stays
until requests in flight are done. Envoy watches each file for a rename. Nothing here knows what a snapshot means.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from lab.mesh import render
from lab.mesh.render import Resource
from lab.mesh.snapshot import Cluster, Snapshot

GRACE_SECONDS = 30.0
"""How long a cluster outlives its pod's last endpoint: the default termination grace period."""


class XdsError(Exception):
    """Envoy did not take a configuration; what it served before is still being served."""


class Acceptance(Protocol):
    """Where Envoy says which version it has taken."""

    def await_version(self, kind: str, version: str) -> None:
        """Return once version is in use; returns at once if Envoy is not running (it will read the files when it is).

        Args:
            kind: "cds" or "lds".
            version: as written.

        Raises:
            XdsError: rejected, or no answer within the deadline.
        """


@dataclass(frozen=True, slots=True)
class Retention:
    """Clusters that have left the snapshot, and when (monotonic seconds) each may go. Immutable."""

    leaving: Mapping[str, tuple[Cluster, float]]

    def after(self, published: Iterable[Cluster], current: Mapping[str, Cluster], now: float) -> Retention:
        """The retention once `current` replaces `published`."""
        leaving = {name: entry for name, entry in self.leaving.items() if name not in current and entry[1] > now}
        for cluster in published:
            if cluster.name not in current and cluster.name not in self.leaving:
                leaving[cluster.name] = (cluster, now + GRACE_SECONDS)
        return Retention(leaving)

    def clusters(self) -> list[Cluster]:
        """The clusters kept beyond their time in the snapshot."""
        return [cluster for cluster, _ in self.leaving.values()]

    def next_expiry(self) -> float | None:
        """When the next of them may go, in monotonic seconds."""
        return min((until for _, until in self.leaving.values()), default=None)


class Publisher:
    """Writes snapshots under a directory and remembers what it wrote.

    Files: `cds.json`, `lds.json`, `tables/*.json`. A publisher started over an older one's files gives the clusters
    it finds there their grace too, so that a restarted agent breaks no request.
    """

    def __init__(self, directory: Path, acceptance: Acceptance, clock: Callable[[], float] = time.monotonic) -> None:
        self.cds, self.lds, self.tables = directory / "cds.json", directory / "lds.json", directory / "tables"
        self._acceptance, self._clock = acceptance, clock
        self._written: dict[Path, list[Resource]] = {}
        self._retention = Retention({})
        self.tables.mkdir(parents=True, exist_ok=True)
        self._published = _clusters_in(self.cds)

    def next_expiry(self) -> float | None:
        """When publishing again will let go of a cluster, in monotonic seconds; None if nothing is kept."""
        return self._retention.next_expiry()

    def publish(self, snapshot: Snapshot) -> bool:
        """Bring Envoy to this snapshot; False if it was there already.

        Raises:
            XdsError: Envoy refused; nothing after the refused part was written. Publish again to retry.
        """
        changed = [self._publish_clusters(snapshot), self._publish_tables(snapshot), self._publish_listeners(snapshot)]
        self._remove_tables(snapshot)
        return any(changed)

    def _publish_clusters(self, snapshot: Snapshot) -> bool:
        self._retention = self._retention.after(self._published, snapshot.clusters, self._clock())
        self._published = list(snapshot.clusters.values())
        pods = [*self._published, *self._retention.clusters()]
        # An endpoint set must be there before the cluster that reads it.
        for route in snapshot.routes.values():
            path = render.table_path(self.tables, route.name)
            if render.table_type(route) == render.ENDPOINT_TYPE and not path.exists():
                self._write(path, render.table_type(route), [render.table(route, snapshot.clusters)])
        resources = render.clusters(sorted(pods, key=lambda pod: pod.name), snapshot.routes.values(), self.tables)
        return self._write_accepted("cds", self.cds, render.CLUSTER_TYPE, resources)

    def _publish_tables(self, snapshot: Snapshot) -> bool:
        paths = {render.table_path(self.tables, route.name): route for route in snapshot.routes.values()}
        written = [
            self._write(path, render.table_type(route), [render.table(route, snapshot.clusters)]) is not None
            for path, route in paths.items()
        ]
        return any(written)

    def _publish_listeners(self, snapshot: Snapshot) -> bool:
        resources = [render.listener(route, self.tables) for route in snapshot.routes.values()]
        return self._write_accepted("lds", self.lds, render.LISTENER_TYPE, resources)

    def _remove_tables(self, snapshot: Snapshot) -> None:
        """Only after no listener reads them any more."""
        current = {render.table_path(self.tables, name) for name in snapshot.routes}
        for path in set(self.tables.glob("*.json")) - current:
            path.unlink()
            self._written.pop(path, None)

    def _write_accepted(self, kind: str, path: Path, type_url: str, resources: list[Resource]) -> bool:
        version = self._write(path, type_url, resources)
        if version is None:
            return False
        try:
            self._acceptance.await_version(kind, version)
        except XdsError:
            del self._written[path]
            raise
        return True

    def _write(self, path: Path, type_url: str, resources: list[Resource]) -> str | None:
        """Replace a file by a rename, if its content is new; the version written, or None."""
        if self._written.get(path) == resources:
            return None
        version = str(time.time_ns())
        document = {"version_info": version, "type_url": type_url, "resources": resources}
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(document))
        draft.replace(path)
        self._written[path] = resources
        return version


def _clusters_in(path: Path) -> list[Cluster]:
    """The pods' clusters in a file left by an earlier run; none if there is no readable one."""
    try:
        resources: list[Any] = json.loads(path.read_text())["resources"]
    except (OSError, ValueError, KeyError):
        return []
    return [_cluster_of(resource) for resource in resources if "|" in resource["name"]]


def _cluster_of(resource: Mapping[str, Any]) -> Cluster:
    endpoint = resource["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
    address = endpoint["address"]["socket_address"]
    return Cluster(resource["name"], address["address"], address["port_value"])
