"""When a Deployment is ready: its controller has seen the change, it is available, and the new ReplicaSet stands.

The number of replicas is taken from the ReplicaSet and not from the inputs, so a Deployment that somebody else scaled,
also to zero, is ready at that number. On its first revision the `Progressing` condition is not asked for. This module
refuses to give up early: only time ends the wait for a rollout that is stuck.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from lab.pulumi.kubernetes.objects import Kind, annotation, name_of, pluck
from lab.pulumi.kubernetes.properties import Json
from lab.pulumi.kubernetes.waits.pods import condition_of, warnings_about
from lab.pulumi.kubernetes.waits.subject import Subject, generation, label_selector
from lab.pulumi.kubernetes.waits.verdict import Look, Note, Verdict

_REVISION = "deployment.kubernetes.io/revision"
_REPLICA_SET = Kind("apps", "v1", "ReplicaSet")
_POD = Kind("", "v1", "Pod")
_CLAIM = Kind("", "v1", "PersistentVolumeClaim")
_SECONDS_BETWEEN_POD_CHECKS = 5.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What one look saw."""

    deployment: Json
    replica_sets: list[Json]
    pods: list[Json] = field(default_factory=list)
    claims: list[Json] = field(default_factory=list)

    @property
    def revision(self) -> str:
        """The number of the current pod template; empty before the controller's first look."""
        return annotation(self.deployment, _REVISION)

    @property
    def replica_set(self) -> Json | None:
        """The ReplicaSet of the current revision."""
        found = (each for each in self.replica_sets if annotation(each, _REVISION) == self.revision)
        return next(found, None) if self.revision else None


def judge(scene: Scene) -> Verdict:
    """Whether the Deployment is ready."""
    if pluck(scene.deployment, "status", "observedGeneration") != generation(scene.deployment):
        return Verdict(is_ready=False, live=scene.deployment, problems=_problems(scene))
    available = _is_true(scene, "Available")
    rolled_out = scene.revision == "1" or _has_rolled_out(scene)
    if available and rolled_out and _replicas_are_ready(scene) and not _unbound(scene):
        done = Note("✅ Deployment initialization complete")
        return Verdict(is_ready=True, live=scene.deployment, notes=(*_scaled_to_zero(scene), done))
    warnings = (Note(text, is_warning=True) for text in (*_condition_messages(scene), *warnings_about(scene.pods)))
    return Verdict(
        is_ready=False, live=scene.deployment, notes=(*_progress(scene), *warnings), problems=_problems(scene)
    )


@dataclass(slots=True)
class DeploymentWatch:
    """Looks at one Deployment; pods are only listed every few seconds, for what is wrong with them."""

    subject: Subject
    next_pods: float = 0.0
    pods: list[Json] = field(default_factory=list)

    def look(self) -> Verdict:
        """One look."""
        live = self.subject.read()
        if self.subject.is_stale(live):
            return Verdict(is_ready=False, live=live)
        labels = label_selector(pluck(live, "spec", "selector"))
        replica_sets = self.subject.owned(_REPLICA_SET, live, labels)
        scene = Scene(live, replica_sets, claims=self._claims(live))
        return judge(replace(scene, pods=self._pods(scene, labels)))

    def _pods(self, scene: Scene, labels: str) -> list[Json]:
        if scene.replica_set is not None and time.monotonic() >= self.next_pods:
            self.next_pods = time.monotonic() + _SECONDS_BETWEEN_POD_CHECKS
            self.pods = self.subject.owned(_POD, scene.replica_set, labels)
        return self.pods

    def _claims(self, live: Json) -> list[Json]:
        volumes = pluck(live, "spec", "template", "spec", "volumes") or []
        names = {pluck(volume, "persistentVolumeClaim", "claimName") for volume in volumes} - {None}
        if not names:
            return []
        found = self.subject.cluster.list(_CLAIM, self.subject.namespace)
        return [claim for claim in found if name_of(claim) in names]


def watch(subject: Subject) -> Look:
    """The looks at one Deployment."""
    return DeploymentWatch(subject).look


def _is_true(scene: Scene, condition_type: str) -> bool:
    return (condition_of(scene.deployment, condition_type) or {}).get("status") == "True"


def _has_rolled_out(scene: Scene) -> bool:
    progressing = condition_of(scene.deployment, "Progressing") or {}
    return _is_true(scene, "Progressing") and progressing.get("reason") == "NewReplicaSetAvailable"


def _replicas(scene: Scene) -> tuple[int, int]:
    wanted: Any = pluck(scene.replica_set, "spec", "replicas")
    ready: Any = pluck(scene.replica_set, "status", "readyReplicas")
    return int(ready or 0), 1 if wanted is None else int(wanted)


def _replicas_are_ready(scene: Scene) -> bool:
    if scene.replica_set is None:
        return False
    ready, wanted = _replicas(scene)
    return ready >= wanted


def _scaled_to_zero(scene: Scene) -> Iterator[Note]:
    if pluck(scene.replica_set, "spec", "replicas") == 0:
        yield Note(f'Replicas scaled to 0 for Deployment "{name_of(scene.deployment)}"', is_warning=True)


def _progress(scene: Scene) -> Iterator[Note]:
    if scene.replica_set is not None and not _replicas_are_ready(scene):
        ready, wanted = _replicas(scene)
        yield Note(f"Waiting for app ReplicaSet to be available ({ready}/{wanted} Pods available)")


def _unbound(scene: Scene) -> list[str]:
    return [name_of(claim) for claim in scene.claims if pluck(claim, "status", "phase") != "Bound"]


def _condition_messages(scene: Scene) -> Iterator[str]:
    for condition_type in ("Progressing", "Available"):
        condition = condition_of(scene.deployment, condition_type) or {}
        if condition.get("status") not in (None, "True") and condition.get("reason"):
            yield f"[{condition['reason']}] {condition.get('message', '')}"


def _problems(scene: Scene) -> tuple[str, ...]:
    problems = list(_condition_messages(scene))
    if unbound := _unbound(scene):
        problems.append(f'Failed to bind PersistentVolumeClaim(s): "{",".join(unbound)}"')
    if not _is_true(scene, "Available"):
        problems.append("Minimum number of live Pods was not attained")
    elif scene.revision != "1" and not _has_rolled_out(scene):
        problems.append("Minimum number of Pods to consider the application live was not attained")
    elif not _replicas_are_ready(scene):
        problems.append(_not_rolled_forward(scene))
    return (*problems, *warnings_about(scene.pods))


def _not_rolled_forward(scene: Scene) -> str:
    if scene.revision == "1":
        return "Minimum number of Pods to consider the application live was not attained"
    return "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live"
