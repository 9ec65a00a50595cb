"""Rules on what keeps serving: at least two replicas, and a budget that a node's maintenance may not use up."""

from collections.abc import Iterator, Mapping

from policies.finding import Finding, Violation, judged
from policies.resource import Resource, of_kind
from policies.rule import Rule, Settings, number
from policies.served import Workloads, each_workload
from policies.view import View

_COUNTED = ("Deployment", "StatefulSet", "Rollout")


def _replicas(resources: list[Resource], settings: Settings) -> Iterator[Finding]:
    for workloads, workload in each_workload(resources):
        if workload.kind in _COUNTED:
            yield from judged(workload, _enough, workloads, workload, settings["least"])


def _enough(workloads: Workloads, workload: Resource, least: float) -> Iterator[Finding]:
    if not workloads.permanent(workload):
        return
    scaler = _scaler(workloads.resources, workload)
    if scaler is not None:
        yield from _at_least(scaler, scaler.props.at("spec.minReplicas"), least)
        return
    # Flagger stops its target between two releases, and serves from a primary with the number declared before.
    if not (workloads.is_flaggers(workload) and workload.props.at("spec.replicas").number() == 0):
        yield from _at_least(workload, workload.props.at("spec.replicas"), least)


def _at_least(resource: Resource, count: View, least: float) -> Iterator[Finding]:
    found = count.number()
    if (1 if found is None else found) < least:
        given = "is missing, which means 1" if found is None else f"is {found:g}"
        fix = f"set it to {least:g}: with fewer, losing one pod or node is an outage"
        yield Violation(resource, count.path, given, f"{least:g} or more", fix)


def _scaler(resources: list[Resource], workload: Resource) -> Resource | None:
    for scaler in of_kind(resources, "autoscaling", "HorizontalPodAutoscaler"):
        target = scaler.props.at("spec.scaleTargetRef")
        named = (target["kind"].text(), target["name"].text()) == (workload.kind, workload.object_name)
        if named and scaler.namespace == workload.namespace:
            return scaler
    return None


def _budgets(resources: list[Resource], _settings: Settings) -> Iterator[Finding]:
    for workloads, workload in each_workload(resources):
        if workload.kind in _COUNTED:
            yield from judged(workload, _budget, workloads, workload)


def _budget(workloads: Workloads, workload: Resource) -> Iterator[Finding]:
    if not workloads.permanent(workload):
        return
    labels = workloads.labels_that_serve(workload)
    budgets = of_kind(workloads.resources, "policy", "PodDisruptionBudget")
    if not any(budget.namespace == workload.namespace and _selects(budget, labels) for budget in budgets):
        wanted = ", ".join(f"{key}: {value}" for key, value in sorted(labels.items())) or "none"
        fix = "add a PodDisruptionBudget with that selector and maxUnavailable: 1"
        given = f"({wanted}) are in the selector of no PodDisruptionBudget of this stack"
        yield Violation(workload, "its pods' labels", given, "one that selects them", fix)


def _selects(budget: Resource, labels: Mapping[str, str]) -> bool:
    selector = budget.props.at("spec.selector")
    wanted = selector["matchLabels"].texts()
    return wanted.items() <= labels.items() and all(
        _holds(expression, labels) for expression in selector["matchExpressions"].each()
    )


def _holds(expression: View, labels: Mapping[str, str]) -> bool:
    """One of Kubernetes' four operators."""
    key, values = expression["key"].text(), [value.text() for value in expression["values"].each()]
    match expression["operator"].text():
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False


RULES = (
    Rule(
        name="replicas",
        description="What serves users has more than one pod.",
        stack=_replicas,
        properties={"least": number(2, "Least number of replicas, or of an autoscaler's minReplicas.", 1)},
    ),
    Rule(
        name="disruption-budget",
        description="What serves users is not drained away all at once.",
        stack=_budgets,
    ),
)
