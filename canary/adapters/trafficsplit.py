"""SMI TrafficSplit: the share of the canary as two weights behind one apex Service.

Writes `spec.backends` and the fencing token, by a JSON merge patch as `pulumi-canary`, bound to the version just read:
- a split that was deleted in mid-run is an error; a server-side apply would create it anew, without its apex;
- an edit by someone else between reading and writing is a conflict, and is looked at again, not overwritten blindly;
- the list is one atomic field, which the patch takes over from Pulumi's own field manager. Pulumi, told to ignore
  changes there, then leaves it out of its apply (its provider drops ignored fields that only others own): no conflict.
"""

from fractions import Fraction

from canary.adapters.apipath import checked, group_path, object_path
from canary.adapters.cluster import Cluster, JsonObject
from canary.adapters.errors import Absent, Missing
from canary.adapters.fence import Fence, token_of
from canary.adapters.managers import last_manager
from canary.adapters.retry import CONFLICTS, Patience, retry
from canary.core.routing import Capability, Routing
from canary.core.spec import RouterRef, Target
from canary.ports import Misconfigured, Unavailable

GROUP = "split.smi-spec.io"
VERSIONS = ("v1alpha1", "v1alpha2", "v1alpha3", "v1alpha4")
INSTALL = (
    "install it (https://linkerd.io/2/tasks/linkerd-smi/: `linkerd smi install | kubectl apply -f -`), "
    "or choose another router"
)
MILLI = {"m": Fraction(1, 1000), "": Fraction(1), "k": Fraction(1000)}


class TrafficSplitRouter:
    """`canary.ports.Router` over one TrafficSplit object."""

    capabilities = frozenset({Capability.WEIGHTS})

    def __init__(
        self,
        cluster: Cluster,
        target: Target,
        ref: RouterRef,
        patience: Patience | None = None,
        fence: Fence | None = None,
    ) -> None:
        if ref.version not in VERSIONS:
            raise Misconfigured(f"TrafficSplit {ref.version!r} is unknown; use one of {', '.join(VERSIONS)}")
        self._cluster, self._target, self._patience = cluster, target, patience or Patience()
        self._version, self._name = ref.version, checked(ref.name or target.name)
        self._fence = fence or Fence()

    def read(self) -> Routing:
        """The live routing; weights that do not add up to 100 count by their proportion.

        Raises Missing (a Misconfigured) for an absent object or kind, Misconfigured for backends of somebody else.
        """
        return self._parse(self._object())

    def write(self, routing: Routing) -> None:
        """Make `routing` the live one and see it confirmed; writes nothing when it is already.

        Raises Misconfigured for what weights cannot express, Unavailable when the cluster then shows another value,
        Fenced when a newer holder has stamped the object.
        """
        lacking = routing.needs() - self.capabilities
        if lacking:
            raise Misconfigured(f"{self._what} cannot express {', '.join(sorted(lacking))}; choose another router")
        if retry(lambda: self._attempt(routing), self._patience, on=CONFLICTS):
            self._confirm(routing)

    def token(self) -> int:
        """See `canary.adapters.fence.Stamped`."""
        return token_of(self._cluster.get(self._path))

    def stamp(self) -> None:
        """See `canary.adapters.fence.Stamped`."""
        self._fence.stamp(self._cluster, self._path, self._patience)

    def last_writer(self) -> str:
        """The field manager of the last change to the backends that was not ours; empty when there is none."""
        return last_manager(self._object(), "spec", "backends")

    def _attempt(self, routing: Routing) -> bool:
        found = self._object()
        self._fence.admit(found)
        if self._parse(found).weight == routing.weight and self._is_exact(found):
            return False
        patch = {"metadata": self._fence.bound(found), "spec": {"backends": self._backends(routing.weight)}}
        try:
            self._cluster.merge(self._path, patch)
        except Absent as absent:
            raise Missing(self._why_absent()) from absent
        return True

    def _confirm(self, routing: Routing) -> None:
        live = self.read()
        if live.weight != routing.weight:
            raise Unavailable(
                f"{self._what} shows {live.weight}% right after {routing.weight}% was written; does another write it?"
            )

    def _backends(self, weight: int) -> list[JsonObject]:
        shares = zip(self._services, (weight, 100 - weight), strict=True)
        as_text = self._version == "v1alpha1"
        return [{"service": name, "weight": str(share) if as_text else share} for name, share in shares]

    def _is_exact(self, found: JsonObject) -> bool:
        return sum((_number(backend) for backend in found["spec"]["backends"]), Fraction(0)) == Fraction(100)

    def _object(self) -> JsonObject:
        found = self._cluster.get(self._path)
        if found is None:
            raise Missing(self._why_absent())
        return found

    def _why_absent(self) -> str:
        gone = f"{self._what} does not exist; if it was deleted by hand, run `pulumi refresh` and then `pulumi up`"
        return crd_problem(self._cluster, self._version) or gone

    def _parse(self, found: JsonObject) -> Routing:
        spec = found.get("spec") or {}
        weights = {str(backend.get("service")): _number(backend) for backend in spec.get("backends") or []}
        foreign = sorted(set(weights) - set(self._services))
        if foreign or spec.get("service") != self._target.service:
            apex = f"apex {spec.get('service')!r}" if spec.get("service") != self._target.service else ""
            raise Misconfigured(
                f"{self._what} is not this release's: {' and '.join(filter(None, [apex, ', '.join(foreign)]))} found, "
                f"expected apex {self._target.service!r} with {' and '.join(self._services)}; rename one of the two"
            )
        return Routing(weight=_percent(weights.get(self._services[0], Fraction(0)), sum(weights.values(), Fraction(0))))

    @property
    def _services(self) -> tuple[str, str]:
        return f"{self._target.service}-canary", f"{self._target.service}-primary"

    @property
    def _path(self) -> str:
        return object_path(f"{GROUP}/{self._version}", "trafficsplits", self._target.namespace, self._name)

    @property
    def _what(self) -> str:
        return f"TrafficSplit {self._name} in namespace {self._target.namespace}"


