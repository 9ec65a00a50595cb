"""One plain manifest as a resource of Pulumi's Kubernetes provider, of whatever kind.

Kinds of Kubernetes itself become the SDK's own resources, so that their types, and with them the URNs, are those that
a program would have written by hand; all others are custom resources. Knows nothing of releases.
"""

import re
from importlib.metadata import version
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from canary.ports import Misconfigured
from canary.workload import Manifest

KNOWN_ELSEWHERE = ("apiVersion", "kind", "status")  # implied by the resource, or the cluster's to say
CLUSTER_WIDE = frozenset(
    {"ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "Namespace", "PersistentVolume", "PriorityClass"}
)


def declare_manifest(manifest: Manifest, opts: pulumi.ResourceOptions) -> pulumi.Resource:
    """Declare it under its own metadata.name. Raises Misconfigured for a field that its kind does not have."""
    kind, api_version, name = manifest["kind"], manifest["apiVersion"], manifest["metadata"]["name"]
    resource = sdk_class(api_version, kind)
    if resource is None:
        return _CustomObject(manifest, opts)
    fields = {_snake(key): value for key, value in manifest.items() if key not in KNOWN_ELSEWHERE}
    try:
        made: pulumi.Resource = resource(name, **fields, opts=opts)
    except TypeError as error:
        raise Misconfigured(f"{kind} {name}: {str(error).rpartition('() ')[2]} ({api_version})") from error
    return made


def sdk_class(api_version: str, kind: str) -> Any:
    """The SDK's class for a kind of Kubernetes itself; None for any other, also one with a similar group."""
    group, _, number = api_version.rpartition("/")
    if "." in group and not group.endswith(".k8s.io"):
        return None
    package = getattr(k8s, (group or "core").partition(".")[0], None)
    return getattr(getattr(package, number, None), kind, None)


class _CustomObject(pulumi.CustomResource):
    """An object of a custom kind, with all its fields; the SDK's own class knows no field but `spec`."""

    def __init__(self, manifest: Manifest, opts: pulumi.ResourceOptions) -> None:
        token = f"kubernetes:{manifest['apiVersion']}:{manifest['kind']}"
        plugin = pulumi.ResourceOptions(version=version("pulumi-kubernetes"))
        super().__init__(token, manifest["metadata"]["name"], manifest, pulumi.ResourceOptions.merge(plugin, opts))


def _snake(key: str) -> str:
    return re.sub(r"([A-Z])", r"_\1", key).lower()
