"""Where a DaemonSet's pods may run, said in such a way that the rollout can stop them.

The rollout stops a DaemonSet by its node selector, which has one owner for the whole map. So what the user declares
there is said as a node affinity instead, which means the same. Pure: plain manifests in and out; knows no releases.
"""

from collections.abc import Mapping
from typing import Any

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def placed_by_affinity(template: Mapping[str, Any]) -> dict[str, Any]:
    """`template`, its pod's nodeSelector turned into conditions of the required node affinity; what was there stays."""
    spec = dict(template.get("spec", {}))
    selector = spec.pop("nodeSelector", None) or {}
    if selector:
        spec["affinity"] = _narrowed(spec.get("affinity") or {}, selector)
    return {**template, "spec": spec}


def _narrowed(affinity: Mapping[str, Any], selector: Mapping[str, Any]) -> dict[str, Any]:
    node = affinity.get("nodeAffinity") or {}
    required = node.get(REQUIRED) or {}
    more = [{"key": key, "operator": "In", "values": [value]} for key, value in sorted(selector.items())]
    # terms are alternatives, so each of them has to hold the new conditions, too
    terms = [
        {**term, "matchExpressions": [*(term.get("matchExpressions") or []), *more]}
        for term in required.get("nodeSelectorTerms") or [{}]
    ]
    return {**affinity, "nodeAffinity": {**node, REQUIRED: {**required, "nodeSelectorTerms": terms}}}
