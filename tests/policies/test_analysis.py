from typing import Any

import pytest

from policies.durations import seconds
from policies.resource import Resource
from policies.view import UNKNOWN
from tests.policies.objects import METRIC, TODAY, broken, flagger, release, resource, rule, thing, unknown


def argo(**canary: Any) -> Resource:
    return thing("argoproj.io/v1alpha1:Rollout", strategy={"canary": canary})


MEASURED = {"templates": [{"templateName": "success-rate"}]}
RULES = ("success-rate-metric", "analysis-bounds", "no-skip-analysis")


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("good", [release(), flagger(), argo(steps=[{"setWeight": 20}], analysis=MEASURED)], ids=str)
def test_a_measured_and_bounded_release_is_fine_in_every_dialect(name: str, good: Resource) -> None:
    assert broken(name, good) == []


@pytest.mark.parametrize("name", RULES)
def test_what_is_no_release_is_not_judged(name: str) -> None:
    assert broken(name, thing("core/v1:ConfigMap"), thing("apps/v1:Deployment")) == []


@pytest.mark.parametrize(
    "unmeasured",
    [
        release(metrics=[{"name": "request-duration", "max": 500}]),
        release(metrics=[{**METRIC, "dry_run": True}]),
        flagger(analysis={"metrics": []}),
        argo(steps=[{"setWeight": 20}]),
        argo(analysis={"templates": [{"templateName": "latency"}]}),
    ],
    ids=str,
)
def test_a_release_without_a_success_rate_that_decides_is_refused(unmeasured: Resource) -> None:
    [message] = broken("success-rate-metric", unmeasured)
    assert "allowed: at least one that decides" in message


@pytest.mark.parametrize("inside", ["steps", "prePromotionAnalysis"])
def test_an_argo_analysis_may_be_a_step_or_before_the_promotion(inside: str) -> None:
    blue_green = thing("argoproj.io/v1alpha1:Rollout", strategy={"blueGreen": {inside: MEASURED}})
    stepped = argo(steps=[{"analysis": MEASURED}])
    assert broken("success-rate-metric", stepped if inside == "steps" else blue_green) == []


def test_a_success_rate_that_passes_half_of_the_requests_is_refused() -> None:
    [ours] = broken("success-rate-metric", release(metrics=[{**METRIC, "min": 50}]))
    assert ours == ("Canary shop/web: analysis.metrics[0].min is 50; allowed: 90 percent or more; set it to 90")
    low = {"name": "request-success-rate", "thresholdRange": {"min": 98}}
    [theirs] = broken("success-rate-metric", flagger(analysis={"metrics": [low]}), least_percent=99)
    assert "spec.analysis.metrics[0].thresholdRange.min is 98; allowed: 99 percent or more" in theirs


def test_flaggers_old_spelling_of_the_threshold_counts() -> None:
    assert broken("success-rate-metric", flagger(analysis={"metrics": [{**METRIC, "threshold": 99}]})) == []


@pytest.mark.parametrize(
    ("analysis", "said"),
    [
        ({"threshold": 11}, "analysis.threshold is 11; allowed: 1 to 10; lower it"),
        ({"interval": "601s"}, "analysis.interval is 601s; allowed: 5s to 600s; lower it"),
        ({"interval": "1s"}, "analysis.interval is 1s; allowed: 5s to 600s; raise it"),
        ({"step_weight": 51}, "analysis.step_weight takes a step of 51%; allowed: 0% to 50%"),
        ({"step_weight": None, "step_weights": [5, 60]}, "takes a step of 55%"),
        ({"step_weight": 1, "max_weight": 9}, "leads to a greatest weight of 9%; allowed: 10% to 100%; raise it"),
    ],
)
def test_a_value_beyond_its_bound_is_refused_with_the_value_and_the_bound(analysis: dict[str, Any], said: str) -> None:
    [message] = broken("analysis-bounds", release(**analysis))
    assert said in message


