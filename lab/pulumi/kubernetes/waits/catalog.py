"""Which kind waits for what.

A kind that is not listed is ready as soon as it is written, unless the program says otherwise by annotation. This
module refuses to look at anything.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from lab.pulumi.kubernetes.objects import Kind, annotation
from lab.pulumi.kubernetes.properties import Json
from lab.pulumi.kubernetes.waits import conditions, deployment, ingress, pods, service, storage, workloads
from lab.pulumi.kubernetes.waits.subject import Subject
from lab.pulumi.kubernetes.waits.verdict import Look, Verdict

_SKIP = "pulumi.com/skipAwait"
_POD = Kind("", "v1", "Pod")
_Watch = Callable[[Subject], Look]
_Judge = Callable[[Json], Verdict]


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind waits after a write (`start`) and, if it does, looks again on a refresh (`current`)."""

    start: _Watch
    current: _Watch | None = None


def _judged_by(judge: _Judge) -> _Watch:
    def watch(subject: Subject) -> Look:
        def look() -> Verdict:
            live = subject.read()
            return Verdict(is_ready=False, live=live) if subject.is_stale(live) else judge(live)

        return look

    return watch


def _with_pods(judge: _Judge) -> _Watch:
    def watch(subject: Subject) -> Look:
        look_at_owner = _judged_by(judge)(subject)

        def look() -> Verdict:
            verdict = look_at_owner()
            if verdict.is_ready or not verdict.has_failed:
                return verdict
            problems = pods.warnings_about(subject.owned(_POD, verdict.live))
            return Verdict(is_ready=False, live=verdict.live, problems=(*verdict.problems, *problems), has_failed=True)

        return look

    return watch


def _both(watch: _Watch) -> Rule:
    return Rule(watch, watch)


_RULES = {
    "apps/v1/Deployment": _both(deployment.watch),
    "apps/v1/StatefulSet": _both(_judged_by(workloads.judge_stateful_set)),
    "apps/v1/DaemonSet": _both(_judged_by(workloads.judge_daemon_set)),
    "batch/v1/Job": _both(_with_pods(workloads.judge_job)),
    "networking.k8s.io/v1/Ingress": _both(ingress.watch),
    "v1/PersistentVolume": Rule(_judged_by(storage.judge_volume)),
    "v1/PersistentVolumeClaim": Rule(storage.watch_claim),
    "v1/Pod": _both(_judged_by(pods.judge)),
    "v1/ReplicationController": Rule(_judged_by(workloads.judge_replication_controller)),
    "v1/ResourceQuota": Rule(_judged_by(storage.judge_quota)),
    "v1/Secret": Rule(_judged_by(storage.judge_secret)),
    "v1/Service": Rule(service.watch, service.glance),
}


def look_after_write(subject: Subject, inputs: Json) -> Look | None:
    """The looks to take after a create or an update, or `None` when there is nothing to wait for.

    Raises `WaitForError` when the program's own annotation cannot be read.
    """
    if annotation(inputs, _SKIP) == "true":
        return None
    if wanted := annotation(subject.written, conditions.ANNOTATION):
        return _judged_by(conditions.parse(wanted).judge)(subject)
    if rule := _RULES.get(str(Kind.of(subject.written))):
        return rule.start(subject)
    if os.environ.get("PULUMI_K8S_AWAIT_ALL") == "true":
        return _judged_by(conditions.judge_ready)(subject)
    return None


def look_on_read(subject: Subject, inputs: Json) -> Look | None:
    """The one look to take on a refresh, or `None` for a kind that is taken as it is."""
    rule = _RULES.get(str(Kind.of(subject.written)))
    if rule is None or rule.current is None or annotation(inputs, _SKIP) == "true":
        return None
    return rule.current(subject)


def skips_deletion_wait(inputs: Json) -> bool:
    """Whether the program asked not to wait for the end of a kind that allows it."""
    allowed = {"v1/Namespace", "v1/Pod", "v1/ReplicationController", "batch/v1/Job"} | {
        f"apps/v1/{name}" for name in ("DaemonSet", "Deployment", "StatefulSet")
    }
    return annotation(inputs, _SKIP) == "true" and str(Kind.of(inputs)) in allowed
