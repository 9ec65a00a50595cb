"""What a release may do, as frozen data: strategy, analysis, hooks, limits.

Built by `canary.settings` (which turns user input into these, with all errors at once) and never by hand in the
program.
Durations are `timedelta`, weights percent of all requests. Defaults are Flagger's unless the docstring says otherwise.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from canary.core.routing import Affinity, MatchRule


class Policy(StrEnum):
    """What a check without a value means."""

    HOLD = "hold"
    FAIL = "fail"
    PASS = "pass"  # noqa: S105 - a verdict


class Counting(StrEnum):
    """How failed checks add up: over the whole run (Flagger), or reset by a check that passes."""

    CUMULATIVE = "cumulative"
    CONSECUTIVE = "consecutive"


class Builtin(StrEnum):
    """The metrics that every metrics adapter provides."""

    SUCCESS_RATE = "request-success-rate"
    DURATION = "request-duration"


class HookType(StrEnum):
    """Flagger's webhook types."""

    CONFIRM_ROLLOUT = "confirm-rollout"
    PRE_ROLLOUT = "pre-rollout"
    ROLLOUT = "rollout"
    CONFIRM_TRAFFIC_INCREASE = "confirm-traffic-increase"
    CONFIRM_PROMOTION = "confirm-promotion"
    POST_ROLLOUT = "post-rollout"
    ROLLBACK = "rollback"
    EVENT = "event"

    @property
    def is_gate(self) -> bool:
        """A gate that does not pass holds the release; it is no failed check."""
        return self in (HookType.CONFIRM_ROLLOUT, HookType.CONFIRM_TRAFFIC_INCREASE, HookType.CONFIRM_PROMOTION)


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook. `timeout` bounds one call, `retries` are further attempts; a failed one never blocks a revert."""

    name: str
    url: str
    type: HookType = HookType.ROLLOUT
    timeout: timedelta = timedelta(seconds=10)
    retries: int = 0
    metadata: dict[str, str] = field(default_factory=dict)
    mute_alert: bool = False
    disable_tls: bool = False


@dataclass(frozen=True, slots=True)
class Backend:
    """Where a metric is asked: a kind of adapter (`prometheus`, `datadog`, `cloudwatch`...), its address, its options.

    `secret` names a Kubernetes Secret in the release's namespace with the credentials; none is ever held here.
    """

    type: str = "prometheus"
    address: str = ""
    secret: str = ""
    insecure_skip_verify: bool = False
    region: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alert:
    """Where to tell people.

    type: `slack`, `msteams`, `discord`, `rocket`, `gchat` or `generic`; severity: the least loud event that is sent.
    Exactly one of `address` and `secret` is set; `secret` names a Kubernetes Secret with the key `address`.
    """

    name: str
    type: str = "generic"
    severity: str = "info"
    address: str = ""
    secret: str = ""
    channel: str = ""
    username: str = ""


class Access(StrEnum):
    """How in-cluster addresses are reached: the API server's service proxy for those only (auto), for all, or never."""

    AUTO = "auto"
    PROXY = "proxy"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured quantity and its allowed range; a value outside [minimum, maximum] is a failed check.

    name: a `Builtin`, or any name with a `query` template. window: how far back a check looks at most (Flagger's
    metric `interval`). percentile: for request-duration, 0 < p < 100. scale: built-in durations are in milliseconds.
    initial_delay: no verdict before the analysis is that old. dry_run: reported, never decides.
    backend: None means the release's default.
    """

    name: str
    window: timedelta = timedelta(minutes=1)
    minimum: float | None = None
    maximum: float | None = None
    query: str | None = None
    percentile: float = 99.0
    variables: dict[str, str] = field(default_factory=dict)
    initial_delay: timedelta = timedelta(0)
    dry_run: bool = False
    backend: Backend | None = None


@dataclass(frozen=True, slots=True)
class Weight:
    """A step: send `percent` of requests to the canary until `checks` checks passed and `duration` is over."""

    percent: int
    duration: timedelta = timedelta(0)
    checks: int = 1
    kind: Literal["weight"] = "weight"


@dataclass(frozen=True, slots=True)
class Pause:
    """A step: stay at the present routing for `duration`, or until resumed from outside when it is None.

    Checks go on meanwhile, and a failed one counts.
    """

    duration: timedelta | None = None
    kind: Literal["pause"] = "pause"


@dataclass(frozen=True, slots=True)
class Gate:
    """A step: stay at the present routing until the hook answers that it is approved. Checks go on meanwhile."""

    hook: Hook
    kind: Literal["gate"] = "gate"


@dataclass(frozen=True, slots=True)
class Mirror:
    """A step: copy `percent` of requests to the canary, whose answers no user sees, for `checks` passed checks."""

    percent: int = 100
    checks: int = 1
    kind: Literal["mirror"] = "mirror"


@dataclass(frozen=True, slots=True)
class Match:
    """A step: requests that match one of `rules` go to the canary, for `checks` passed checks (A/B testing)."""

    rules: tuple[MatchRule, ...]
    checks: int = 1
    kind: Literal["match"] = "match"


@dataclass(frozen=True, slots=True)
class Hold:
    """A step: no user traffic on the canary for `checks` passed checks (blue/green)."""

    checks: int = 1
    kind: Literal["hold"] = "hold"


@dataclass(frozen=True, slots=True)
class Switch:
    """A step: all traffic goes to the canary at once, unmeasured: the moment of promotion in blue/green."""

    kind: Literal["switch"] = "switch"


Step = Weight | Pause | Gate | Mirror | Match | Hold | Switch


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
    backend: Backend = Backend()
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
