"""What the data plane should look like for a given state of the cluster: a pure function.

`build(world)` names a cluster for every pod behind a Service and, for every Service port, the shares of its ready
pods. A cluster a pod, not one a Service, so that its statistics are the pod's whichever Service the request came
through, as a mesh's inbound proxy counts them. Knows nothing of Envoy's configuration, of time, or of what was
published before.

Rules
- A TrafficSplit applies to the Service it names. Backends of weight 0 get nothing; if all are 0, or there are none,
  the split is as absent and the apex Service's own endpoints are used (so does Linkerd).
- A backend with weight but no usable endpoint, no such port, or no Service at all gets its share answered with 503.
- Usable endpoints are the ready ones; with none, those that terminate but still serve (so does kube-proxy).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lab.mesh.objects import Endpoint, Key, Pod, Protocol, Service, ServicePort, Slice, Split, World
from lab.mesh.shares import Share, divide

UNAVAILABLE = "unavailable"
"""The cluster without endpoints: what is sent there is answered with 503 and counted for no pod."""

ANSWERED_ELSEWHERE = frozenset({("default", "kubernetes"), ("kube-system", "kube-dns")})
"""Services whose own process listens on the Service's address."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One port of one pod (or of a bare address), and the name its statistics go by."""

    name: str
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Route:
    """One Service port: where it listens and who gets which share of it."""

    name: str
    address: str
    port: int
    protocol: Protocol
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All clusters by name, those out of routing included, and all routes by name."""

    clusters: Mapping[str, Cluster]
    routes: Mapping[str, Route]


@dataclass(frozen=True, slots=True)
class _Candidate:
    cluster: Cluster
    ready: bool
    draining: bool


def build(world: World) -> Snapshot:
    """The snapshot for this state of the cluster."""
    index = _Index(world)
    services = [item for key, item in sorted(world.services.items()) if key not in ANSWERED_ELSEWHERE]
    routes = [index.route(service, port) for service in services for port in service.ports]
    clusters = {item.cluster.name: item.cluster for service in services for item in index.candidates(service)}
    return Snapshot(clusters, {route.name: route for route in routes})


class _Index:
    """The world, looked up the way routing asks: slices by Service, the one split of an apex Service."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._slices: dict[Key, list[Slice]] = {}
        for _, item in sorted(world.slices.items()):
            self._slices.setdefault((item.namespace, item.service), []).append(item)
        self._splits: dict[Key, Split] = {}
        for split in sorted(world.splits.values(), key=lambda s: (s.created, s.name)):
            self._splits.setdefault((split.namespace, split.service), split)

    def route(self, service: Service, port: ServicePort) -> Route:
        name = f"{service.namespace}/{service.name}/{port.number}@{service.address}"
        shares = divide([(weight, self._targets(key, port)) for key, weight in self._backends(service)])
        return Route(name, service.address, port.number, port.protocol, shares)

    def _backends(self, service: Service) -> list[tuple[Key, int]]:
        """(backend Service, weight): the split's backends with weight, or the Service itself."""
        split = self._splits.get((service.namespace, service.name))
        weighted = [((split.namespace, name), weight) for name, weight in split.backends if weight > 0] if split else []
        return weighted or [((service.namespace, service.name), 1)]

    def _targets(self, backend: Key, port: ServicePort) -> list[str]:
        """Names of the clusters that take the backend's share: a backend is asked on the apex's port number."""
        service = self._world.services.get(backend)
        own = service.port(port.number) if service else None
        if service is None or own is None:
            return [UNAVAILABLE]
        found = list(self._port_candidates(service, own))
        ready = [item.cluster.name for item in found if item.ready]
        return ready or [item.cluster.name for item in found if item.draining] or [UNAVAILABLE]

    def candidates(self, service: Service) -> Iterator[_Candidate]:
        for port in service.ports:
            yield from self._port_candidates(service, port)

    def _port_candidates(self, service: Service, port: ServicePort) -> Iterable[_Candidate]:
        """Each address once, the better report first: an address may be in two slices while it moves between them."""
        found: dict[str, _Candidate] = {}
        for item in self._slices.get((service.namespace, service.name), ()):
            number = dict(item.ports).get(port.name)
            for endpoint in item.endpoints if number else ():
                candidate = self._candidate(service, endpoint, number or 0)
                if candidate and (candidate.ready or candidate.cluster.name not in found):
                    found[candidate.cluster.name] = candidate
        return found.values()

    def _candidate(self, service: Service, endpoint: Endpoint, port: int) -> _Candidate | None:
        """None while a pod is not (yet, or any longer) known: its statistics could not be given a name."""
        pod = self._world.pods.get((service.namespace, endpoint.pod)) if endpoint.pod else None
        if endpoint.pod and pod is None:
            return None
        name = _pod_cluster(pod, endpoint, port) if pod else f"address|{endpoint.address}|{port}"
        going = endpoint.terminating or (pod is not None and pod.deleting)
        ready = endpoint.ready and not going
        return _Candidate(Cluster(name, endpoint.address, port), ready, endpoint.serving and going)


def _pod_cluster(pod: Pod, endpoint: Endpoint, port: int) -> str:
    """`pod|NAMESPACE|KIND/WORKLOAD|POD|ADDRESS|PORT`; bootstrap.py takes the statistics' labels out of it."""
    owner = [f"{pod.kind}/{pod.workload}"] if pod.kind else []
    return "|".join(["pod", pod.namespace, *owner, pod.name, endpoint.address, str(port)])
