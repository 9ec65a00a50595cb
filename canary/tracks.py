"""What each of the two tracks consists of, from whichever way the user declared it, and what of it makes a revision.

Either one Deployment's spec, from which both tracks are made, or a function `workload(track)` that returns the
manifests of a track, named by the track. Pure: plain manifests in and out (Outputs in them stay where they are);
creates nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from canary.core.routing import Track
from canary.placement import placed_by_affinity
from canary.ports import Misconfigured
from canary.revision import plain
from canary.workload import Manifest, deployment_spec, selector_label, template_of, track_name

WORKLOADS = ("Deployment", "DaemonSet")
SCALER = "HorizontalPodAutoscaler"
HELP = 'name it by the track: canary.track_name("NAME", track)'

WorkloadFunction = Callable[[Track], Any]


@dataclass(frozen=True, slots=True)
class TrackPlan:
    """One track: the Deployment or DaemonSet, and what belongs to it."""

    workload: Manifest
    companions: tuple[Manifest, ...] = ()

    @property
    def selector(self) -> dict[str, str]:
        """The labels by which the track's pods are found."""
        return dict(self.workload["spec"]["selector"]["matchLabels"])

    @property
    def scaler(self) -> Manifest | None:
        """The HorizontalPodAutoscaler, if there is one."""
        return next((manifest for manifest in self.companions if manifest["kind"] == SCALER), None)


@dataclass(frozen=True, slots=True)
class Plan:
    """Both tracks. `content` is what a revision is the hash of; `replicas` what the canary is scaled to.

    stamped: the pod templates carry the revision, so that a change of a ConfigMap alone replaces the pods, too.
    """

    canary: TrackPlan
    primary: TrackPlan
    content: Any
    replicas: int
    stamped: bool = False

    @property
    def kind(self) -> str:
        """Deployment or DaemonSet."""
        return str(self.canary.workload["kind"])

    def of(self, track: Track) -> TrackPlan:
        """One of the two."""
        return self.canary if track is Track.CANARY else self.primary


def plan_of_deployment(name: str, deployment: Any) -> Plan:
    """Both tracks from one Deployment's spec. Raises Misconfigured when its labels cannot tell them apart."""
    declared = plain(deployment)
    selector_label(name, declared)
    canary, primary = (_manifest(name, declared, track) for track in (Track.CANARY, Track.PRIMARY))
    return Plan(TrackPlan(canary), TrackPlan(primary), template_of(declared), _number(declared.get("replicas")))


def _manifest(name: str, declared: Mapping[str, Any], track: Track) -> Manifest:
    meta = {"name": track_name(name, track)}
    spec = deployment_spec(name, declared, track)
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}


def plan_of_function(name: str, namespace: str, function: WorkloadFunction) -> Plan:
    """Both tracks as the user's function makes them. Raises Misconfigured for what could not be released."""
    made = {track: _manifests(function(track), track, namespace) for track in (Track.CANARY, Track.PRIMARY)}
    _refuse_shared(made)
    canary, primary = (_track(name, track, manifests) for track, manifests in made.items())
    _refuse_mixed(canary, primary)
    return Plan(canary, primary, _content(made[Track.CANARY]), _wanted(made[Track.CANARY]), stamped=True)


def _manifests(returned: Any, track: Track, namespace: str) -> list[Manifest]:
    found = plain(returned)
    listed = [found] if isinstance(found, Mapping) else found
    if not isinstance(listed, Sequence) or isinstance(listed, str | bytes):
        raise Misconfigured(f"workload({track}): returned {type(returned).__name__}; return one manifest, or a list")
    for number, manifest in enumerate(listed):
        for problem in _faults(manifest, namespace):
            raise Misconfigured(f"workload({track})[{number}]: {problem}")
    return list(listed)


def _faults(manifest: Any, namespace: str) -> Iterator[str]:
    if not isinstance(manifest, Mapping):
        yield f"is {type(manifest).__name__}; a Kubernetes manifest is a mapping with apiVersion, kind, metadata"
        return
    meta = manifest.get("metadata")
    needed = {"apiVersion": manifest.get("apiVersion"), "kind": manifest.get("kind")}
    needed["metadata.name"] = meta.get("name") if isinstance(meta, Mapping) else None
    for field, value in needed.items():
        if not isinstance(value, str) or not value:
            yield f"{field} is missing, or is not a plain string"
    given = meta.get("namespace", namespace) if isinstance(meta, Mapping) else namespace
    if given != namespace:
        yield f"metadata.namespace is not the release's, {namespace}; leave it out"


