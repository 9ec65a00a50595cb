"""What is in the cluster under a release's names and belongs to no release: it may serve users this very moment.

Reads only.
"""

from dataclasses import dataclass, field
from typing import Any

from canary.adapters.apipath import object_path
from canary.adapters.cluster import Cluster, JsonObject
from canary.core.spec import Target

MANAGED = "canary.pulumi.io/release"  # the label on every object of a release
HELP = "set adopt: true to take it over without downtime (docs/adoption.md), or give the release another name"


@dataclass(frozen=True, slots=True)
class Existing:
    """The Deployment and the apex Service of somebody else; empty for what is not there."""

    deployment: JsonObject = field(default_factory=dict)
    service: JsonObject = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.deployment or self.service)

    @property
    def names(self) -> list[str]:
        """`Deployment podinfo`, `Service podinfo`: those that are there."""
        return [f"{one['kind']} {one['metadata']['name']}" for one in (self.deployment, self.service) if one]

    def facts(self) -> dict[str, Any]:
        """For a plan: names, pods and images; nothing else of the objects' contents."""
        spec = self.deployment.get("spec", {})
        containers = spec.get("template", {}).get("spec", {}).get("containers", [])
        return {
            "objects": self.names,
            "replicas": int(spec.get("replicas", 1)) if spec else 0,
            "images": {str(one["name"]): str(one["image"]) for one in containers},
        }


def find_existing(cluster: Cluster, target: Target) -> Existing:
    """The Deployment and the Service named as those of `target`, if no release owns them. Raises CanaryError."""
    deployment = cluster.get(object_path("apps/v1", "deployments", target.namespace, target.name))
    service = cluster.get(object_path("v1", "services", target.namespace, target.service))
    return Existing(_foreign("Deployment", deployment), _foreign("Service", service))


def _foreign(kind: str, found: JsonObject | None) -> JsonObject:
    if found is None or MANAGED in (found["metadata"].get("labels") or {}):
        return {}
    return {**found, "kind": kind}
