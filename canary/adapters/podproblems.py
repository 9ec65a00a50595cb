"""What is wrong with the pods of a workload, in one line a person can act on: read only when a workload is not ready.

Judges nothing: a pod that is merely starting has no problem.
"""

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote as url_quote

from canary.adapters.kubestatus import quote

Pod = dict[str, Any]
STARTING = frozenset({"", "ContainerCreating", "PodInitializing"})


def selector_query(selector: dict[str, Any]) -> str:
    """A LabelSelector as the value of the `labelSelector` query parameter, percent-encoded."""
    equal = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    return url_quote(",".join([*equal, *map(_expression, selector.get("matchExpressions") or [])]))


def _expression(rule: dict[str, Any]) -> str:
    key, values = str(rule["key"]), ",".join(rule.get("values") or [])
    forms = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": key, "DoesNotExist": f"!{key}"}
    return forms.get(rule["operator"], key)


def describe(pods: Iterable[Pod]) -> str:
    """The first problem of the first pod that has one, with the pod's name; empty when there is none.

    Pods on their way out are not looked at; the youngest pods come first, because the latest template is in question.
    """
    alive = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    alive.sort(key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")), reverse=True)
    for pod in alive:
        for problem in _problems(pod.get("status") or {}):
            return f"pod {pod['metadata']['name']}: {quote(problem)}"
    return ""


def _problems(status: dict[str, Any]) -> Iterator[str]:
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        yield from _container(container)
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            yield f"{condition.get('reason', 'not scheduled')}: {condition.get('message', '')}"
    if status.get("phase") == "Failed":
        yield f"{status.get('reason') or 'Failed'}: {status.get('message', 'the pod failed')}"


def _container(container: dict[str, Any]) -> Iterator[str]:
    waiting = (container.get("state") or {}).get("waiting") or {}
    if waiting.get("reason", "") not in STARTING:
        last = (container.get("lastState") or {}).get("terminated") or {}
        ended = f" (last exit code {last['exitCode']})" if "exitCode" in last else ""
        yield f"container {container['name']} {waiting['reason']}{ended}: {waiting.get('message', '')}".rstrip(": ")
