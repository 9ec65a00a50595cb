"""What a router is told and what it reports: who gets which share of the traffic.

Knows nothing of TrafficSplit, HTTPRoute or any other object that expresses it.
"""

from dataclasses import dataclass, field
from enum import StrEnum

ALL = 100  # percent


class Track(StrEnum):
    """The two sides of a release."""

    PRIMARY = "primary"
    CANARY = "canary"


class Capability(StrEnum):
    """What a router may or may not be able to express."""

    WEIGHTS = "weights"
    MATCH = "match rules"
    MIRROR = "mirroring"
    AFFINITY = "session affinity"


@dataclass(frozen=True, slots=True)
class HeaderMatch:
    """One condition on a request header (a cookie is the header `cookie`); exactly one of the three is set."""

    header: str
    exact: str | None = None
    prefix: str | None = None
    regex: str | None = None


@dataclass(frozen=True, slots=True)
class MatchRule:
    """Requests for which *all* conditions hold go to the canary; several rules are alternatives."""

    headers: tuple[HeaderMatch, ...]


@dataclass(frozen=True, slots=True)
class Affinity:
    """Keep a client on the canary once it was sent there: by a cookie, for `max_age_seconds`."""

    cookie: str
    max_age_seconds: int = 86400


@dataclass(frozen=True, slots=True)
class Routing:
    """The wanted or observed routing. `weight` is the canary's share in percent, 0..100; the primary has the rest."""

    weight: int = 0
    matches: tuple[MatchRule, ...] = ()
    mirror_percent: int = 0
    affinity: Affinity | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= ALL:
            raise ValueError(f"canary weight must be 0..100, got {self.weight}")
        if not 0 <= self.mirror_percent <= ALL:
            raise ValueError(f"mirror percent must be 0..100, got {self.mirror_percent}")

    @property
    def is_home(self) -> bool:
        """All traffic goes to the primary and the canary sees no user request, nor a copy of one."""
        return self.weight == 0 and not self.matches and self.mirror_percent == 0

    @property
    def reaches_users(self) -> bool:
        """Some user may be answered by the canary (a mirrored request is answered by the primary)."""
        return self.weight > 0 or bool(self.matches)

    def needs(self) -> frozenset[Capability]:
        """What a router must be able to do to express this."""
        wanted = {
            Capability.WEIGHTS: self.weight not in (0, 100),
            Capability.MATCH: bool(self.matches),
            Capability.MIRROR: self.mirror_percent > 0,
            Capability.AFFINITY: self.affinity is not None,
        }
        return frozenset(capability for capability, needed in wanted.items() if needed)


HOME = Routing()


@dataclass(frozen=True, slots=True)
class TrackHealth:
    """How one track's workload stands, as read from the cluster.

    `desired` is spec.replicas, `ready` the pods that pass readiness and are not terminating, `updated` the pods at the
    latest template. `observed` is false while the controller has not yet seen the latest spec. `template` is a
    fingerprint of the pod template, without what restarting and stopping change there; empty when it is not known.
    """

    exists: bool = True
    desired: int = 0
    ready: int = 0
    updated: int = 0
    observed: bool = True
    revision: str = ""
    problem: str = ""
    template: str = ""
    detail: dict[str, str] = field(default_factory=dict)

    def is_ready(self, percent: int = 100) -> bool:
        """At least `percent` of the desired pods (and at least one) serve at the latest template."""
        serving = min(self.ready, self.updated)
        return self.can_serve and self.observed and serving * 100 >= percent * self.desired and serving > 0

    def can_take_load(self, percent: int = 100) -> bool:
        """At least `percent` of the desired pods are ready, of whichever template: enough to send users back to it."""
        return self.can_serve and self.ready * 100 >= percent * self.desired

    @property
    def can_serve(self) -> bool:
        """At least one pod is ready."""
        return self.exists and self.ready > 0
