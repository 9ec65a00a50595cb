"""The types of Canary's keyword arguments, for editors and type checkers; `canary.settings` checks values.

Generated from the models by `python -m canary.settings.typed`; do not edit. What each means: docs/settings.md.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal, Required, TypedDict

from canary.settings.constructors import Gate, Hold, Match, Mirror, Pause, Switch, Weight

Duration = str | timedelta
Step = Weight | Pause | Gate | Mirror | Match | Hold | Switch


class ExpectedArguments(TypedDict, total=False):
    """What a preview takes as given when it warns of a plan that cannot work."""

    scrape_interval: Duration | None
    requests_per_second: float | None


class AffinityArguments(TypedDict, total=False):
    """Keep a client that was sent to the canary there."""

    cookie_name: Required[str]
    max_age: int


class HeaderArguments(TypedDict, total=False):
    """The condition on one header; exactly one of the four."""

    exact: str | None
    prefix: str | None
    suffix: str | None
    regex: str | None


class MatchArguments(TypedDict, total=False):
    """One alternative: all its headers must match. A cookie is the header `cookie`."""

    headers: Required[Mapping[str, HeaderArguments]]


class AlertArguments(TypedDict, total=False):
    """Whom to tell. The address is a credential for most systems: prefer `secret_ref`."""

    name: Required[str]
    type: Literal["slack", "msteams", "discord", "rocket", "gchat", "generic"]
    severity: Literal["info", "warn", "error"]
    address: str | None
    secret_ref: str | None
    channel: str | None
    username: str | None


class WebhookArguments(TypedDict, total=False):
    """One webhook, with Flagger's types and payload."""

    name: Required[str]
    url: Required[str]
    timeout: Duration
    retries: int
    metadata: Mapping[str, str]
    mute_alert: bool
    disable_tls: bool
    type: Literal[
        "confirm-rollout",
        "pre-rollout",
        "rollout",
        "confirm-traffic-increase",
        "confirm-promotion",
        "post-rollout",
        "rollback",
        "event",
    ]


class BackendArguments(TypedDict, total=False):
    """Where metrics are asked. Credentials come from a Kubernetes Secret and are never part of the settings."""

    type: Literal["prometheus", "datadog", "cloudwatch"]
    address: str | None
    secret_ref: str | None
    insecure_skip_verify: bool
    region: str | None
    headers: Mapping[str, str]


class RangeArguments(TypedDict, total=False):
    """The allowed range of a metric; at least one of the two."""

    min: float | None
    max: float | None


class MetricArguments(TypedDict, total=False):
    """One measured quantity and what is allowed of it."""

    name: Required[str]
    threshold_range: RangeArguments | None
    min: float | None
    max: float | None
    threshold: float | None
    interval: Duration
    query: str | None
    variables: Mapping[str, str]
    percentile: float
    dry_run: bool
    initial_delay: Duration | None
    backend: BackendArguments | None


class HookArguments(TypedDict, total=False):
    """How a URL is called: what a webhook and a gate have in common."""

    name: Required[str]
    url: Required[str]
    timeout: Duration
    retries: int
    metadata: Mapping[str, str]
    mute_alert: bool
    disable_tls: bool


class StepArguments(TypedDict, total=False):
    """Exactly one of weight, pause, gate, mirror, match, hold, switch, with what modifies it."""

    weight: int | None
    pause: Duration | None
    gate: HookArguments | str | None
    mirror: int | None
    match: Sequence[MatchArguments] | None
    hold: int | None
    switch: bool | None
    duration: Duration
    checks: int


class AnalysisArguments(TypedDict, total=False):
    """How a new revision is proved: one of step_weight, step_weights, steps, iterations, and what is measured."""

    interval: Duration
    step_weight: int | None
    step_weights: Sequence[int] | None
    steps: Sequence[Step | StepArguments | str] | None
    iterations: int | None
    max_weight: int
    step_weight_promotion: int
    match: Sequence[MatchArguments] | None
    mirror: bool
    mirror_weight: int | None
    session_affinity: AffinityArguments | None
    threshold: int
    counting: Literal["cumulative", "consecutive"]
    metrics: Sequence[MetricArguments]
    webhooks: Sequence[WebhookArguments]
    alerts: Sequence[AlertArguments]
    on_no_data: Literal["hold", "fail", "pass"]
    no_data_deadline: Duration
    on_error: Literal["hold", "fail", "pass"]
    error_deadline: Duration
    min_requests: int
    gate_deadline: Duration | None
    warm_up: Duration
    initial_delay: Duration
    primary_ready_threshold: int
    canary_ready_threshold: int
    drain: Duration
    rollback_step: int
    rollback_step_pause: Duration
    primary_wait: Duration


class ServiceArguments(TypedDict, total=False):
    """The three Services of a release: NAME (selects the primary), NAME-primary, NAME-canary."""

    port: Required[int]
    name: str | None
    target_port: int | str | None
    port_name: str
    app_protocol: str | None


class ReleaseArguments(TypedDict, total=False):
    """Everything a user may set about one release. Made by `parse`, which also refuses contradictions."""

    namespace: str
    target: str | None
    service: ServiceArguments
    replicas: int | None
    analysis: AnalysisArguments | None
    skip_analysis: bool
    suspend: bool
    on_interrupted: Literal["restart", "resume"]
    progress_deadline: Duration | None
    progress_deadline_seconds: int | None
    router: str
    metrics_server: str | None
    metrics_backend: BackendArguments | None
    access: Literal["auto", "proxy", "direct"]
    adopt: bool
    keep_on_removal: bool
    expected: ExpectedArguments | None
