"""One declared workload, two tracks: the Deployment of the canary and that of the primary, from the same template.

The canary keeps the user's names and labels (so an existing Deployment can be adopted); the primary's have the suffix
`-primary`. Pure: plain objects in, plain objects out.
"""

from collections.abc import Mapping
from typing import Any

from canary.core.routing import Track
from canary.core.spec import Target
from canary.ports import Misconfigured

SELECTOR_LABELS = ("app", "name", "app.kubernetes.io/name")  # Flagger's default, in its order
REVISION = "canary.pulumi.io/revision"
MANAGED = "canary.pulumi.io/release"
SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}

Manifest = dict[str, Any]


def track_name(name: str, track: Track) -> str:
    """`podinfo` for the canary, `podinfo-primary` for the primary."""
    return name if track is Track.CANARY else f"{name}-primary"


def selector_label(name: str, deployment: Mapping[str, Any]) -> tuple[str, str]:
    """The label, with the canary's value, that tells the tracks apart; `app: NAME` when there is no selector."""
    labels = dict(deployment.get("selector", {}).get("matchLabels", {}))
    if not labels:
        return SELECTOR_LABELS[0], name
    found = next((label for label in SELECTOR_LABELS if label in labels), None)
    if found is None:
        raise Misconfigured(
            f"deployment.selector.matchLabels: given {labels}; one of {', '.join(SELECTOR_LABELS)} must be among them, "
            f"because that label tells primary and canary apart"
        )
    return found, str(labels[found])


def track_labels(name: str, deployment: Mapping[str, Any], track: Track) -> dict[str, str]:
    """The selector of one track."""
    label, value = selector_label(name, deployment)
    given = dict(deployment.get("selector", {}).get("matchLabels", {}))
    return {**given, label: track_name(value, track)}


def deployment_spec(name: str, deployment: Mapping[str, Any], track: Track) -> Manifest:
    """The spec of one track's Deployment. The canary's leaves `replicas` out: the rollout owns them."""
    labels = track_labels(name, deployment, track)
    spec: Manifest = _copied(dict(deployment))
    spec["selector"] = {**spec.get("selector", {}), "matchLabels": labels}
    template = spec.setdefault("template", {})
    metadata = template.setdefault("metadata", {})
    metadata["labels"] = {**metadata.get("labels", {}), **labels}
    if track is Track.CANARY:
        spec.pop("replicas", None)
    else:
        spec.setdefault("replicas", 1)
    return spec


def stamped(spec: Mapping[str, Any], revision: Any) -> Manifest:
    """`spec` with the revision on its pods, so that each revision has pods of its own, whatever it changes."""
    copy: Manifest = _copied(dict(spec))
    meta = copy["template"]["metadata"]
    meta["annotations"] = {**meta.get("annotations", {}), REVISION: revision}
    return copy


def _copied(value: Any) -> Any:
    """Mappings and lists anew; what they hold as it is, because an Output cannot be copied."""
    if isinstance(value, Mapping):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def template_of(deployment: Mapping[str, Any]) -> Any:
    """What makes a revision of a Deployment: its pod template. Replicas and strategy change without a release."""
    return deployment.get("template", {})


def service_spec(port: Mapping[str, Any], selector: Mapping[str, str]) -> Manifest:
    """A ClusterIP Service with one port."""
    return {"type": "ClusterIP", "selector": dict(selector), "ports": [dict(port)]}


def split_spec(target: Target, version: str) -> Manifest:
    """The TrafficSplit as declared: everything to the primary. v1alpha1 writes weights as quantities."""
    weight = str if version == "v1alpha1" else (lambda value: value)
    backends = [
        {"service": f"{target.service}-canary", "weight": weight(0)},
        {"service": f"{target.service}-primary", "weight": weight(100)},
    ]
    return {"service": target.service, "backends": backends}
