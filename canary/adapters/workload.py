"""The two workloads of a release as Deployments or DaemonSets: how they stand, and how many pods they may have.

Writes nothing but the number of pods, through the `scale` subresource where there is one. That needs no permission to
change templates, answers 404 for an absent object instead of creating one, and makes `pulumi-canary` the owner of
spec.replicas alone (also for the value 0 and for the 1 that the API server filled in), so Pulumi's own server-side
apply, which leaves the field out, neither resets it nor conflicts. Tried on kube-apiserver 1.34.

A DaemonSet has no replicas: it is stopped by a node selector that no node satisfies, as Flagger does it, and started by
taking that one key away again with a merge patch; a selector declared by the user stays as it was.
"""

from dataclasses import replace
from typing import Any

from canary.adapters.apipath import object_path
from canary.adapters.cluster import Cluster, JsonObject
from canary.adapters.errors import Absent, Missing
from canary.adapters.fence import Fence, token_of
from canary.adapters.managers import last_manager
from canary.adapters.podproblems import describe, selector_query
from canary.adapters.podtemplate import REVISION, STOPPED, template_print
from canary.adapters.retry import CONFLICTS, Patience, retry
from canary.core.routing import Track, TrackHealth
from canary.core.spec import Target
from canary.ports import CanaryError, Misconfigured

PLURALS = {"Deployment": "deployments", "DaemonSet": "daemonsets"}


class KubernetesWorkload:
    """`canary.ports.Workload` over the API server."""

    def __init__(self, cluster: Cluster, target: Target, fence: Fence | None = None) -> None:
        if target.kind not in PLURALS:
            raise Misconfigured(f"kind {target.kind!r} cannot be released; use one of {', '.join(PLURALS)}")
        self._cluster, self._target, self._fence = cluster, target, fence or Fence()

    def token(self) -> int:
        """The canary's: see `canary.adapters.fence.Stamped`. Nobody steers the number of the primary's pods."""
        return token_of(self._cluster.get(self._path(Track.CANARY)))

    def stamp(self) -> None:
        """The canary: see `canary.adapters.fence.Stamped`."""
        self._fence.stamp(self._cluster, self._path(Track.CANARY))

    def observe(self, track: Track) -> TrackHealth:
        """How `track` stands; an absent object is `TrackHealth(exists=False)`. Raises Unavailable, Misconfigured.

        `updated` counts, while pods of an older template still run, only those of the latest that are surely ready.
        """
        found = self._cluster.get(self._path(track))
        if found is None:
            return TrackHealth(exists=False)
        health = _daemon_set(found) if self._target.kind == "DaemonSet" else _deployment(found)
        if health.is_ready() or health.desired == 0:
            return health
        return replace(health, problem=self._problem(found))

    def scale(self, track: Track, replicas: int) -> None:
        """Let `track` have `replicas` pods; idempotent. For a DaemonSet any number above 0 means every node.

        Raises Missing (a Misconfigured) when the object does not exist, unless nothing is wanted of it anyway; Fenced
        when a newer holder has stamped it.
        """
        try:
            retry(lambda: self._attempt(track, replicas), Patience(), on=CONFLICTS)
        except Absent as absent:
            if replicas:
                raise Missing(self._gone(track)) from absent

    def _attempt(self, track: Track, replicas: int) -> None:
        path, meta = self._path(track), self._precondition(track)
        if self._target.kind == "DaemonSet":
            selector: dict[str, str | None] = dict.fromkeys(STOPPED) if replicas else dict(STOPPED)
            self._cluster.merge(path, meta | _pod_spec({"nodeSelector": selector}))
        else:
            scale = {"apiVersion": "autoscaling/v1", "kind": "Scale", "spec": {"replicas": replicas}}
            self._cluster.apply(self._path(track, "scale"), meta | scale)

    def _precondition(self, track: Track) -> JsonObject:
        """The version of the object in which nobody newer had stamped it; nothing for who holds no Lease."""
        if not self._fence.token:
            return {}
        found = self._cluster.get(self._path(track))
        if found is None:
            raise Absent(self._gone(track))
        self._fence.admit(found)
        return {"metadata": {"resourceVersion": found["metadata"]["resourceVersion"]}}

    def _problem(self, found: JsonObject) -> str:
        selector = selector_query(found["spec"].get("selector") or {})
        pods = object_path("v1", "pods", self._target.namespace)
        try:
            listed = self._cluster.get(f"{pods}?labelSelector={selector}&limit=100") or {}
        except CanaryError:
            # the reason is a courtesy: not being allowed to list pods must not hide how the workload stands
            return _condition(found)
        return describe(listed.get("items") or []) or _condition(found)

    def _path(self, track: Track, sub: str = "") -> str:
        return object_path("apps/v1", PLURALS[self._target.kind], self._target.namespace, self._name(track), sub)

    def _name(self, track: Track) -> str:
        return self._target.primary if track is Track.PRIMARY else self._target.name

    def _gone(self, track: Track) -> str:
        target = self._target
        return (
            f"{target.kind} {self._name(track)} does not exist in namespace {target.namespace} of the cluster at "
            f"{self._cluster.address}; if it was deleted by hand, run `pulumi refresh` and then `pulumi up`"
        )


