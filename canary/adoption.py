"""Taking over a Deployment and a Service that serve users already: whether it can be done without interrupting them.

Pure: judges what was found in the cluster against what is declared. What is found decides the order of the graph, too:
what serves must not be touched before the primary does.
"""

from collections.abc import Iterator

from canary.adapters.existing import Existing
from canary.ports import Misconfigured
from canary.tracks import TrackPlan
from canary.workload import Manifest

FORCED = {"pulumi.com/patchForce": "true"}
"""Whoever wrote the objects before owns their fields; without it the API server would refuse ours."""


def refuse_unsafe(found: Existing, canary: TrackPlan, primary: TrackPlan, port: int) -> None:
    """Raise Misconfigured with everything that would interrupt users, or could not be done."""
    faults = [*_kind_faults(canary), *_deployment_faults(found.deployment, canary)]
    faults += _service_faults(found.service, primary, port)
    if faults:
        raise Misconfigured("adopt: nothing was touched: " + "; ".join(faults))


def _kind_faults(canary: TrackPlan) -> Iterator[str]:
    if canary.workload["kind"] != "Deployment":
        yield f"the workload is a {canary.workload['kind']}; only a Deployment can be adopted, begin with a new name"


def _deployment_faults(found: Manifest, canary: TrackPlan) -> Iterator[str]:
    if not found:
        return
    live, name = found["spec"]["selector"].get("matchLabels") or {}, found["metadata"]["name"]
    if live != canary.selector:
        yield (
            f"Deployment {name} in the cluster selects {live}, the declared one {canary.selector}, and a Deployment's "
            f"selector cannot change: declare selector.matchLabels as it is"
        )


def _service_faults(found: Manifest, primary: TrackPlan, port: int) -> Iterator[str]:
    if not found:
        return
    spec, name = found["spec"], found["metadata"]["name"]
    if spec.get("type", "ClusterIP") != "ClusterIP" or spec.get("clusterIP") == "None":
        what = "headless" if spec.get("clusterIP") == "None" else f"of type {spec['type']}"
        yield f"Service {name} is {what}; a release's Service is a ClusterIP: set service.name to one of its own"
    labels = primary.workload["spec"]["template"]["metadata"]["labels"]
    if lacking := sorted(set(spec.get("selector") or {}) - set(primary.selector)):
        given = {key: spec["selector"][key] for key in lacking}
        if any(labels.get(key) != value for key, value in given.items()):
            yield (
                f"Service {name} selects {given}, too, which the primary's pods do not have, so it would lose them: "
                f"give the pod template these labels"
            )
    ports = [one["port"] for one in spec.get("ports") or []]
    if port not in ports:
        yield f"Service {name} has the ports {ports}, but not service.port {port}: declare the port that clients use"

