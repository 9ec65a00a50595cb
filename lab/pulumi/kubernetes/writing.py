"""Puts inputs into the cluster: how an object is created, how a change is applied, and how fields are let go.

An object is created plainly, so that one that exists already is an error; a change is applied server-side under the
resource's own field manager, so that what others own stays theirs. This module refuses to wait for readiness.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

from lab.pulumi.kubernetes.api_errors import RefusedError
from lab.pulumi.kubernetes.cluster import APPLY, JSON_PATCH, Cluster
from lab.pulumi.kubernetes.managed_fields import (
    entries_of,
    has_own_updater,
    is_owned,
    is_owned_by_another,
    taken_over,
)
from lab.pulumi.kubernetes.naming import CREATING_MANAGER
from lab.pulumi.kubernetes.objects import Kind, annotation, drop, is_crd, metadata_of, name_of, namespace_of, pluck
from lab.pulumi.kubernetes.properties import Json

# Others write to the same object; each attempt starts from what they left.
_TAKE_OVER_ATTEMPTS = 5
_PATCH_FORCE = "pulumi.com/patchForce"
_CONFLICT_HELP = (
    "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/"
    "#handle-field-conflicts-on-existing-resources"
)


class ConflictError(Exception):
    """Another manager owns a field that this resource sets; the message names both, and where help is."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes for one resource. `is_preview` makes every request a dry run; `is_patch` marks a patch resource."""

    cluster: Cluster
    manager: str
    is_preview: bool
    is_patch: bool
    force_always: bool

    def create(self, inputs: Json) -> Json:
        """Create the object. Raises `RefusedError` when there is one already."""
        return self.cluster.create(inputs, self._query(CREATING_MANAGER))

    def upsert(self, inputs: Json) -> Json:
        """Apply `inputs` whether or not there is such an object. Raises `ConflictError`."""
        return self._apply(inputs, self._forces(inputs, None))

    def update(self, inputs: Json, live: Json, ignored: Sequence[tuple[str, ...]]) -> Json:
        """Make the `live` object what `inputs` say, apart from the `ignored` fields. Raises `ConflictError`."""
        if is_crd(inputs):
            renewed = copy.deepcopy(inputs)
            renewed["metadata"]["resourceVersion"] = metadata_of(live).get("resourceVersion")
            return self.cluster.replace(renewed, self._query(self.manager))
        if not self.is_patch and not self.is_preview:
            live = self._take_over(live)
        wanted = copy.deepcopy(inputs)
        for path in ignored:
            self._respect(path, wanted, live)
        return self._apply(wanted, self._forces(inputs, live))

    def relinquish(self, obj: Json, manager: str) -> None:
        """Let go of every field that `manager` owns; those nobody else owns fall back to their defaults."""
        minimal = {
            "apiVersion": obj.get("apiVersion"),
            "kind": obj.get("kind"),
            "metadata": {"name": name_of(obj)} | ({"namespace": namespace_of(obj)} if namespace_of(obj) else {}),
        }
        self.cluster.patch(minimal, minimal, APPLY, {"fieldManager": manager})

    def _apply(self, inputs: Json, force: bool) -> Json:  # noqa: FBT001  (passed on as it is)
        query = self._query(self.manager) | {"force": str(force).lower()}
        try:
            return self.cluster.patch(inputs, inputs, APPLY, query)
        except RefusedError as refused:
            if refused.is_conflict:
                raise ConflictError(
                    f"server-side apply field conflict detected, see {_CONFLICT_HELP} for troubleshooting help\n"
                    f'The resource managed by field manager "{self.manager}" had an apply conflict: {refused}'
                ) from refused
            raise

    def _take_over(self, live: Json) -> Json:
        for _ in range(_TAKE_OVER_ATTEMPTS):
            entries = taken_over(live, self.manager)
            if entries is None:
                return live
            try:
                return self.cluster.patch(live, _managed_by(entries, live), JSON_PATCH, {})
            except RefusedError as refused:
                if not refused.is_conflict:
                    raise
            live = self.cluster.read(Kind.of(live), namespace_of(live), name_of(live))
        return live

    def _respect(self, path: tuple[str, ...], wanted: Json, live: Json) -> None:
        if is_owned_by_another(live, path, self.manager) and not is_owned(live, path, self.manager):
            drop(wanted, *path)
        elif (value := pluck(live, *path)) is not None:
            _put(wanted, path, copy.deepcopy(value))

    def _forces(self, inputs: Json, live: Json | None) -> bool:
        if annotation(inputs, _PATCH_FORCE) == "true" or self.force_always:
            return True
        if live is None:
            return self.is_preview
        # A dry run cannot take over fields first, so the conflict it would report is not one.
        return not entries_of(live) or (self.is_preview and has_own_updater(live))

    def _query(self, manager: str) -> dict[str, str]:
        return {"fieldManager": manager} | ({"dryRun": "All"} if self.is_preview else {})


def _managed_by(entries: list[Json], live: Json) -> list[Json]:
    # The version guards against losing what another manager took in the meantime.
    version = metadata_of(live).get("resourceVersion")
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": entries},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
    ]


def _put(obj: Json, path: tuple[str, ...], value: object) -> None:
    for step in path[:-1]:
        obj = obj.setdefault(step, {})
    obj[path[-1]] = value
