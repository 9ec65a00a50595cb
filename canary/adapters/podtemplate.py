"""What of a pod template makes it that template and no other, whoever has written it.

Knows which marks are ours, and which a restart leaves: neither makes another program of it.
"""

import hashlib
import json

from canary.adapters.cluster import JsonObject

REVISION = "canary.pulumi.io/revision"
STOPPED = {"canary.pulumi.io/scale-to-zero": "true"}
RESTARTED = "kubectl.kubernetes.io/restartedAt"
LENGTH = 16  # hex digits


def template_print(found: JsonObject) -> str:
    """A fingerprint of the pod template of a Deployment or DaemonSet."""
    template = found["spec"]["template"]
    meta, spec = template.get("metadata") or {}, template.get("spec") or {}
    annotations = {key: value for key, value in (meta.get("annotations") or {}).items() if key != RESTARTED}
    nodes = {key: value for key, value in (spec.get("nodeSelector") or {}).items() if key not in STOPPED}
    content = [annotations, meta.get("labels") or {}, {**spec, "nodeSelector": nodes}]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:LENGTH]
