from datetime import timedelta

import pytest

from canary.adapters.queries import promql_duration, query_for, samples_query
from canary.core.spec import Metric, Target
from canary.ports import Misconfigured

MINUTE = timedelta(minutes=1)
LABELS = 'namespace="prod",deployment="podinfo",direction="inbound",route_name!="probe"'


def test_the_success_rate_is_guarded_by_the_total(target: Target) -> None:
    total = f"sum(rate(response_total{{{LABELS}}}[60s]))"
    good = f'sum(rate(response_total{{{LABELS},classification!="failure"}}[60s]))'
    assert query_for(Metric("request-success-rate"), target, MINUTE) == f"({good} or {total} * 0) / {total} * 100"


@pytest.mark.parametrize(("percentile", "quantile"), [(99.0, "0.99"), (99.9, "0.999"), (50, "0.5")])
def test_the_percentile_is_the_metrics(target: Target, percentile: float, quantile: str) -> None:
    query = query_for(Metric("request-duration", percentile=percentile), target, MINUTE)
    assert query.startswith(
        f"histogram_quantile({quantile}, sum(rate(response_latency_ms_bucket{{{LABELS}}}[60s])) by (le))"
    )


def test_a_daemon_set_has_its_own_label() -> None:
    query = samples_query(Metric("request-duration"), Target("agent", "prod", "agent", 1, kind="DaemonSet"), MINUTE)
    assert 'daemonset="agent"' in query


def test_a_name_cannot_leave_its_quotes() -> None:
    with pytest.raises(Misconfigured, match="not a valid Kubernetes name"):
        query_for(Metric("request-duration"), Target('x"} or vector(1)', "prod", "x", 1), MINUTE)


@pytest.mark.parametrize(("seconds", "text"), [(60, "60s"), (1.5, "1500ms"), (0.001, "1ms"), (3600, "3600s")])
def test_a_window_is_written_in_whole_units(seconds: float, text: str) -> None:
    assert promql_duration(timedelta(seconds=seconds)) == text


def test_an_empty_window_is_refused() -> None:
    with pytest.raises(Misconfigured, match="window to look at is empty"):
        promql_duration(timedelta(0))


def test_a_metric_that_is_neither_built_in_nor_given_a_query_is_refused(target: Target) -> None:
    with pytest.raises(Misconfigured, match="request-success-rate, request-duration"):
        query_for(Metric("latency"), target, MINUTE)


def test_nobody_knows_the_requests_behind_a_custom_query(target: Target) -> None:
    assert samples_query(Metric("x", query="up"), target, MINUTE) == ""
