"""What a release measures, and where it is asked, as frozen data.

No query language is known here: a metric has a name and a range, and an adapter of its backend's kind finds the value.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Builtin(StrEnum):
    """The metrics that every metrics adapter provides."""

    SUCCESS_RATE = "request-success-rate"
    DURATION = "request-duration"


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
