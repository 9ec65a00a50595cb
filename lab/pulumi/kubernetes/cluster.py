"""The cluster's objects by kind and name: discovery of the paths, and the few verbs the provider needs.

A kind that is not known is looked up again, for its definition may have been created a moment ago. This module refuses
to decide when to retry or what to write.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.pulumi.kubernetes.api_errors import NoSuchKindError, RefusedError
from lab.pulumi.kubernetes.client import KubeClient
from lab.pulumi.kubernetes.objects import Kind, name_of, namespace_of
from lab.pulumi.kubernetes.properties import Json

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"


@dataclass(frozen=True, slots=True)
class Served:
    """How the API server serves one kind."""

    plural: str
    is_namespaced: bool


class Cluster:
    """One API server, safe for many threads."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._served: dict[str, dict[str, Served]] = {}

    def check_reachable(self) -> None:
        """Ask for the version. Raises `ApiError` when there is no answer, or not the answer of an API server."""
        self._client.get("/version")

    def served(self, kind: Kind) -> Served:
        """How `kind` is served. Raises `NoSuchKindError` when it is not, also on a second look."""
        with self._lock:
            known = self._served.get(kind.api_version, {})
        if kind.name not in known:
            known = self._discover(kind)
        if kind.name not in known:
            raise NoSuchKindError(kind)
        return known[kind.name]

    def serves(self, kind: Kind) -> bool:
        """Whether `kind` is served now."""
        try:
            self.served(kind)
        except NoSuchKindError:
            return False
        return True

    def read(self, kind: Kind, namespace: str, name: str) -> Json:
        """The object. Raises `RefusedError` when it is not there."""
        return self._client.get(self._path(kind, namespace, name))

    def list(self, kind: Kind, namespace: str, selectors: Mapping[str, str] | None = None) -> list[Json]:
        """The objects in `namespace`; `selectors` are `labelSelector` and `fieldSelector`."""
        items = self._client.get(self._path(kind, namespace), selectors).get("items") or []
        # What is listed says neither its version nor its kind.
        return [{"apiVersion": kind.api_version, "kind": kind.name, **item} for item in items]

    def create(self, obj: Json, query: Mapping[str, str]) -> Json:
        """Create `obj`; it must not exist."""
        return self._client.send("POST", self._path(Kind.of(obj), namespace_of(obj)), query, obj)

    def replace(self, obj: Json, query: Mapping[str, str]) -> Json:
        """Put `obj` in the place of its older self."""
        return self._client.send("PUT", self.path_of(obj), query, obj)

    def patch(self, obj: Json, body: Any, content_type: str, query: Mapping[str, str]) -> Json:
        """Patch the object that `obj` names with `body`."""
        return self._client.send("PATCH", self.path_of(obj), query, body, content_type)

    def delete(self, kind: Kind, namespace: str, name: str, propagation: str) -> None:
        """Ask for the object's deletion; its dependents follow by the `propagation` policy."""
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation}
        self._client.send("DELETE", self._path(kind, namespace, name), None, body)

    def path_of(self, obj: Json) -> str:
        """The path of the object that `obj` names. Raises `NoSuchKindError`."""
        return self._path(Kind.of(obj), namespace_of(obj), name_of(obj))

    def _path(self, kind: Kind, namespace: str, name: str = "") -> str:
        served = self.served(kind)
        scope = f"/namespaces/{namespace or 'default'}" if served.is_namespaced else ""
        return _base(kind) + scope + f"/{served.plural}" + (f"/{name}" if name else "")

    def _discover(self, kind: Kind) -> dict[str, Served]:
        try:
            resources = self._client.get(_base(kind)).get("resources") or []
        except RefusedError as refused:
            if not refused.is_not_found:
                raise
            resources = []
        known = {
            entry["kind"]: Served(entry["name"], entry["namespaced"]) for entry in resources if "/" not in entry["name"]
        }
        with self._lock:
            self._served[kind.api_version] = known
        return known


def _base(kind: Kind) -> str:
    return f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