def _refuse_shared(made: Mapping[Track, list[Manifest]]) -> None:
    names = [{_label(manifest) for manifest in manifests} for manifests in made.values()]
    for shared in sorted(set.intersection(*names)):
        raise Misconfigured(f"workload: {shared} is in both tracks, so a release would change the primary; {HELP}")


def _label(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def _track(name: str, track: Track, manifests: list[Manifest]) -> TrackPlan:
    found = [manifest for manifest in manifests if manifest["kind"] in WORKLOADS]
    expected = track_name(name, track)
    if [manifest["metadata"]["name"] for manifest in found] != [expected]:
        given = ", ".join(_label(manifest) for manifest in found) or "none"
        raise Misconfigured(
            f"workload({track}): given {given}; exactly one {' or '.join(WORKLOADS)}, named {expected}, is needed"
        )
    scaler = next((manifest for manifest in manifests if manifest["kind"] == SCALER), None)
    if scaler is not None:
        _refuse_foreign_target(track, scaler, expected)
    others = tuple(manifest for manifest in manifests if manifest is not found[0])
    return TrackPlan(_workload(found[0], track, scaled=scaler is not None), others)


def _workload(manifest: Manifest, track: Track, *, scaled: bool) -> Manifest:
    """Without the replicas that are others' to say: the rollout's for the canary, the autoscaler's for both."""
    spec, labels = dict(manifest.get("spec", {})), manifest.get("spec", {}).get("selector", {}).get("matchLabels")
    pods = spec.get("template", {}).get("metadata", {}).get("labels")
    if not labels or not isinstance(labels, Mapping) or not isinstance(pods, Mapping):
        raise Misconfigured(
            f"workload({track}): {_label(manifest)} needs spec.selector.matchLabels and spec.template.metadata.labels"
        )
    if scaled or track is Track.CANARY:
        spec.pop("replicas", None)
    if manifest["kind"] == "DaemonSet" and track is Track.CANARY:
        spec["template"] = placed_by_affinity(spec["template"])
    return {**manifest, "spec": spec}


def _refuse_foreign_target(track: Track, scaler: Manifest, expected: str) -> None:
    given = scaler.get("spec", {}).get("scaleTargetRef", {}).get("name")
    if given != expected:
        raise Misconfigured(
            f"workload({track}): {_label(scaler)} scales {given}; its spec.scaleTargetRef.name must be {expected}"
        )


def _refuse_mixed(canary: TrackPlan, primary: TrackPlan) -> None:
    if canary.workload["kind"] != primary.workload["kind"]:
        raise Misconfigured("workload: one track is a Deployment and the other a DaemonSet; make both the same")
    for one, other in ((canary, primary), (primary, canary)):
        if one.selector.items() <= other.workload["spec"]["template"]["metadata"]["labels"].items():
            raise Misconfigured(
                f"workload: the selector of {_label(one.workload)}, {one.selector}, matches the pods of "
                f"{_label(other.workload)}; give one label of each track's pods another value: "
                'canary.track_name("NAME", track)'
            )


def _content(manifests: list[Manifest]) -> list[Any]:
    """What is versioned, in whatever order it was returned: pod template and companions, but no number of pods."""
    versioned = [manifest for manifest in manifests if manifest["kind"] != SCALER]
    return [_versioned(manifest) for manifest in sorted(versioned, key=_label)]


def _versioned(manifest: Manifest) -> Any:
    if manifest["kind"] not in WORKLOADS:
        return manifest
    return {"kind": manifest["kind"], "template": template_of(manifest["spec"])}


def _wanted(manifests: list[Manifest]) -> int:
    """The canary's pods: the autoscaler's least number, else what the Deployment declares."""
    fields = {manifest["kind"]: manifest.get("spec", {}) for manifest in manifests}
    if SCALER in fields:
        return _number(fields[SCALER].get("minReplicas"))
    return _number(fields.get("Deployment", {}).get("replicas"))


def _number(replicas: Any) -> int:
    """The declared number, 1 when none is declared or it is only known later."""
    return replicas if isinstance(replicas, int) else 1
