"""Which pods this node may take: a one-node scheduler. Pure.

It honours what can be false on one node (selectors, required affinity, gates, requests larger than the machine) and
refuses to know preferences, spreading and taints, which cannot matter here. Requests are compared with the whole
machine, pod by pod, not added up: the lab sets no limits on processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.node.expand import quantity

Json = dict[str, Any]
SCHEDULER = "default-scheduler"


def awaits(pod: Json) -> bool:
    """Whether the pod has no node yet and is for us to place."""
    spec = pod["spec"]
    ours = spec.get("schedulerName", SCHEDULER) == SCHEDULER
    return ours and not spec.get("nodeName") and not spec.get("schedulingGates") and not _over(pod)


def objection(pod: Json, node: Json) -> str | None:
    """Why the pod cannot run on ``node``, in the scheduler's words, or None."""
    spec, labels = pod["spec"], node["metadata"]["labels"]
    selector = spec.get("nodeSelector") or {}
    if any(labels.get(key) != value for key, value in selector.items()) or not _affine(spec, node):
        return "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
    for resource, available in node["status"]["allocatable"].items():
        if _requested(spec, resource) > quantity(available):
            return f"0/1 nodes are available: 1 Insufficient {resource}."
    return None


def binding(pod: Json, node: str) -> Json:
    """The object to post to the pod's ``binding`` subresource."""
    meta = pod["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]},
        "target": {"apiVersion": "v1", "kind": "Node", "name": node},
    }


def _over(pod: Json) -> bool:
    phase = (pod.get("status") or {}).get("phase")
    return bool(pod["metadata"].get("deletionTimestamp")) or phase in ("Succeeded", "Failed")


def _requested(spec: Json, resource: str) -> Any:
    written = ((c.get("resources") or {}).get("requests") or {} for c in spec["containers"])
    return sum(quantity(requests[resource]) for requests in written if resource in requests)


def _affine(spec: Json, node: Json) -> bool:
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or any(_term(term, node) for term in required.get("nodeSelectorTerms") or [])


def _term(term: Mapping[str, Any], node: Json) -> bool:
    expressions, fields = term.get("matchExpressions") or [], term.get("matchFields") or []
    known = {"metadata.name": node["metadata"]["name"]}
    by_label = all(_matches(rule, node["metadata"]["labels"]) for rule in expressions)
    return bool(expressions or fields) and by_label and all(_matches(rule, known) for rule in fields)


def _matches(rule: Mapping[str, Any], values: Mapping[str, str]) -> bool:
    value, wanted = values.get(rule["key"]), rule.get("values") or []
    number = int(value) if value and value.lstrip("-").isdigit() else None
    return {
        "In": value in wanted,
        "NotIn": value not in wanted,
        "Exists": value is not None,
        "DoesNotExist": value is None,
        "Gt": number is not None and any(number > int(bound) for bound in wanted if bound.isdigit()),
        "Lt": number is not None and any(number < int(bound) for bound in wanted if bound.isdigit()),
    }.get(rule["operator"], False)
