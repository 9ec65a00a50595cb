"""When a Service is ready: its endpoints have settled and none is waiting; a load balancer has its address.

A Service without a selector, a headless one and an alias have no endpoints to wait for. A Service that selects nothing
is ready once that is settled: its pods may belong to a later resource. This module refuses to contact an endpoint.
"""

import os
import time
from dataclasses import dataclass, field

from lab.pulumi.kubernetes.objects import Kind, metadata_of, pluck
from lab.pulumi.kubernetes.properties import Json
from lab.pulumi.kubernetes.waits.subject import Subject
from lab.pulumi.kubernetes.waits.verdict import Look, Note, Verdict

_SLICE = Kind("discovery.k8s.io", "v1", "EndpointSlice")
_SERVICE_LABEL = "kubernetes.io/service-name"
_NO_PODS = (
    "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels "
    "on any Pods"
)
_NO_ADDRESS = "Service was not allocated an IP address; does your cloud provider support this?"


def settle_seconds() -> float:
    """How long endpoints must stay as they are.

    The official provider takes 10 seconds, for clusters of many nodes; on one machine two are plenty.
    `CANARY_LAB_SETTLE_SECONDS` sets it.
    """
    return float(os.environ.get("CANARY_LAB_SETTLE_SECONDS", "2"))


@dataclass(frozen=True, slots=True)
class Scene:
    """What one look saw. `is_settled`: there are endpoint slices, and they have not changed for a while."""

    service: Json
    slices: list[Json]
    is_settled: bool

    @property
    def type(self) -> str:
        """`ClusterIP` where the Service says nothing."""
        return str(pluck(self.service, "spec", "type") or "ClusterIP")

    @property
    def waits_for_pods(self) -> bool:
        """Whether this kind of Service has endpoints of its own."""
        if self.type == "ExternalName" or pluck(self.service, "spec", "clusterIP") == "None":
            return False
        return bool(pluck(self.service, "spec", "selector"))

    @property
    def has_address(self) -> bool:
        """Whether a load balancer has been given an address; true for every other type."""
        return self.type != "LoadBalancer" or bool(pluck(self.service, "status", "loadBalancer", "ingress"))

    def endpoints(self, *, ready: bool) -> int:
        """How many endpoints are ready, or are not."""
        return sum(
            (pluck(endpoint, "conditions", "ready") is not False) == ready
            for each in self.slices
            for endpoint in each.get("endpoints") or []
        )


def judge(scene: Scene) -> Verdict:
    """Whether the Service is ready."""
    pods_are_fine = not scene.waits_for_pods or (scene.is_settled and not scene.endpoints(ready=False))
    if scene.has_address and pods_are_fine:
        notes = (Note("✅ Service initialization complete"),) if scene.waits_for_pods else ()
        return Verdict(is_ready=True, live=scene.service, notes=notes)
    text = "[1/3] Finding Pods to direct traffic to"
    if scene.is_settled and scene.endpoints(ready=True):
        text = "[2/3] Attempting to allocate IP address to Service"
    return Verdict(is_ready=False, live=scene.service, notes=(Note(text),), problems=_problems(scene))


def watch(subject: Subject) -> Look:
    """The looks at one Service that was just written."""
    return _ServiceWatch(subject, settle_seconds()).look


def glance(subject: Subject) -> Look:
    """One look at a Service, whose endpoints count as settled."""

    def look() -> Verdict:
        return judge(Scene(subject.read(), _slices(subject), is_settled=True))

    return look


@dataclass(slots=True)
class _ServiceWatch:
    subject: Subject
    seconds: float
    since: float = field(default_factory=time.monotonic)
    versions: tuple[str, ...] = ()

    def look(self) -> Verdict:
        service = self.subject.read()
        slices = _slices(self.subject)
        versions = tuple(str(metadata_of(each).get("resourceVersion")) for each in slices)
        if versions != self.versions:
            self.versions, self.since = versions, time.monotonic()
        settled = bool(versions) and time.monotonic() - self.since >= self.seconds
        return judge(Scene(service, slices, settled))


def _slices(subject: Subject) -> list[Json]:
    return subject.cluster.list(_SLICE, subject.namespace, {"labelSelector": f"{_SERVICE_LABEL}={subject.name}"})


def _problems(scene: Scene) -> tuple[str, ...]:
    problems = []
    if scene.waits_for_pods and not scene.endpoints(ready=True):
        problems.append(_NO_PODS)
    if not scene.has_address:
        problems.append(_NO_ADDRESS)
    return tuple(problems)
