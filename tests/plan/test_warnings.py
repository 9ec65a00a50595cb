"""Plans that cannot work are warned of; plans that can are not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from canary.core.spec import Hook, HookType, Limits, Metric, Policy, ReleaseSpec, Weight
from canary.plan.expected import Expected, expected_of
from canary.plan.warnings import warnings_of
from tests.core.builders import SUCCESS_RATE, linear

PROBED = {"Deployment podinfo": {"spec": {"containers": [{"name": "a", "readinessProbe": {"httpGet": {}}}]}}}
UNPROBED = {"Deployment podinfo": {"spec": {"containers": [{"name": "a"}]}}}
SECOND = timedelta(seconds=1)


def spec(*weights: int, **changes: Any) -> ReleaseSpec:
    base = linear(*(weights or range(5, 101, 5)))
    return replace(base, target=replace(base.target, replicas=2), **changes)


def said(given: ReleaseSpec, workload: Any = PROBED, expected: Expected = Expected()) -> str:  # noqa: B008 - frozen
    return "\n".join(warnings_of(given, workload, expected))


def test_the_walk_through_s_release_has_no_warning() -> None:
    assert said(spec(), expected=Expected(5 * SECOND, 200)) == ""


@pytest.mark.parametrize(
    ("given", "expected", "words"),
    [
        (
            spec(50, metrics=(replace(SUCCESS_RATE, window=timedelta(hours=1)),)),
            Expected(),
            "is longer than the whole run",
        ),
        (
            spec(50, metrics=(replace(SUCCESS_RATE, initial_delay=timedelta(hours=1)),)),
            Expected(),
            "is first judged after 1h",
        ),
        (spec(interval=2 * SECOND), Expected(15 * SECOND), "interval 2s is below the scrape interval 15s"),
        (
            spec(limits=Limits(threshold=2, on_no_data=Policy.FAIL)),
            Expected(15 * SECOND),
            "lag alone makes 2 failed checks of 2 allowed",
        ),
        (
            spec(metrics=(replace(SUCCESS_RATE, window=5 * SECOND),)),
            Expected(5 * SECOND),
            "holds fewer than two samples",
        ),
        (spec(limits=Limits(min_requests=100)), Expected(requests=2), "never the 100 of min_requests"),
        (spec(), Expected(requests=20), "one failed request alone is below 99%"),
        (spec(50, 20), Expected(), "a step of 20% follows one of 50%"),
        (
            spec(hooks=(Hook("ask", "http://a/", HookType.CONFIRM_PROMOTION),), limits=Limits(gate_deadline=SECOND)),
            Expected(),
            "max weight 100% is out of reach: a gate is asked once an interval",
        ),
        (
            spec(limits=Limits(warm_up=timedelta(minutes=10))),
            Expected(),
            "max weight 100% is out of reach: the warm-up",
        ),
        (replace(spec(), target=replace(spec().target, replicas=1)), Expected(), "has one replica"),
        (spec(metrics=()), Expected(), "no metric decides"),
        (spec(metrics=(Metric("mine", query="up", dry_run=True),)), Expected(), "no metric decides"),
        (spec(skip_analysis=True), Expected(), "promoted without any proof"),
    ],
)
def test_a_plan_that_cannot_work_is_warned_of(given: ReleaseSpec, expected: Expected, words: str) -> None:
    assert words in said(given, expected=expected)


def test_a_pod_without_a_readiness_probe_is_warned_of() -> None:
    assert "Deployment podinfo has no readiness probe" in said(spec(), UNPROBED)


@pytest.mark.parametrize("shown", ["unknown", {"spec": "unknown"}, {"spec": {"containers": "unknown"}}, None])
def test_a_workload_that_is_not_known_is_not_judged(shown: Any) -> None:
    assert said(spec(), {"Deployment podinfo": shown}) == ""


def test_a_warm_up_that_covers_the_lag_is_enough() -> None:
    given = spec(limits=Limits(threshold=2, on_no_data=Policy.FAIL, warm_up=30 * SECOND))
    assert "lag alone" not in said(given, expected=Expected(15 * SECOND))


def test_a_daemon_set_has_no_replicas_to_warn_of() -> None:
    base = spec()
    assert said(replace(base, target=replace(base.target, kind="DaemonSet", replicas=1)), {}) == ""


def test_what_is_expected_may_be_left_out() -> None:
    assert expected_of(None) == Expected()
    assert expected_of({"scrape_interval": "15s"}) == Expected(15 * SECOND)
    assert expected_of({"requests_per_second": 2.0}) == Expected(None, 2.0)


def test_weights_alone_are_no_reason_to_warn() -> None:
    assert said(spec(steps=(Weight(1, checks=6), Weight(100)))) == ""
