"""Where the pods of a workload are declared, and what runs in them. Knows Kubernetes' kinds, and no rule."""

from collections.abc import Iterator

from policies.argo import GROUP as ARGO
from policies.resource import Resource
from policies.view import View

# What runs until it is stopped, and may serve.
SERVING = {("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet"), (ARGO, "Rollout")}
_TEMPLATED = SERVING | {("apps", "ReplicaSet"), ("core", "ReplicationController"), ("batch", "Job")}


def is_serving(resource: Resource) -> bool:
    """A workload that runs until it is stopped, declared as a whole."""
    return (resource.group, resource.kind) in SERVING and not resource.is_patch


def template_of(resource: Resource) -> View:
    """The pod template; for a Pod itself; a View of None for what has no pods."""
    place = (resource.group, resource.kind)
    if place in _TEMPLATED:
        return resource.props.at("spec.template")
    if place == ("batch", "CronJob"):
        return resource.props.at("spec.jobTemplate.spec.template")
    return resource.props if place == ("core", "Pod") else View(None, "")


def containers(resource: Resource) -> Iterator[View]:
    """The containers that run beside each other; not those that run before them. Raises NotKnown."""
    return template_of(resource).at("spec.containers").each()


def all_containers(resource: Resource) -> Iterator[View]:
    """The init containers, too. Raises NotKnown."""
    yield from template_of(resource).at("spec.initContainers").each()
    yield from containers(resource)


def pod_labels(resource: Resource) -> dict[str, str]:
    """The labels of its pods. Raises NotKnown."""
    return template_of(resource).at("metadata.labels").texts()
