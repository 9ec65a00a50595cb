"""When a StatefulSet, a DaemonSet, a Job or a ReplicationController is ready, judged from the object alone.

This module refuses to ask the cluster; what is wrong with their pods is added by whoever looks.
"""

from typing import Any

from lab.pulumi.kubernetes.objects import name_of, namespace_of, pluck
from lab.pulumi.kubernetes.properties import Json
from lab.pulumi.kubernetes.waits.pods import condition_of
from lab.pulumi.kubernetes.waits.subject import generation
from lab.pulumi.kubernetes.waits.verdict import Note, Verdict

_FINAL_JOB_FAILURES = ("BackoffLimitExceeded", "DeadlineExceeded")


def judge_stateful_set(live: Json) -> Verdict:
    """Every replica is ready and of the current revision; with `OnDelete`, ready is enough."""
    wanted, ready = _number(live, "spec", "replicas"), _number(live, "status", "readyReplicas")
    current = pluck(live, "status", "currentRevision") or ""
    target = pluck(live, "status", "updateRevision") or ""
    by_hand = generation(live) > 1 and pluck(live, "spec", "updateStrategy", "type") == "OnDelete"
    replicas_ready = _is_observed(live) and wanted == _number(live, "status", "replicas") == ready
    if not by_hand:
        replicas_ready = replicas_ready and wanted == _number(live, "status", "currentReplicas")
    revision_ready = _is_observed(live) and (by_hand or (current != "" and current == target))
    if replicas_ready and revision_ready:
        return Verdict(is_ready=True, live=live, notes=(Note("✅ StatefulSet initialization complete"),))
    shown = ready if revision_ready else min(ready, _number(live, "status", "updatedReplicas"))
    problems = []
    if not replicas_ready:
        problems.append(f"{shown} out of {wanted} replicas succeeded readiness checks")
    if not revision_ready:
        problems.append(f'StatefulSet controller failed to advance from revision "{current}" to revision "{target}"')
    note = Note(_stateful_set_progress(live, shown, wanted, replicas_ready=replicas_ready))
    return Verdict(is_ready=False, live=live, notes=(note,), problems=tuple(problems))


def judge_daemon_set(live: Json) -> Verdict:
    """Every node that wants a pod has one that is updated, available and ready."""
    wanted = _number(live, "status", "desiredNumberScheduled")
    for field, word in (
        ("currentNumberScheduled", "Current"),
        ("updatedNumberScheduled", "Updated"),
        ("numberAvailable", "Available"),
        ("numberReady", "Ready"),
    ):
        number = _number(live, "status", field)
        if not _is_observed(live):
            return Verdict(is_ready=False, live=live, notes=(Note("DaemonSet generation is not observed yet"),))
        if number < wanted:
            text = f"{word}: {number}/{wanted}"
            return Verdict(is_ready=False, live=live, notes=(Note(text),), problems=(text,))
    return Verdict(
        is_ready=True, live=live, notes=(Note(f"✅ All replicas scheduled as expected. Replicas: {wanted}"),)
    )


def judge_job(live: Json) -> Verdict:
    """It is complete. A Job that failed for good ends the wait."""
    name = name_of(live) if namespace_of(live) in ("", "default") else f"{namespace_of(live)}/{name_of(live)}"
    failed = condition_of(live, "Failed") or {}
    if failed.get("status") == "True" and failed.get("reason") in _FINAL_JOB_FAILURES:
        problem = f"[{failed['reason']}] {failed.get('message', '')}"
        return Verdict(is_ready=False, live=live, problems=(problem,), has_failed=True)
    if pluck(live, "status", "startTime") is None:
        return Verdict(is_ready=False, live=live, notes=(Note(f'Waiting for Job "{name}" to start'),))
    if (condition_of(live, "Complete") or {}).get("status") == "True":
        return Verdict(is_ready=True, live=live)
    counts = " | ".join(
        f"{word}: {_number(live, 'status', word.lower())}" for word in ("Active", "Succeeded", "Failed")
    )
    return Verdict(is_ready=False, live=live, notes=(Note(f'Waiting for Job "{name}" to succeed ({counts})'),))


def judge_replication_controller(live: Json) -> Verdict:
    """As many replicas are available as are wanted."""
    wanted, available = _number(live, "spec", "replicas"), _number(live, "status", "availableReplicas")
    note = Note(f"Waiting for replicas ({available}/{wanted} available)")
    return Verdict(is_ready=available == wanted, live=live, notes=() if available == wanted else (note,))


def _stateful_set_progress(live: Json, shown: int, wanted: int, *, replicas_ready: bool) -> str:
    if generation(live) <= 1:
        return f"[1/2] Waiting for StatefulSet to create Pods ({shown}/{wanted} Pods ready)"
    if not replicas_ready:
        return f"[1/3] Waiting for StatefulSet update to roll out ({shown}/{wanted} Pods ready)"
    return "[2/3] Waiting for StatefulSet to update .status.currentRevision"


def _is_observed(live: Json) -> bool:
    return _number(live, "status", "observedGeneration") >= generation(live)


def _number(live: Json, *path: str) -> int:
    value: Any = pluck(live, *path)
    return int(value or 0)
