"""What a release may do, as frozen data: its target, its steps and its limits.

Built by `canary.settings` (which turns user input into these, with all errors at once) and never by hand in the
program. Hooks, metrics and steps have files of their own; the whole vocabulary is imported from here.
Durations are `timedelta`, weights percent of all requests. Defaults are Flagger's unless the docstring says otherwise.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from canary.core.hooks import Alert, Hook, HookType
from canary.core.metric import Access, Backend, Builtin, Metric
from canary.core.routing import Affinity
from canary.core.stages import Gate, Hold, Match, Mirror, Pause, Step, Switch, Weight

__all__ = [
    "Access",
    "Alert",
    "Backend",
    "Builtin",
    "Counting",
    "Gate",
    "Hold",
    "Hook",
    "HookType",
    "Limits",
    "Match",
    "Metric",
    "Mirror",
    "Pause",
    "Policy",
    "ReleaseSpec",
    "Retreat",
    "RouterRef",
    "Step",
    "Switch",
    "Target",
    "Weight",
]


class Policy(StrEnum):
    """What a check without a value means."""

    HOLD = "hold"
    FAIL = "fail"
    PASS = "pass"  # noqa: S105 - a verdict


class Counting(StrEnum):
    """How failed checks add up: over the whole run (Flagger), or reset by a check that passes."""

    CUMULATIVE = "cumulative"
    CONSECUTIVE = "consecutive"


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop. Counts are numbers of checks.

    threshold: failed checks that end the release. no_data/no_data_deadline: what a check without data means and how
    long it may hold. error/error_deadline: the same for a metrics system that does not answer. min_requests: a check on
    fewer requests than this has no data (0: any). warm_up: no check is made until a new weight is that old.
    """

    threshold: int = 1
    counting: Counting = Counting.CUMULATIVE
    on_no_data: Policy = Policy.HOLD
    no_data_deadline: timedelta = timedelta(minutes=10)
    on_error: Policy = Policy.HOLD
    error_deadline: timedelta = timedelta(minutes=10)
    min_requests: int = 0
    warm_up: timedelta = timedelta(0)
    progress_deadline: timedelta = timedelta(minutes=10)
    gate_deadline: timedelta | None = None
    canary_ready_percent: int = 100
    primary_ready_percent: int = 100


@dataclass(frozen=True, slots=True)
class Retreat:
    """How traffic goes home.

    step: percent per step on the way back (100: at once), with `step_pause` after each. drain: how long connections may
    finish before the canary's pods are stopped. primary_wait: how long to wait for a primary that can take the load.
    """

    step: int = 100
    step_pause: timedelta = timedelta(seconds=1)
    drain: timedelta = timedelta(seconds=5)
    primary_wait: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Target:
    """Which workload: `name` is the canary's object, `name`-primary the primary's; `service` the apex Service."""

    name: str
    namespace: str
    service: str
    port: int
    kind: str = "Deployment"
    replicas: int = 1
    release: str = ""

    @property
    def primary(self) -> str:
        """Name of the primary's workload."""
        return f"{self.name}-primary"


@dataclass(frozen=True, slots=True)
class RouterRef:
    """Which object routes: `kind` names the adapter, `version` its API version, `name` the object."""

    kind: str = "trafficsplit"
    version: str = "v1alpha2"
    name: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseSpec:
    """Everything that decides about one release."""

    target: Target
    steps: tuple[Step, ...]
    interval: timedelta = timedelta(minutes=1)
    metrics: tuple[Metric, ...] = ()
    hooks: tuple[Hook, ...] = ()
    limits: Limits = Limits()
    retreat: Retreat = Retreat()
    router: RouterRef = RouterRef()
    backend: Backend = field(default_factory=Backend)
    affinity: Affinity | None = None
    promotion_step: int = 100
    skip_analysis: bool = False
    suspend: bool = False
    on_interrupted: str = "restart"
    alerts: tuple[Alert, ...] = ()
    access: Access = Access.AUTO

    @property
    def max_weight(self) -> int:
        """The largest share that the canary may ever have."""
        weights = [step.percent for step in self.steps if isinstance(step, Weight)]
        switches = [100 for step in self.steps if isinstance(step, Switch)]
        return max([0, *weights, *switches])

    def hooks_of(self, kind: HookType) -> tuple[Hook, ...]:
        """The hooks of one type, in their order."""
        return tuple(hook for hook in self.hooks if hook.type is kind)
