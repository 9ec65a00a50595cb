"""The analysis of a release: its strategy, what is measured, when it is over; with Flagger's names and defaults."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from canary.core import spec
from canary.core.spec import Counting, HookType, Policy
from canary.settings.base import Settings, twins
from canary.settings.errors import Fault
from canary.settings.hook import AlertSettings, WebhookSettings
from canary.settings.match import AffinitySettings, MatchSettings
from canary.settings.metric import MetricSettings
from canary.settings.step import StepSettings
from canary.settings.strategy import compile_steps
from canary.settings.vocabulary import Count, Duration, Flag, Interval, Natural, Percent, Span, Weight, one_of

PolicyName = Annotated[str, one_of(*Policy), ", ".join(Policy)]
CountingName = Annotated[str, one_of(*Counting), ", ".join(Counting)]

STRATEGIES = ("step_weight", "step_weights", "steps", "iterations")
TEN_MINUTES = timedelta(minutes=10)

# Hooks whose answer can keep a bad revision from being promoted.
JUDGING = {HookType.ROLLOUT, HookType.PRE_ROLLOUT, HookType.CONFIRM_TRAFFIC_INCREASE, HookType.CONFIRM_PROMOTION}


class AnalysisSettings(Settings):
    """How a new revision is proved: one of step_weight, step_weights, steps, iterations, and what is measured."""

    interval: Interval = Field(timedelta(minutes=1), description="Time between two checks.")
    step_weight: Weight | None = Field(None, description="Linear: the weight grows by so many percent a step.")
    step_weights: list[Weight] | None = Field(None, description="The weights one by one, ascending.")
    steps: list[StepSettings] | None = Field(None, description="Any sequence of steps.")
    iterations: Count | None = Field(None, description="Blue/green: passed checks before the switch; A/B with match.")
    max_weight: Weight = Field(100, description="With step_weight: the last weight before promotion; reached exactly.")
    step_weight_promotion: Percent = Field(
        0, description="Percent a step by which traffic goes to the new primary; 0: all at once."
    )
    match: list[MatchSettings] | None = Field(None, description="A/B: which requests go to the canary.")
    mirror: Flag = Field(default=False, description="First send copies of requests to the canary.")
    mirror_weight: Weight | None = Field(None, description="Percent of requests copied; default: all.")
    session_affinity: AffinitySettings | None = Field(None, description="Keep clients on the canary by a cookie.")
    threshold: Count = Field(1, description="Failed checks that end the release.")
    counting: CountingName = Field("cumulative", description="Whether a passed check resets the count of failed ones.")
    metrics: list[MetricSettings] = Field(default_factory=list, description="What is measured at every check.")
    webhooks: list[WebhookSettings] = Field(default_factory=list, description="What is called, and when.")
    alerts: list[AlertSettings] = Field(default_factory=list, description="Who is told.")
    on_no_data: PolicyName = Field("hold", description="What a check without a value means.")
    no_data_deadline: Span = Field(TEN_MINUTES, description="How long checks without a value may hold the release.")
    on_error: PolicyName = Field("hold", description="What a metrics system that does not answer means.")
    error_deadline: Span = Field(TEN_MINUTES, description="How long it may hold the release.")
    min_requests: Natural = Field(0, description="A check on fewer requests has no data.")
    gate_deadline: Span | None = Field(
        None, description="How long a closed gate may hold the release; default: for ever."
    )
    warm_up: Duration = Field(timedelta(0), description="No check before a new weight is that old.")
    initial_delay: Duration = Field(timedelta(0), description="No verdict before the analysis is that old.")
    primary_ready_threshold: Percent = Field(100, description="Percent of the primary's pods that must be ready.")
    canary_ready_threshold: Percent = Field(100, description="Percent of the canary's pods that must be ready.")
    drain: Duration = Field(
        timedelta(seconds=5), description="Time for connections to end before the canary's pods are stopped."
    )
    rollback_step: Weight = Field(100, description="Percent by which traffic goes back at a time; 100: at once.")
    rollback_step_pause: Duration = Field(timedelta(seconds=1), description="Time between two steps back.")
    primary_wait: Span = Field(
        timedelta(minutes=2), description="How long a rollback waits for a primary that can take the load."
    )

    @property
    def strategies(self) -> tuple[str, ...]:
        """The strategies that were given; there should be one."""
        return tuple(name for name in STRATEGIES if getattr(self, name) is not None)

    @property
    def is_judged(self) -> bool:
        """Something can keep a bad revision from being promoted."""
        return bool(self.metrics) or any(hook.as_hook().type in JUDGING for hook in self.webhooks)

    def contradictions(self) -> Iterable[Fault]:
        """One strategy, settings that mean something for it, and names that tell things apart."""
        if len(self.strategies) > 1:
            yield Fault(
                (self.strategies[1],), f"contradicts {self.strategies[0]}; allowed: one of {', '.join(STRATEGIES)}"
            )
        yield from self._weights()
        yield from self._modes()
        yield from twins((metric.name for metric in self.metrics), "metrics", "metric")
        yield from twins((f"{hook.type}/{hook.name}" for hook in self.webhooks), "webhooks", "webhook of a type")
        yield from twins((alert.name for alert in self.alerts), "alerts", "alert")
        yield from self._gates()

    def _weights(self) -> Iterable[Fault]:
        if self.steps == [] or self.step_weights == []:
            yield Fault(("steps" if self.steps == [] else "step_weights",), "is empty; allowed: at least one step")
        weights = self.step_weights or []
        for index, (before, after) in enumerate(pairwise(weights), 1):
            if after <= before:
                yield Fault(
                    ("step_weights", index), f"{after} is not more than {before} before it; allowed: ascending weights"
                )
        if "max_weight" not in self.model_fields_set:
            return
        if self.step_weight is not None and self.step_weight > self.max_weight:
            yield Fault(
                ("step_weight",), f"{self.step_weight} is more than max_weight {self.max_weight}; allowed: up to it"
            )
        if self.step_weight is None:
            yield Fault(("max_weight",), "has no meaning without step_weight; allowed: with step_weight only")

    def _modes(self) -> Iterable[Fault]:
        if self.match is not None and self.iterations is None:
            yield Fault(("match",), "needs iterations, the number of checks of the A/B test; allowed: with iterations")
        if self.match == []:
            yield Fault(("match",), "is empty; allowed: at least one rule, or leave it out")
        if self.mirror and (self.steps is not None or self.match is not None):
            yield Fault(
                ("mirror",),
                "contradicts steps and match; allowed: a mirror step in steps, or mirror with the other strategies",
            )
        if self.mirror_weight is not None and not self.mirror:
            yield Fault(("mirror_weight",), "has no meaning without mirror; allowed: with mirror: true")

    def _gates(self) -> Iterable[Fault]:
        taken = {hook.name for hook in self.webhooks if hook.type == HookType.CONFIRM_TRAFFIC_INCREASE}
        for index, step in enumerate(self.steps or []):
            if step.gate and step.gate.name in taken:
                yield Fault(
                    ("steps", index, "gate", "name"),
                    f'"{step.gate.name}" is used twice; allowed: a name of its own for each gate',
                )
            taken |= {step.gate.name} if step.gate else set()

    def to_steps(self) -> tuple[spec.Step, ...]:
        """The strategy as the core's steps."""
        return compile_steps(
            step_weight=self.step_weight,
            step_weights=self.step_weights or (),
            max_weight=self.max_weight,
            iterations=self.iterations,
            match=[rule.to_core() for rule in self.match or ()],
            mirror_percent=(self.mirror_weight or 100) if self.mirror else None,
            steps=[step.to_core() for step in self.steps or ()],
        )

    def to_retreat(self) -> spec.Retreat:
        """How traffic goes home."""
        return spec.Retreat(self.rollback_step, self.rollback_step_pause, self.drain, self.primary_wait)

    def to_limits(self, progress_deadline: timedelta) -> spec.Limits:
        """When the release is stopped."""
        return spec.Limits(
            threshold=self.threshold,
            counting=Counting(self.counting),
            on_no_data=Policy(self.on_no_data),
            no_data_deadline=self.no_data_deadline,
            on_error=Policy(self.on_error),
            error_deadline=self.error_deadline,
            min_requests=self.min_requests,
            warm_up=self.warm_up,
            progress_deadline=progress_deadline,
            gate_deadline=self.gate_deadline,
            canary_ready_percent=self.canary_ready_threshold,
            primary_ready_percent=self.primary_ready_threshold,
        )
