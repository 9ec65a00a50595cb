"""What can be said of a Kubernetes object without asking the cluster: its kind, its name, its shape.

Objects are JSON as the API server speaks it. This module refuses to know of Pulumi's state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.pulumi.kubernetes.properties import UNKNOWN, Json

# The groups that ship with Kubernetes; anything else is a custom resource.
_BUILT_IN_GROUPS = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "auditregistration.k8s.io",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "extensions",
        "flowcontrol.apiserver.k8s.io",
        "meta",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "settings.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A group, a version and a kind; the core group is the empty string."""

    group: str
    version: str
    name: str

    @classmethod
    def parse(cls, api_version: str, name: str) -> "Kind":
        """From an object's `apiVersion` and `kind`; `core/v1` is `v1`."""
        group, _, version = api_version.rpartition("/")
        return cls("" if group == "core" else group, version, name)

    @classmethod
    def of(cls, obj: Mapping[str, Any]) -> "Kind":
        """The kind of `obj`."""
        return cls.parse(_word(obj.get("apiVersion")), _word(obj.get("kind")))

    @property
    def api_version(self) -> str:
        """As it stands in an object."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def is_built_in(self) -> bool:
        """Whether the group ships with Kubernetes."""
        return self.group in _BUILT_IN_GROUPS

    def __str__(self) -> str:
        return f"{self.api_version}/{self.name}"


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def pluck(obj: Any, *path: str) -> Any:
    """The value under `path`, or `None` when any step of it is missing."""
    for step in path:
        if not isinstance(obj, dict) or step not in obj:
            return None
        obj = obj[step]
    return obj


def metadata_of(obj: Mapping[str, Any]) -> Json:
    """The object's metadata; an empty one where it is missing or unknown."""
    found = obj.get("metadata")
    return found if isinstance(found, dict) else {}


def name_of(obj: Mapping[str, Any]) -> str:
    """`metadata.name`, or the empty string."""
    return _word(metadata_of(obj).get("name"))


def namespace_of(obj: Mapping[str, Any]) -> str:
    """`metadata.namespace`, or the empty string."""
    return _word(metadata_of(obj).get("namespace"))


def annotation(obj: Mapping[str, Any], key: str) -> str:
    """The annotation's value, or the empty string."""
    annotations = metadata_of(obj).get("annotations")
    return _word(annotations.get(key)) if isinstance(annotations, dict) else ""


def set_metadata(obj: Json, key: str, value: Any) -> None:
    """Put `value` into the metadata of `obj`, in place, unless the metadata is unknown."""
    found = obj.setdefault("metadata", {})
    if found is not UNKNOWN:
        found[key] = value


def drop(obj: Any, *path: str) -> None:
    """Remove the value under `path`, in place, if it is there."""
    parent = pluck(obj, *path[:-1])
    if isinstance(parent, dict):
        parent.pop(path[-1], None)


def id_of(obj: Mapping[str, Any]) -> str:
    """The Pulumi id: `namespace/name`, or the name alone for what has no namespace."""
    namespace, name = namespace_of(obj), name_of(obj)
    return f"{namespace}/{name}" if namespace else name


def parse_id(identity: str) -> tuple[str, str]:
    """The namespace (or an empty string) and the name in a Pulumi id."""
    namespace, _, name = identity.rpartition("/")
    return namespace, name


def prune(source: Any, shape: Any) -> Any:
    """Only those parts of `source` that `shape` has too: keys of objects, positions of lists.

    Where the two differ in type there is nothing to follow, and `source` is taken whole.
    """
    if isinstance(source, dict) and isinstance(shape, dict):
        return {key: prune(value, shape[key]) for key, value in source.items() if key in shape}
    if isinstance(source, list) and isinstance(shape, list):
        return [prune(value, shape[index]) for index, value in enumerate(source[: len(shape)])]
    return source


def is_crd(obj: Mapping[str, Any]) -> bool:
    """Whether `obj` defines a kind of custom resource."""
    kind = Kind.of(obj)
    return kind.name == "CustomResourceDefinition" and kind.group == "apiextensions.k8s.io"


def is_core(obj: Mapping[str, Any], name: str) -> bool:
    """Whether `obj` is of the core kind `name`, such as `Secret`."""
    kind = Kind.of(obj)
    return kind.group == "" and kind.name == name
