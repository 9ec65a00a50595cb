"""Who runs a release: one `coordination.k8s.io/v1` Lease, with `leaseTransitions` as the fencing token.

A newcomer always wins: Pulumi's own lock allows one update at a time, so whoever holds the Lease when an update starts
is an orphan of an earlier one. The orphan notices at its next renewal, and must stop. Knows nothing of what is guarded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from canary.adapters.apipath import object_path
from canary.adapters.cluster import Cluster, JsonObject
from canary.adapters.retry import CONFLICTS, Patience, retry
from canary.ports import Fenced

API = "coordination.k8s.io/v1"
DURATION = timedelta(seconds=30)
MICRO_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
LABEL = {"app.kubernetes.io/managed-by": "pulumi-canary"}


def utc_now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class LeaseView:
    """A Lease as seen once. `token` grows with every change of holder; an empty holder has released it."""

    holder: str = ""
    token: int = 0
    renewed: datetime | None = None
    duration: timedelta = DURATION

    def is_held(self, now: datetime) -> bool:
        """Somebody holds it and has renewed it in time."""
        return bool(self.holder) and self.renewed is not None and now <= self.renewed + self.duration


class Lease:
    """The Lease `name`, for one holder. `now` is the clock of renewTime."""

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        name: str,
        now: Callable[[], datetime] = utc_now,
        patience: Patience | None = None,
    ) -> None:
        self._cluster, self._now, self._patience = cluster, now, patience or Patience()
        self._namespace, self._name = namespace, name

    def look(self) -> LeaseView:
        """The Lease as it is; LeaseView() when there is none."""
        return lease_view(self._cluster.get(self._path))

    def acquire(
        self, holder: str, at_least: int = 0, duration: timedelta = DURATION, instead_of: int | None = None
    ) -> int:
        """Take the Lease over from whoever has it; the fencing token, greater than any before and than `at_least`.

        instead_of: only from the one with this token; raises Fenced when another has come since.
        """

        def take() -> int:
            found = self._cluster.get(self._path)
            if instead_of is not None and lease_view(found).token != instead_of:
                raise Fenced(f"{lease_view(found).holder or 'another run'} took the Lease {self._name} in the meantime")
            token = max(lease_view(found).token, at_least) + 1
            self._write(found, self._spec(holder, token, duration))
            return token

        return retry(take, self._patience, on=CONFLICTS)

    def renew(self, holder: str, token: int, duration: timedelta = DURATION) -> None:
        """Say that `holder` is still at work. Raises Fenced when the Lease is another's, or gone."""

        def again() -> None:
            found = self._cluster.get(self._path)
            self._guard(lease_view(found), holder, token)
            self._write(found, self._spec(holder, token, duration))

        retry(again, self._patience, on=CONFLICTS)

    def release(self, holder: str, token: int) -> None:
        """Give the Lease back, keeping its token; nothing happens when it is another's by now."""

        def let_go() -> None:
            found = self._cluster.get(self._path)
            view = lease_view(found)
            if (view.holder, view.token) == (holder, token):
                self._write(found, self._spec("", token, timedelta(seconds=1)))

        retry(let_go, self._patience, on=CONFLICTS)

    def delete(self) -> None:
        """Remove it, whoever holds it."""
        self._cluster.delete(self._path)

    def _guard(self, view: LeaseView, holder: str, token: int) -> None:
        if (view.holder, view.token) != (holder, token):
            now = f"{view.holder} holds it" if view.holder else "nobody holds it any more"
            raise Fenced(f"this run lost its Lease {self._name} in namespace {self._namespace}: {now}; it stops here")

    def _write(self, found: JsonObject | None, spec: JsonObject) -> None:
        if found is None:
            meta: JsonObject = {"name": self._name, "namespace": self._namespace, "labels": LABEL}
            body = {"apiVersion": API, "kind": "Lease", "metadata": meta, "spec": spec}
            self._cluster.create(object_path(API, "leases", self._namespace), body)
        else:
            # with the resourceVersion that was read: of two writers, the second gets a Conflict and looks again
            self._cluster.replace(self._path, {**found, "spec": {**found.get("spec", {}), **spec}})

    def _spec(self, holder: str, token: int, duration: timedelta) -> JsonObject:
        return {
            "holderIdentity": holder,
            "leaseTransitions": token,
            "leaseDurationSeconds": max(1, int(duration.total_seconds())),
            "renewTime": self._now().strftime(MICRO_TIME),
        }

    @property
    def _path(self) -> str:
        return object_path(API, "leases", self._namespace, self._name)


def lease_view(found: JsonObject | None) -> LeaseView:
    """A Lease as the API server shows it."""
    spec: dict[str, Any] = (found or {}).get("spec") or {}
    return LeaseView(
        holder=str(spec.get("holderIdentity") or ""),
        token=int(spec.get("leaseTransitions") or 0),
        renewed=_time(spec.get("renewTime")),
        duration=timedelta(seconds=int(spec.get("leaseDurationSeconds") or DURATION.total_seconds())),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