def _pod_spec(spec: dict[str, Any]) -> JsonObject:
    return {"spec": {"template": {"spec": spec}}}


def _deployment(found: JsonObject) -> TrackHealth:
    spec, status = found["spec"], found.get("status") or {}
    ready, updated = int(status.get("readyReplicas", 0)), int(status.get("updatedReplicas", 0))
    return TrackHealth(
        desired=int(spec.get("replicas", 1)),
        ready=ready,
        updated=_surely_updated(ready, updated, int(status.get("replicas", 0))),
        observed=_observed(found),
        revision=_revision(found),
        template=template_print(found),
        detail=_detail(found),
    )


def _daemon_set(found: JsonObject) -> TrackHealth:
    status = found.get("status") or {}
    stopped = STOPPED.items() <= (found["spec"]["template"]["spec"].get("nodeSelector") or {}).items()
    ready, updated = int(status.get("numberReady", 0)), int(status.get("updatedNumberScheduled", 0))
    return TrackHealth(
        desired=0 if stopped else int(status.get("desiredNumberScheduled", 0)),
        ready=ready,
        updated=_surely_updated(ready, updated, int(status.get("currentNumberScheduled", 0))),
        observed=_observed(found),
        revision=_revision(found),
        template=template_print(found),
        detail=_detail(found),
    )


def _surely_updated(ready: int, updated: int, total: int) -> int:
    # ready counts pods of every template: an old one that is ready must not vouch for a new one that is not
    older = total - updated
    return min(updated, max(0, ready - older)) if older > 0 else updated


def _observed(found: JsonObject) -> bool:
    seen = (found.get("status") or {}).get("observedGeneration", 0)
    return int(seen) >= int(found["metadata"].get("generation", 0))


def _revision(found: JsonObject) -> str:
    template = found["spec"]["template"].get("metadata") or {}
    annotations = {**(found["metadata"].get("annotations") or {}), **(template.get("annotations") or {})}
    return str(annotations.get(REVISION, ""))


def _detail(found: JsonObject) -> dict[str, str]:
    containers = found["spec"]["template"]["spec"].get("containers") or []
    images = ",".join(str(container.get("image", "")) for container in containers)
    by = {"template_by": ("spec", "template"), "replicas_by": ("spec", "replicas")}
    who = {key: last_manager(found, *path) for key, path in by.items()}
    return {
        "name": str(found["metadata"]["name"]),
        "uid": str(found["metadata"].get("uid", "")),
        "images": images,
    } | who


def _condition(found: JsonObject) -> str:
    for condition in (found.get("status") or {}).get("conditions") or []:
        kind, status = condition.get("type"), condition.get("status")
        if (kind, status) in (("ReplicaFailure", "True"), ("Progressing", "False")):
            return f"{condition.get('reason', kind)}: {condition.get('message', '')}"
    return ""
