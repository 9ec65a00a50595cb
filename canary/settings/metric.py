"""One metric as the user writes it: what to measure, over which time, and what is allowed."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from canary.core.spec import Backend, Builtin, Metric
from canary.settings.base import Settings
from canary.settings.errors import Fault
from canary.settings.vocabulary import Duration, Flag, Name, Number, Percentile, Span, Text, Texts, Url, one_of

BACKENDS = ("prometheus", "datadog", "cloudwatch")
BUILTINS = tuple(Builtin)


class RangeSettings(Settings):
    """The allowed range of a metric; at least one of the two."""

    min: Number | None = Field(None, description="The least value that passes.")
    max: Number | None = Field(None, description="The greatest value that passes.")

    def contradictions(self) -> Iterable[Fault]:
        """A range has an end, and its ends are in order."""
        if self.min is None and self.max is None:
            yield Fault((), "has neither min nor max; allowed: at least one of them")
        if self.min is not None and self.max is not None and self.min > self.max:
            yield Fault(("min",), f"{self.min:g} is more than max {self.max:g}; allowed: min up to max")


class BackendSettings(Settings):
    """Where metrics are asked. Credentials come from a Kubernetes Secret and are never part of the settings."""

    type: Annotated[str, one_of(*BACKENDS), " or ".join(BACKENDS)] = Field("prometheus", description="The system.")
    address: Url | None = Field(None, description="Its URL; an in-cluster name is reached through the API server.")
    secret_ref: Name | None = Field(
        None,
        description="Secret in the release's namespace with the credentials: token, or username and password, "
        "and ca.crt; datadog_api_key and datadog_application_key; aws_access_key_id and aws_secret_access_key "
        "(cloudwatch without a Secret: AWS_* of the environment).",
    )
    insecure_skip_verify: Flag = Field(default=False, description="Do not check the server's TLS certificate.")
    region: Text | None = Field(None, description="Cloud region (cloudwatch).")
    headers: Texts = Field(default_factory=dict, description="Further HTTP headers; no secrets here.")

    def contradictions(self) -> Iterable[Fault]:
        """Each system needs to be told what cannot be guessed."""
        if self.type == "cloudwatch" and self.region is None:
            yield Fault(("region",), "is missing; cloudwatch needs the region, such as eu-central-1")
        if self.type == "datadog" and self.secret_ref is None:
            yield Fault(("secret_ref",), "is missing; datadog needs a Secret with its api and application keys")

    def to_core(self, address: str = "") -> Backend:
        """The core's form; `address` serves when none was set."""
        return Backend(
            type=self.type,
            address=self.address or address,
            secret=self.secret_ref or "",
            insecure_skip_verify=self.insecure_skip_verify,
            region=self.region or "",
            headers=self.headers,
        )


class MetricSettings(Settings):
    """One measured quantity and what is allowed of it."""

    name: Text = Field(
        description="request-success-rate (percent), request-duration (milliseconds), or any name with a query."
    )
    threshold_range: RangeSettings | None = Field(None, description="The allowed range.")
    min: Number | None = Field(None, description="Short for threshold_range.min.")
    max: Number | None = Field(None, description="Short for threshold_range.max.")
    threshold: Number | None = Field(
        None, description="Flagger's old form: the minimum of request-success-rate, the maximum of every other metric."
    )
    interval: Span = Field(timedelta(minutes=1), description="How far back one check looks at most.")
    query: Text | None = Field(
        None, description="Query template with name, namespace, target, service, interval, variables in {{ }}."
    )
    variables: Texts = Field(default_factory=dict, description="Values for {{ variables.x }} in the query.")
    percentile: Percentile = Field(99.0, description="Which percentile of request-duration.")
    dry_run: Flag = Field(default=False, description="Measure and report, never decide.")
    initial_delay: Duration | None = Field(
        None, description="No verdict before the analysis is that old (default: the analysis's)."
    )
    backend: BackendSettings | None = Field(None, description="Where to ask, if not the release's metrics server.")

    @property
    def range(self) -> tuple[float | None, float | None]:
        """Minimum and maximum, whichever way they were written."""
        if self.threshold is not None:
            return (self.threshold, None) if self.name == Builtin.SUCCESS_RATE else (None, self.threshold)
        ranged = self.threshold_range
        return (ranged.min, ranged.max) if ranged else (self.min, self.max)

    def contradictions(self) -> Iterable[Fault]:
        """One way to write the range; a range to judge by; a query for what is not built in."""
        yield from self._range_faults()
        if self.name not in BUILTINS and self.query is None:
            yield Fault(
                ("query",), f'is missing; "{self.name}" is not built in ({", ".join(BUILTINS)} are), so it needs one'
            )
        if self.name in BUILTINS and self.query is not None:
            yield Fault(("query",), f"{self.name} has its own query; allowed: no query, or another name")
        if self.name != Builtin.DURATION and "percentile" in self.model_fields_set:
            yield Fault(("percentile",), f"has no meaning for {self.name}; allowed: for {Builtin.DURATION} only")
        if self.name in BUILTINS and self.backend is not None and self.backend.type != "prometheus":
            yield Fault(
                ("backend", "type"),
                f"{self.backend.type} has no {self.name}; allowed: prometheus, or a query of your own",
            )

    def _range_faults(self) -> Iterable[Fault]:
        pair = self.min is not None or self.max is not None
        ways = [pair, self.threshold_range is not None, self.threshold is not None]
        if sum(ways) > 1:
            yield Fault(
                (), "has its range in more than one form; allowed: one of threshold_range, min and max, threshold"
            )
        if not any(ways) and not self.dry_run:
            yield Fault(("threshold_range",), f"is missing; {self._hint()}")
        if pair and self.min is not None and self.max is not None and self.min > self.max:
            yield Fault(("min",), f"{self.min:g} is more than max {self.max:g}; allowed: min up to max")
        low = self.range[0]
        if self.name == Builtin.SUCCESS_RATE and low is not None and not 0 <= low <= 100:  # noqa: PLR2004 - percent
            yield Fault(self._low_place(), f"{low:g} is not a percentage; allowed: 0 to 100")

    def _low_place(self) -> tuple[str, ...]:
        if self.threshold is not None:
            return ("threshold",)
        return ("threshold_range", "min") if self.threshold_range else ("min",)

    def _hint(self) -> str:
        examples = {Builtin.SUCCESS_RATE: "{min: 99} (percent)", Builtin.DURATION: "{max: 500} (milliseconds)"}
        return f"without it no value could fail; such as {examples.get(self.name, '{max: 10}')}"  # type: ignore[call-overload]

    def to_core(self, initial_delay: timedelta = timedelta(0)) -> Metric:
        """The core's form; `initial_delay` is that of a metric without one of its own."""
        low, high = self.range
        return Metric(
            name=self.name,
            window=self.interval,
            minimum=low,
            maximum=high,
            query=self.query,
            percentile=self.percentile,
            variables=self.variables,
            initial_delay=initial_delay if self.initial_delay is None else self.initial_delay,
            dry_run=self.dry_run,
            backend=self.backend.to_core() if self.backend else None,
        )
