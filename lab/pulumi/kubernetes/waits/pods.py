"""What is wrong with a pod, in a line: for the user who waits for whatever owns it, and for a pod on its own.

A pod is ready when it is scheduled, initialized and ready, or has succeeded. Each step says what it waits for. This
module refuses to ask the cluster.
"""

from collections.abc import Iterator
from typing import Any

from lab.pulumi.kubernetes.objects import name_of, namespace_of, pluck
from lab.pulumi.kubernetes.properties import Json
from lab.pulumi.kubernetes.waits.verdict import Note, Verdict

_STEPS = (("PodScheduled", "scheduled"), ("Initialized", "initialized"), ("Ready", "ready"))
_PULL_NOISE = "rpc error: code = Unknown desc = Error response from daemon: "


def judge(pod: Json) -> Verdict:
    """Whether `pod` is ready, and what it waits for."""
    notes: list[Note] = []
    for condition_type, participle in _STEPS:
        condition = condition_of(pod, condition_type)
        if condition is not None and _is_met(pod, condition_type, condition):
            continue
        notes.append(Note(f'Waiting for Pod "{_full_name(pod)}" to be {participle}'))
        problem = _problem(pod, condition_type, condition) if condition else ""
        return Verdict(is_ready=False, live=pod, notes=tuple(notes), problems=(problem,) if problem else ())
    return Verdict(is_ready=True, live=pod)


def warnings_about(pods: list[Json]) -> tuple[str, ...]:
    """What is wrong with the `pods` of some owner, one line a problem."""
    return tuple(problem for pod in pods for problem in judge(pod).problems)


def condition_of(obj: Json, condition_type: str) -> Json | None:
    """The condition of this type in the object's status, or `None`."""
    conditions = pluck(obj, "status", "conditions")
    found = (entry for entry in conditions or [] if entry.get("type") == condition_type)
    return next(found, None)


def _is_met(pod: Json, condition_type: str, condition: Json) -> bool:
    if condition_type == "Ready" and pluck(pod, "status", "phase") == "Succeeded":
        return True
    return bool(condition.get("status") == "True")


def _problem(pod: Json, condition_type: str, condition: Json) -> str:
    message = condition.get("message", "") if condition.get("reason") else ""
    if condition_type == "PodScheduled":
        return str(message)
    details = [str(message)] if message else []
    for status in pluck(pod, "status", "containerStatuses") or []:
        details.extend(_container_problems(status))
    return f"[Pod {_full_name(pod)}]: {'; '.join(details)}" if details else ""


def _container_problems(status: Json) -> Iterator[str]:
    if status.get("ready"):
        return
    waiting = pluck(status, "state", "waiting") or {}
    if waiting and waiting.get("reason") != "ContainerCreating":
        yield f"[{waiting.get('reason')}] {_without_noise(waiting.get('message'))}".strip()
    terminated = pluck(status, "state", "terminated") or {}
    if terminated.get("reason"):
        yield _termination(status, terminated)
    last = pluck(status, "lastState", "terminated") or {}
    if last:
        yield (
            f'container "{status.get("name")}" terminated at {last.get("finishedAt")} '
            f"({last.get('reason')}: exit code {last.get('exitCode')})"
        )


def _termination(status: Json, terminated: Json) -> str:
    if terminated.get("message"):
        return f"[{terminated['reason']}] {_without_noise(terminated['message'])}"
    return f'container "{status.get("name")}" completed with exit code {terminated.get("exitCode")}'


def _without_noise(message: Any) -> str:
    return str(message or "").removeprefix(_PULL_NOISE).removesuffix(": manifest unknown")


def _full_name(pod: Json) -> str:
    namespace = namespace_of(pod)
    return f"{namespace}/{name_of(pod)}" if namespace not in ("", "default") else name_of(pod)
