"""From the inputs of a release, as they were and as they will be, to its plan.

The inputs are those of the `Rollout` resource. A value that is only known during the update is `unknown`, wherever
it stands; what does not depend on it is planned all the same.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from canary.adapters.queries import query_for
from canary.core.spec import Backend, Builtin, Hook, HookType, Metric, Policy, ReleaseSpec
from canary.plan.adopting import adoption_lines, adoption_warnings
from canary.plan.changes import changes_between
from canary.plan.expected import expected_of
from canary.plan.model import Calling, Kind, Measure, Plan
from canary.plan.schedule import stages_of, whole
from canary.plan.warnings import warnings_of
from canary.ports import Misconfigured
from canary.settings.codec import spec_from_json
from canary.settings.durations import format_duration

Inputs = Mapping[str, Any]

WHEN = {
    HookType.CONFIRM_ROLLOUT: "before the canary is started; holds until it says yes",
    HookType.PRE_ROLLOUT: "before any user is sent to the canary; a refusal is a failed check",
    HookType.ROLLOUT: "with every check; a refusal is a failed check",
    HookType.CONFIRM_TRAFFIC_INCREASE: "before each higher weight; holds until it says yes",
    HookType.CONFIRM_PROMOTION: "before the promotion; holds until it says yes",
    HookType.POST_ROLLOUT: "when the release is over",
    HookType.ROLLBACK: "with every check; a yes takes the release back at once",
    HookType.EVENT: "with every event",
}


def plan_of(olds: Inputs, news: Inputs, unknown: str = "") -> Plan:
    """The plan of going from `olds` (empty when there is no release yet) to `news`.

    Raises UnreadableSpec when `news` holds no spec, for instance because it is only known during the update.
    """
    spec = spec_from_json(news["spec"])
    workload = news.get("workload") if isinstance(news.get("workload"), Mapping) else {}
    total = whole(spec)
    return Plan(
        name=spec.target.name,
        namespace=spec.target.namespace,
        kind=_kind(olds, news, unknown),
        before=str(olds.get("revision", "")),
        after="" if news["revision"] == unknown else str(news["revision"]),
        changes=_changes(olds, news, unknown),
        stages=() if spec.skip_analysis else stages_of(spec),
        best=total.best.total_seconds(),
        worst=None if total.worst is None else total.worst.total_seconds(),
        measures=() if spec.skip_analysis else tuple(_measure(spec, metric) for metric in spec.metrics),
        calls=_calls(spec),
        budget=_budget(spec),
        failure=_failure(spec),
        warnings=warnings_of(spec, workload or {}, expected_of(news.get("expected"))) + adoption_warnings(spec, news),
        adopts=adoption_lines(spec, news),
    )


def _kind(olds: Inputs, news: Inputs, unknown: str) -> Kind:
    if not olds:
        return Kind.FIRST
    if news["revision"] == unknown:
        return Kind.UNKNOWN
    if olds.get("revision") != news["revision"]:
        return Kind.RELEASE
    same = all(olds.get(key) == news.get(key) for key in ("spec", "connection"))
    return Kind.NONE if same else Kind.SETTINGS


def _changes(olds: Inputs, news: Inputs, unknown: str) -> Any:
    before, after = olds.get("workload"), news.get("workload")
    if not olds:
        return ()
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return None
    return changes_between(before, after, unknown)


def _measure(spec: ReleaseSpec, metric: Metric) -> Measure:
    backend = metric.backend or spec.backend
    return Measure(
        name=metric.name,
        bound=bound_of(metric),
        window=metric.window.total_seconds(),
        query=_query(spec, metric),
        source=_source(backend),
        decides=not metric.dry_run,
    )


def _query(spec: ReleaseSpec, metric: Metric) -> str:
    try:
        return query_for(metric, spec.target, metric.window)
    except Misconfigured:  # another system's own syntax: shown as it is written
        return metric.query or ""


def _source(backend: Backend) -> str:
    return f"{backend.type} {without_secrets(backend.address)}".strip()


def bound_of(metric: Metric) -> str:
    """`at least 99%`, `p99 at most 500ms`: the range outside of which a check has failed."""
    unit = {Builtin.SUCCESS_RATE.value: "%", Builtin.DURATION.value: "ms"}.get(metric.name, "")
    parts = [f"at least {metric.minimum:g}{unit}"] if metric.minimum is not None else []
    parts += [f"at most {metric.maximum:g}{unit}"] if metric.maximum is not None else []
    percentile = f"p{metric.percentile:g} " if metric.name == Builtin.DURATION else ""
    return percentile + (" and ".join(parts) or "any value")


def _calls(spec: ReleaseSpec) -> tuple[Calling, ...]:
    hooks = [_calling(hook) for hook in spec.hooks]
    alerts = [
        Calling(one.name, f"alert ({one.type})", _origin(one.address), f"for events of {one.severity} and above")
        for one in spec.alerts
    ]
    return (*hooks, *alerts)


def _calling(hook: Hook) -> Calling:
    return Calling(hook.name, hook.type.value, without_secrets(hook.url), WHEN[hook.type])


def without_secrets(url: str) -> str:
    """The address without what may be a password or token in it: user, query and fragment."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="…" if parts.query else "", fragment="").geturl()


def _origin(url: str) -> str:
    """Of a chat's webhook only the host: its path is the key."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if url else "from a Secret"


def _budget(spec: ReleaseSpec) -> tuple[str, ...]:
    limits = spec.limits
    per = "over the whole run" if limits.counting == "cumulative" else "in a row"
    fastest = format_duration(spec.interval * limits.threshold)
    ended = f"{limits.threshold} failed check{'s' * (limits.threshold > 1)} {per} end it"
    return (
        f"{ended}: a revision that fails every check is taken back after {fastest}",
        _without("data", limits.on_no_data, format_duration(limits.no_data_deadline)),
        _without("an answer of the metrics system", limits.on_error, format_duration(limits.error_deadline)),
    )


def _without(what: str, policy: Policy, deadline: str) -> str:
    meaning = {
        Policy.HOLD: f"holds the release, for at most {deadline}; then it is taken back",
        Policy.FAIL: "is a failed check",
        Policy.PASS: "counts as passed",
    }
    return f"a check without {what} {meaning[policy]}"


def _failure(spec: ReleaseSpec) -> tuple[str, ...]:
    retreat, target = spec.retreat, spec.target
    way = "at once" if retreat.step >= 100 else f"in steps of {retreat.step}%"  # noqa: PLR2004 - percent
    drain = f"{format_duration(retreat.drain)} for open connections"
    return (
        f"all traffic goes back to {target.primary} {way}, then {drain}, then {target.name} has no pods",
        f"`pulumi up` fails; {target.primary} is not touched and stays at the old revision",
        "next: `git revert` and `pulumi up`; nothing has to be repaired",
    )