def crd_problem(cluster: Cluster, version: str) -> str:
    """Why no TrafficSplit of `version` can exist in this cluster, and what to do; empty when it can."""
    if cluster.get(group_path(f"{GROUP}/{version}")) is not None:
        return ""
    lacking = f"the cluster at {cluster.address} does not serve TrafficSplit {GROUP}/{version}"
    served = _served(cluster)
    if not served:
        return f"{lacking}: {INSTALL}"
    return f"{lacking}, but {', '.join(served)}: choose one of these, such as `router: trafficsplit/{served[-1]}`"


def _served(cluster: Cluster) -> list[str]:
    """The versions of TrafficSplit that both the cluster and this module know, oldest first."""
    found = cluster.get(f"/apis/{GROUP}") or {}
    served = {str(version.get("version")) for version in found.get("versions") or []}
    return [version for version in VERSIONS if version in served]


def served_version(cluster: Cluster) -> str:
    """The version of TrafficSplit to read with when nobody said which: ours if it is served, else the cluster's own.

    Raises Misconfigured when the cluster serves none.
    """
    served, ours = _served(cluster), RouterRef().version
    if not served:
        raise Misconfigured(f"the cluster at {cluster.address} does not serve TrafficSplit: {INSTALL}")
    return ours if ours in served else served[-1]


def _percent(canary: Fraction, total: Fraction) -> int:
    """The canary's share, rounded away from 0 and 100: a trickle must not read as none."""
    if total == 0 or canary == 0:
        return 0
    share = canary * 100 / total
    return 100 if share == 100 else min(99, max(1, round(share)))  # noqa: PLR2004 - percent


def _number(backend: JsonObject) -> Fraction:
    """An integer weight, or a Kubernetes quantity such as `500m` (v1alpha1)."""
    text = str(backend.get("weight", 0)).strip()
    digits = text.rstrip("mk")
    try:
        return Fraction(digits) * MILLI[text[len(digits) :]]
    except (ValueError, KeyError, ZeroDivisionError) as error:
        raise Misconfigured(f"TrafficSplit weight {text[:20]!r} is no number; set it to a whole percentage") from error
