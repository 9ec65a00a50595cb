"""The releases of our own component: the specification among the inputs of its dynamic resources.

Fields are named as their user writes them (`analysis.step_weight`), not as they travel. Knows the form that
`canary.settings.codec` writes; a test compares the two.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.release import Endpoint, Measure
from policies.resource import Resource
from policies.view import View

DATADOG = "https://api.datadoghq.com"
ABSENT = View(None, "")


@dataclass(frozen=True, slots=True)
class OurRelease:
    """The `spec` of a Drain, Rollout or Promotion."""

    resource: Resource

    @property
    def _spec(self) -> View:
        return self.resource.props["spec"]

    @property
    def skip(self) -> View:
        """`skip_analysis`."""
        return self._spec["skip_analysis"].named("skip_analysis")

    @property
    def threshold(self) -> View:
        """`analysis.threshold`."""
        return self._spec.at("limits.threshold").named("analysis.threshold")

    @property
    def interval(self) -> View:
        """`analysis.interval`."""
        return self._spec["interval"].named("analysis.interval")

    def weights(self) -> list[View]:
        """Of the steps that have one, whichever way they were written."""
        steps = self._spec["steps"].each()
        return [step["percent"].named("analysis.step_weight") for step in steps if step["kind"].text() == "weight"]

    @property
    def metrics_field(self) -> str:
        """`analysis.metrics`."""
        return "analysis.metrics"

    def measures(self) -> Iterator[Measure]:
        """The metrics."""
        for index, metric in enumerate(self._spec["metrics"].each()):
            field = f"analysis.metrics[{index}]"
            yield Measure(
                metric["name"].named(f"{field}.name"),
                metric["minimum"].named(f"{field}.min"),
                metric["dry_run"].named(f"{field}.dry_run"),
            )

    def endpoints(self) -> Iterator[Endpoint]:
        """The metrics' backends, webhooks, gates, and the alerts whose address is in the settings."""
        spec = self._spec
        yield _backend(spec["backend"], "metrics_server")
        for index, metric in enumerate(spec["metrics"].each()):
            if metric["backend"].is_given:
                yield _backend(metric["backend"], f"analysis.metrics[{index}].backend")
        for index, hook in enumerate(spec["hooks"].each()):
            yield _hook(hook, f"analysis.webhooks[{index}]")
        for index, step in enumerate(spec["steps"].each()):
            if step["hook"].is_given:
                yield _hook(step["hook"], f"analysis.steps[{index}].gate")
        for index, alert in enumerate(spec["alerts"].each()):
            yield Endpoint(alert["address"].named(f"analysis.alerts[{index}].address"), ABSENT)


def _backend(backend: View, field: str) -> Endpoint:
    url = backend["address"].named(f"{field}.address")
    if not url.text():
        url = View(_own_address(backend), f"{field}.type")
    return Endpoint(url, backend["insecure_skip_verify"].named(f"{field}.insecure_skip_verify"))


def _own_address(backend: View) -> str:
    """Where a system of others is asked when no address is given."""
    kind = backend["type"].text()
    known = {"datadog": DATADOG, "cloudwatch": f"https://monitoring.{backend['region'].text()}.amazonaws.com"}
    return known.get(kind, "")


def _hook(hook: View, field: str) -> Endpoint:
    return Endpoint(hook["url"].named(f"{field}.url"), hook["disable_tls"].named(f"{field}.disable_tls"))
