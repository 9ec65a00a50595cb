"""What must be true of the world before a release touches anything: each thing that is not, with its remedy.

Reads only. A permission to look that is lacking is no problem: what the release really needs, it will be told.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from canary.adapters.apipath import namespace_path
from canary.adapters.cluster import Cluster
from canary.adapters.errors import Forbidden
from canary.adapters.registry import metrics_for
from canary.adapters.trafficsplit import crd_problem
from canary.core.spec import ReleaseSpec
from canary.ports import CanaryError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `field`: the setting it belongs to; `message`: what happened, at which address, what to do."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def preflight(cluster: Cluster, spec: ReleaseSpec) -> list[Problem]:
    """Every problem that can be known now; an unreachable cluster is the only one, because it hides the others."""
    try:
        cluster.get("/api")
    except Forbidden:
        pass
    except CanaryError as error:
        return [Problem("kubeconfig", str(error))]
    return [*_namespace(cluster, spec), *_router(cluster, spec), *_metrics(cluster, spec)]


def _namespace(cluster: Cluster, spec: ReleaseSpec) -> Iterator[Problem]:
    name = spec.target.namespace
    try:
        if cluster.get(namespace_path(name)) is None:
            create = f"kubectl create namespace {name}"
            yield Problem("namespace", f"{name!r} does not exist in the cluster at {cluster.address}; `{create}`")
    except Forbidden:
        return
    except CanaryError as error:
        yield Problem("namespace", str(error))


def _router(cluster: Cluster, spec: ReleaseSpec) -> Iterator[Problem]:
    if spec.router.kind != "trafficsplit":
        return
    try:
        problem = crd_problem(cluster, spec.router.version)
    except CanaryError as error:
        problem = str(error)
    if problem:
        yield Problem("router", problem)


def _metrics(cluster: Cluster, spec: ReleaseSpec) -> Iterator[Problem]:
    if spec.skip_analysis:
        return
    for name, message in metrics_for(cluster, spec).problems():
        yield Problem(f"metrics.{name}", message)
