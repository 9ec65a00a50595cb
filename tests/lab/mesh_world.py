"""Hand-made cluster states for the data plane's tests, in the terms of the walk-through."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lab.mesh.objects import Endpoint, Pod, Protocol, Service, ServicePort, Slice, Split, World

NAMESPACE = "prod"
PORT = 9898


@dataclass(frozen=True)
class PodState:
    """A pod of `deployment` and how its endpoint reports it."""

    name: str
    deployment: str
    address: str
    port: int = PORT
    ready: bool = True
    serving: bool = True
    terminating: bool = False

    @property
    def cluster(self) -> str:
        return f"pod|{NAMESPACE}|deployment/{self.deployment}|{self.name}|{self.address}|{self.port}"

    def gone_unready(self) -> "PodState":
        return replace(self, ready=False, serving=False)

    def draining(self) -> "PodState":
        return replace(self, ready=False, serving=True, terminating=True)


def service(name: str, address: str, port: int = PORT, protocol: Protocol = Protocol.HTTP) -> Service:
    return Service(NAMESPACE, name, address, (ServicePort("http", port, protocol),))


def endpoints(owner: str, pods: Iterable[PodState]) -> Slice:
    """One slice; all its pods listen on the same port."""
    items = tuple(pods)
    port = items[0].port if items else PORT
    return Slice(NAMESPACE, owner, (("http", port),), tuple(_endpoint(pod) for pod in items))


def _endpoint(pod: PodState) -> Endpoint:
    return Endpoint(pod.address, pod.ready, pod.serving, pod.terminating, pod.name)


def world(
    services: Sequence[Service], slices: Sequence[Slice], pods: Iterable[PodState], split: Split | None = None
) -> World:
    return World(
        services={(item.namespace, item.name): item for item in services},
        slices={(item.namespace, f"{item.service}-{index}"): item for index, item in enumerate(slices)},
        pods={(NAMESPACE, p.name): Pod(NAMESPACE, p.name, "deployment", p.deployment, deleting=False) for p in pods},
        splits={(split.namespace, split.name): split} if split else {},
    )


def canary_world(
    canary: Sequence[PodState],
    primary: Sequence[PodState],
    weights: tuple[int, int] | None,
    net: str = "10.43.0",
    port: int = PORT,
) -> World:
    """Apex, primary and canary Services at NET.50, .51 and .52; the apex selects the primary's pods."""
    services = [
        service("podinfo", f"{net}.50", port),
        service("podinfo-primary", f"{net}.51", port),
        service("podinfo-canary", f"{net}.52", port),
    ]
    slices = [*_slices("podinfo", primary), *_slices("podinfo-primary", primary), *_slices("podinfo-canary", canary)]
    return world(services, slices, [*canary, *primary], split(*weights) if weights else None)


def _slices(owner: str, pods: Sequence[PodState]) -> list[Slice]:
    """A slice a pod, so that pods may listen on different ports."""
    return [endpoints(owner, [pod]) for pod in pods]


def split(canary: int, primary: int, created: str = "2026-01-01T00:00:00Z", name: str = "podinfo") -> Split:
    backends = (("podinfo-canary", canary), ("podinfo-primary", primary))
    return Split(NAMESPACE, name, created, "podinfo", backends)
