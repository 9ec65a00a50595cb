"""Releases that Argo Rollouts carries out: `argoproj.io` Rollout objects and their AnalysisTemplates.

A Rollout names its templates, and what one measures is an expression; so the success rate is judged by their names.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.release import Endpoint, Measure
from policies.resource import Resource
from policies.view import View

GROUP = "argoproj.io"
TEMPLATES = ("AnalysisTemplate", "ClusterAnalysisTemplate")
_NEVER = View(None, "")
_BLUE_GREEN = ("prePromotionAnalysis", "postPromotionAnalysis")
_ADDRESSES = {"prometheus": "address", "graphite": "address", "web": "url", "skywalking": "address"}


@dataclass(frozen=True, slots=True)
class ArgoRelease:
    """A Rollout object. It has no switch to skip the analysis: one without an analysis is unmeasured."""

    resource: Resource

    @property
    def _strategy(self) -> View:
        return self.resource.props.at("spec.strategy")

    @property
    def skip(self) -> View:
        """There is no such field."""
        return _NEVER

    @property
    def threshold(self) -> View:
        """It is the templates', for each metric."""
        return _NEVER

    @property
    def interval(self) -> View:
        """It is the templates', for each metric."""
        return _NEVER

    def weights(self) -> list[View]:
        """The `setWeight` of its steps."""
        steps = self._strategy.at("canary.steps").each()
        return [step["setWeight"] for step in steps if step["setWeight"].is_given]

    @property
    def metrics_field(self) -> str:
        """Where templates are named."""
        return f"{self._strategy.path}.canary.analysis.templates"

    def measures(self) -> Iterator[Measure]:
        """The templates, by their names."""
        for analysis in self._analyses():
            for template in analysis["templates"].each():
                yield Measure(template["templateName"], _NEVER, _NEVER, bounded=False)

    def _analyses(self) -> Iterator[View]:
        canary, blue_green = self._strategy["canary"], self._strategy["blueGreen"]
        yield canary["analysis"]
        for step in canary["steps"].each():
            yield step["analysis"]
        for name in _BLUE_GREEN:
            yield blue_green[name]


def endpoints(resource: Resource) -> Iterator[Endpoint]:
    """What a template's metrics ask."""
    if resource.kind not in TEMPLATES:
        return
    for metric in resource.props.at("spec.metrics").each():
        for provider, field in _ADDRESSES.items():
            place = metric["provider"][provider]
            if place.is_given:
                yield Endpoint(place[field], place["insecure"])
