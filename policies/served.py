"""Who is behind a Service, and under which release. What the rules on a whole stack have in common.

A stack's resources are plain objects here; that a Service may be in another stack is the limit of what can be seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from policies import argo, flagger
from policies.pods import is_serving, pod_labels
from policies.resource import ROLLOUT, Resource, of_kind

RELEASE_LABEL = "canary.pulumi.io/release"


@dataclass(frozen=True, slots=True)
class Workloads:
    """The workloads among a stack's resources. Whatever is asked of one may raise NotKnown."""

    resources: list[Resource]

    def all(self) -> list[Resource]:
        """Every workload that runs until it is stopped."""
        return [resource for resource in self.resources if is_serving(resource)]

    def services(self, workload: Resource) -> list[Resource]:
        """The Services that send to its pods."""
        return [service for service in of_kind(self.resources, "core", "Service") if _selects(service, workload)]

    def is_released(self, workload: Resource) -> bool:
        """It is under a release of any of the three kinds."""
        if workload.group == argo.GROUP:
            return True
        return self.is_ours(workload) or self.is_flaggers(workload) or self._is_argos(workload)

    def is_ours(self, workload: Resource) -> bool:
        """One of the two tracks of a Canary of our component."""
        release = workload.meta["labels"].texts().get(RELEASE_LABEL, "")
        for rollout in self.resources:
            if rollout.type == ROLLOUT and release == rollout.object_name and _same_namespace(rollout, workload):
                return workload.object_name in (release, f"{release}-primary")
        return False

    def is_our_canary(self, workload: Resource) -> bool:
        """The track that has no pods between two releases."""
        release = workload.meta["labels"].texts().get(RELEASE_LABEL, "")
        return bool(release) and release == workload.object_name

    def is_flaggers(self, workload: Resource) -> bool:
        """The target of a Flagger Canary, or the primary that Flagger makes of it."""
        for canary in of_kind(self.resources, flagger.GROUP, "Canary"):
            target = canary.props.at("spec.targetRef")
            names = (target["name"].text(), f"{target['name'].text()}-primary")
            kind = target["kind"].text() or "Deployment"
            if kind == workload.kind and _same_namespace(canary, workload) and workload.object_name in names:
                return True
        return False

    def _is_argos(self, workload: Resource) -> bool:
        for rollout in of_kind(self.resources, argo.GROUP, "Rollout"):
            target = rollout.props.at("spec.workloadRef")
            named = (target["kind"].text(), target["name"].text()) == (workload.kind, workload.object_name)
            if named and _same_namespace(rollout, workload):
                return True
        return False

    def permanent(self, workload: Resource) -> bool:
        """Its pods serve users between two releases: it is behind a Service, or a release's; not our canary track."""
        if self.is_our_canary(workload):
            return False
        return workload.group == argo.GROUP or bool(self.services(workload)) or self.is_flaggers(workload)

    def labels_that_serve(self, workload: Resource) -> dict[str, str]:
        """The labels of the pods that users reach: Flagger makes a primary with one label of another value."""
        labels = pod_labels(workload)
        if self.is_flaggers(workload):
            for label in flagger.SELECTOR_LABELS:
                if label in labels:
                    return {**labels, label: f"{labels[label].removesuffix('-primary')}-primary"}
        return labels


def _selects(service: Resource, workload: Resource) -> bool:
    selector = service.props.at("spec.selector").texts()
    if not selector or not _same_namespace(service, workload):
        return False
    return selector.items() <= pod_labels(workload).items()


def _same_namespace(one: Resource, other: Resource) -> bool:
    return one.namespace == other.namespace


def each_workload(resources: list[Resource]) -> Iterator[tuple[Workloads, Resource]]:
    """Every workload, with what is needed to ask about it."""
    workloads = Workloads(resources)
    for workload in workloads.all():
        yield workloads, workload
