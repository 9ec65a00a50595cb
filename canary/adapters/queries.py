"""The PromQL of the built-in metrics on Linkerd's proxy metrics, and of custom ones. Pure: text in, text out.

Flagger's queries with three differences. A canary whose every response failed reads as 0 %, where Flagger's numerator
has no series and the ratio is empty; no traffic at all stays empty, or NaN. Probes are left out where the proxy labels
them (`route_name="probe"`). The workload is matched by equality: a `.` in its name is no wildcard.
"""

import re
from datetime import timedelta

from canary.adapters.apipath import checked
from canary.adapters.template import PROMQL, render
from canary.core.spec import Builtin, Metric, Target
from canary.ports import Misconfigured

MILLISECOND = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
WORKLOAD_LABELS = {"Deployment": "deployment", "DaemonSet": "daemonset"}


def query_for(metric: Metric, target: Target, window: timedelta) -> str:
    """The instant query whose one sample is `metric` in its unit: percent, milliseconds, or the query's own.

    Raises Misconfigured when nothing is known under that name, or a template cannot be filled.
    """
    if metric.query is not None:
        return render(metric.query.strip(), names_for(target, window), metric.variables)
    if metric.name == Builtin.SUCCESS_RATE:
        return success_rate(target, window)
    if metric.name == Builtin.DURATION:
        return duration(target, window, metric.percentile)
    raise Misconfigured(f"metric {metric.name!r} is no built-in ({', '.join(Builtin)}); give it a `query`")


def custom_query(metric: Metric, target: Target, window: timedelta, plain: re.Pattern[str] = PROMQL) -> str:
    """The user's own query, for a system that has no built-in metrics; `plain` as in `render`.

    Raises Misconfigured when the metric has none, or its template cannot be filled.
    """
    if metric.query is None:
        raise Misconfigured(f"metric {metric.name!r} has no query, and this backend no built-in metrics: write a query")
    return render(metric.query.strip(), names_for(target, window), metric.variables, plain)


def samples_query(metric: Metric, target: Target, window: timedelta) -> str:
    """How many requests `metric` rests on; empty for a custom query, of which nobody knows."""
    if metric.query is not None:
        return ""
    return f"sum(increase(response_total{{{selector(target)}}}[{promql_duration(window)}]))"


def success_rate(target: Target, window: timedelta) -> str:
    """Percent of responses that the proxy did not classify as failure."""
    span, labels = promql_duration(window), selector(target)
    total = f"sum(rate(response_total{{{labels}}}[{span}]))"
    good = f'sum(rate(response_total{{{labels},classification!="failure"}}[{span}]))'
    return f"({good} or {total} * 0) / {total} * 100"


def duration(target: Target, window: timedelta, percentile: float = 99.0) -> str:
    """The percentile of the response latency, in milliseconds."""
    buckets = f"response_latency_ms_bucket{{{selector(target)}}}[{promql_duration(window)}]"
    return f"histogram_quantile({percentile / 100:.10g}, sum(rate({buckets})) by (le))"


def selector(target: Target) -> str:
    """Label matchers of what the canary's own pods answered."""
    label = WORKLOAD_LABELS.get(target.kind, "deployment")
    return (
        f'namespace="{checked(target.namespace)}",{label}="{checked(target.name)}",'
        'direction="inbound",route_name!="probe"'
    )


def names_for(target: Target, window: timedelta) -> dict[str, str]:
    """What Flagger's placeholders stand for. `name` is the release, `target` the canary's workload."""
    return {
        "name": checked(target.release or target.name),
        "namespace": checked(target.namespace),
        "target": checked(target.name),
        "service": checked(target.service),
        "ingress": checked(target.service),
        "route": checked(target.service),
        "interval": promql_duration(window),
    }


def promql_duration(window: timedelta) -> str:
    """`30s`, or `1500ms` when it is no whole number of seconds. Raises Misconfigured for an empty window."""
    if window < MILLISECOND:
        raise Misconfigured("the window to look at is empty; let the metric's window or the interval be longer")
    if window % SECOND:
        return f"{window // MILLISECOND}ms"
    return f"{window // SECOND}s"
