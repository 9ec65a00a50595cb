"""Between the rules and Pulumi's policy SDK: plain data in, violations out. The only module that knows the SDK.

What cannot be known before `up` is raised as the SDK's own `UnknownValueError` once all else has been reported: the
engine then shows it as advice, whatever the policy's level, and asks again during `up`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from pulumi_policy import (
    Policy,
    PolicyConfigSchema,
    PolicyProviderResource,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import proxy as sentinels

from policies.exemption import BadConfiguration
from policies.finding import Finding, Unjudged, Violation
from policies.resource import Resource
from policies.rule import Rule, Settings
from policies.view import UNKNOWN, View

Today = Callable[[], date]
_SENTINELS = {value for name, value in vars(sentinels).items() if name.startswith("UNKNOWN_")}
_SHOWN = 5


class CannotJudge(sentinels.UnknownValueError):
    """Some values are not known before `up`; the SDK shows `message`."""

    def __init__(self, unjudged: Sequence[Unjudged]) -> None:
        super().__init__(sentinels.UNKNOWN_STRING_VALUE, [])
        places = list(dict.fromkeys(f"{one.resource.title}: {one.place}" for one in unjudged))
        more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
        self.message = f"cannot be known before `up`, and is judged then: {'; '.join(places[:_SHOWN])}{more}"


def today_utc() -> date:
    """The day it is."""
    return datetime.now(UTC).date()


def plain(value: Any) -> Any:
    """The SDK's proxies as dicts and lists, with `UNKNOWN` where they would raise."""
    if isinstance(value, str):
        return UNKNOWN if value in _SENTINELS else value
    if isinstance(value, Mapping):
        return {str(key): _child(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_child(value, index) for index in range(len(value))]
    return value


def _child(parent: Any, key: Any) -> Any:
    try:
        return plain(parent[key])
    except sentinels.UnknownValueError:
        return UNKNOWN


def policy(rule: Rule, today: Today = today_utc) -> Policy:
    """`rule` as the SDK's policy."""
    schema = PolicyConfigSchema(rule.schema)
    if rule.stack is not None:
        return StackValidationPolicy(rule.name, rule.description, _stack_check(rule, today), config_schema=schema)
    check = _resource_check(rule, today)
    remedy = _remediation(rule, today) if rule.remedy else None
    return ResourceValidationPolicy(rule.name, rule.description, check, config_schema=schema, remediate=remedy)


def _resource_check(rule: Rule, today: Today) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def check(args: ResourceValidationArgs, report: ReportViolation) -> None:
        _report(_judged(rule, lambda: rule.judge(_resource(args), _config(args), today())), report)

    return check


def _stack_check(rule: Rule, today: Today) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def check(args: StackValidationArgs, report: ReportViolation) -> None:
        resources = [_resource(one) for one in args.resources]
        _report(_judged(rule, lambda: rule.judge_stack(resources, _config(args), today())), report)

    return check


def _remediation(rule: Rule, today: Today) -> Callable[[ResourceValidationArgs], Any]:
    def remediate(args: ResourceValidationArgs) -> Any:
        changes = rule.changes(_resource(args), _config(args), today())
        for path, value in changes:
            _put(args.props, path, value)
        return args.props if changes else None

    return remediate


def _put(props: Any, path: Sequence[str], value: Any) -> None:
    """Set one value in the SDK's own proxies, which keep what is secret or unknown beside it as it is."""
    for key in path[:-1]:
        props = props[key]
    props[path[-1]] = value


def _judged(rule: Rule, judge: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return judge()
    except BadConfiguration as error:
        raise BadConfiguration(f"configuration of policy {rule.name}: {error}") from error


def _report(findings: Iterable[Finding], report: ReportViolation) -> None:
    unjudged = []
    for finding in findings:
        if isinstance(finding, Violation):
            report(finding.message, finding.resource.urn)
        else:
            unjudged.append(finding)
    if unjudged:
        raise CannotJudge(unjudged)


def _config(args: ResourceValidationArgs | StackValidationArgs) -> Settings:
    return args.get_config()


def _resource(args: ResourceValidationArgs | PolicyResource) -> Resource:
    namespace = _default_namespace(args.provider)
    ignored = tuple(args.opts.ignore_changes)
    return Resource(args.resource_type, args.name, args.urn, View(plain(args.props)), ignored, namespace)


def _default_namespace(provider: PolicyProviderResource | None) -> str:
    given = plain(provider.props).get("namespace") if provider is not None else None
    return given if isinstance(given, str) and given else "default"