@pytest.mark.parametrize(
    ("analysis", "said"),
    [
        ({"threshold": 11}, "spec.analysis.threshold is 11"),
        ({"interval": "11m"}, "spec.analysis.interval is 660s"),
        ({"stepWeight": 60, "maxWeight": 60}, "spec.analysis.stepWeight takes a step of 60%"),
        ({"stepWeights": [1, 5]}, "spec.analysis.stepWeights[1] leads to a greatest weight of 5%"),
        ({"interval": "often"}, "spec.analysis.interval is 'often'; allowed: a duration"),
    ],
)
def test_flaggers_values_have_the_same_bounds(analysis: dict[str, Any], said: str) -> None:
    [message] = broken("analysis-bounds", flagger(analysis=analysis))
    assert said in message


def test_the_bounds_are_the_configurations() -> None:
    assert broken("analysis-bounds", release(threshold=11), threshold_max=11) == []
    assert len(broken("analysis-bounds", release(), threshold_max=4, interval_max=29, step_weight_max=9)) == 3


def test_a_step_of_argo_is_bounded() -> None:
    [message] = broken("analysis-bounds", argo(steps=[{"setWeight": 10}, {"pause": {}}, {"setWeight": 90}]))
    assert "spec.strategy.canary.steps[2].setWeight takes a step of 80%" in message


def test_blue_green_has_no_weights_to_bound() -> None:
    assert broken("analysis-bounds", release(step_weight=None, iterations=10)) == []
    assert broken("analysis-bounds", flagger(analysis={"stepWeight": None, "iterations": 10})) == []


def test_a_skipped_analysis_is_refused_in_production_only() -> None:
    [ours] = broken("no-skip-analysis", release(skip=True))
    assert "skip_analysis is true; allowed: false" in ours
    [theirs] = broken("no-skip-analysis", flagger(skipAnalysis=True))
    assert "spec.skipAnalysis is true" in theirs
    assert broken("no-skip-analysis", release(skip=True, stack="dev")) == []
    assert broken("no-skip-analysis", release(skip=True, stack="dev"), stacks=["d*"]) != []


def test_values_that_are_not_known_are_neither_passed_nor_refused() -> None:
    late = flagger(analysis={"threshold": UNKNOWN, "metrics": UNKNOWN}, skipAnalysis=UNKNOWN)
    assert unknown("analysis-bounds", late) == ["spec.analysis.threshold"]
    assert unknown("success-rate-metric", late) == ["spec.analysis.metrics"]
    assert unknown("no-skip-analysis", late) == ["spec.skipAnalysis"]


def test_the_threshold_is_lowered_where_that_is_asked_for() -> None:
    bounds = rule("analysis-bounds")
    assert bounds.changes(flagger(analysis={"threshold": 50}), {}, TODAY) == [(("spec", "analysis", "threshold"), 10)]
    assert bounds.changes(release(threshold=50), {"threshold_max": 7}, TODAY) == [(("spec", "limits", "threshold"), 7)]
    assert bounds.changes(release(), {}, TODAY) == []


def test_a_skipped_analysis_is_put_back_only_where_steps_are_left() -> None:
    skip = rule("no-skip-analysis")
    assert skip.changes(flagger(skipAnalysis=True), {}, TODAY) == [(("spec", "skipAnalysis"), False)]
    assert skip.changes(release(skip=True), {}, TODAY) == []


def test_an_exempted_release_is_not_changed() -> None:
    exemption = {"resource": "shop/web", "until": "2026-12-31", "reason": "migration"}
    assert rule("no-skip-analysis").changes(flagger(skipAnalysis=True), {"exemptions": [exemption]}, TODAY) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("PT1M30S", 90), ("1m30s", 90), ("P1DT1H", 90000), ("PT0.5S", 0.5), ("500ms", 0.5),
        ("", None), ("5", None), ("1x", None), ("Ptomorrow", None),
    ],
)  # fmt: skip
def test_both_spellings_of_a_duration_are_read(text: str, value: float | None) -> None:
    assert seconds(text) == value


def test_a_release_with_nothing_in_it_is_no_crash() -> None:
    empty = resource("kubernetes:flagger.app/v1beta1:Canary", {"metadata": None, "spec": "x"})
    assert broken("analysis-bounds", empty) == []
    assert len(broken("success-rate-metric", empty)) == 1
