"""Releases that Flagger carries out: `flagger.app` Canary objects, and the addresses in its templates and providers."""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.release import Endpoint, Measure
from policies.resource import Resource
from policies.view import View

GROUP = "flagger.app"
_SUCCESS_RATE = "request-success-rate"
# `metadata.labels` by which Flagger tells primary and canary apart, in its default order.
SELECTOR_LABELS = ("app", "name", "app.kubernetes.io/name")


@dataclass(frozen=True, slots=True)
class FlaggerRelease:
    """A Canary object."""

    resource: Resource

    @property
    def _spec(self) -> View:
        return self.resource.props["spec"]

    @property
    def _analysis(self) -> View:
        old = self._spec["canaryAnalysis"]
        return old if old.is_given else self._spec["analysis"]

    @property
    def skip(self) -> View:
        """`spec.skipAnalysis`."""
        return self._spec["skipAnalysis"]

    @property
    def threshold(self) -> View:
        """`spec.analysis.threshold`."""
        return self._analysis["threshold"]

    @property
    def interval(self) -> View:
        """`spec.analysis.interval`."""
        return self._analysis["interval"]

    def weights(self) -> list[View]:
        """`stepWeights`, or the multiples of `stepWeight` up to `maxWeight`."""
        if self._analysis["stepWeights"].is_given:
            return list(self._analysis["stepWeights"].each())
        step, last = self._analysis["stepWeight"], self._analysis["maxWeight"]
        size, end = step.number(), last.number() or 100
        if not size or size < 0:
            return []
        shares = range(1, max(1, int(end // size)) + 1)
        return [View(size * share, step.path if share == 1 else last.path) for share in shares]

    @property
    def metrics_field(self) -> str:
        """`spec.analysis.metrics`."""
        return self._analysis["metrics"].path

    def measures(self) -> Iterator[Measure]:
        """The metrics; `threshold` is the old spelling of the success rate's `thresholdRange.min`."""
        for metric in self._analysis["metrics"].each():
            least = metric.at("thresholdRange.min")
            old = metric["threshold"]
            if not least.is_given and old.is_given and metric["name"].text() == _SUCCESS_RATE:
                least = old
            yield Measure(metric["name"], least, View(None, ""))


def endpoints(resource: Resource) -> Iterator[Endpoint]:
    """What a Canary, a MetricTemplate or an AlertProvider makes Flagger call."""
    spec = resource.props["spec"]
    if resource.kind == "Canary":
        yield Endpoint(spec["metricsServer"], View(None, ""))
        for place in ("analysis", "canaryAnalysis"):
            for hook in spec[place]["webhooks"].each():
                yield Endpoint(hook["url"], hook["disableTLS"])
    if resource.kind == "MetricTemplate":
        yield Endpoint(spec.at("provider.address"), spec.at("provider.insecureSkipVerify"))
    if resource.kind == "AlertProvider":
        yield Endpoint(spec["address"], View(None, ""))
