"""The object that is waited for, with what is known about the change that was made to it.

This module refuses to judge.
"""

from dataclasses import dataclass

from lab.pulumi.kubernetes.cluster import Cluster
from lab.pulumi.kubernetes.objects import Kind, metadata_of, name_of, namespace_of
from lab.pulumi.kubernetes.properties import Json


@dataclass(frozen=True, slots=True)
class Subject:
    """`written` is the API server's answer to the write; `before` the object before it (`None`: it is new)."""

    cluster: Cluster
    written: Json
    before: Json | None = None

    @property
    def namespace(self) -> str:
        """The object's namespace."""
        return namespace_of(self.written)

    @property
    def name(self) -> str:
        """The object's name."""
        return name_of(self.written)

    def read(self) -> Json:
        """The object as it is now. Raises `RefusedError` when it is gone."""
        return self.cluster.read(Kind.of(self.written), self.namespace, self.name)

    def is_stale(self, live: Json) -> bool:
        """Whether `live` is older than what was written."""
        return generation(live) < generation(self.written)

    def owned(self, kind: Kind, owner: Json, labels: str = "") -> list[Json]:
        """The objects of `kind` in the namespace that `owner` controls; `labels` narrows the search."""
        found = self.cluster.list(kind, self.namespace, {"labelSelector": labels} if labels else None)
        return [obj for obj in found if is_owned_by(obj, owner)]


def generation(obj: Json) -> int:
    """`metadata.generation`; 0 where there is none."""
    return int(metadata_of(obj).get("generation") or 0)


def is_owned_by(obj: Json, owner: Json) -> bool:
    """Whether `owner` is among the owners of `obj`."""
    uid = metadata_of(owner).get("uid")
    return any(reference.get("uid") == uid for reference in metadata_of(obj).get("ownerReferences") or [])


def label_selector(selector: Json | None) -> str:
    """The `matchLabels` of a selector, as a query; expressions are left to the owner check."""
    labels = (selector or {}).get("matchLabels") or {}
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
