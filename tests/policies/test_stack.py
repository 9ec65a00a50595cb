"""The rules that look at a whole stack: coverage, the guard, replicas, budgets."""

from typing import Any

import pytest

from policies.resource import Resource
from policies.view import UNKNOWN
from tests.policies.objects import broken, flagger, release, service, thing, unknown, workload

LABEL = "canary.pulumi.io/release"
PRIMARY = workload("web-primary", labels={LABEL: "web"})
CANARY = workload("web", labels={LABEL: "web"}, replicas=None)


def budget(name: str = "web", **selector: Any) -> Resource:
    return thing("policy/v1:PodDisruptionBudget", name, selector=selector or {"matchLabels": {"app": name}})


def scaler(least: Any, target: str = "web") -> Resource:
    reference = {"kind": "Deployment", "name": target}
    return thing("autoscaling/v2:HorizontalPodAutoscaler", target, scaleTargetRef=reference, minReplicas=least)


def guard(*args: str, namespace: str = "shop", image: str = "r.io/canary:1.0.0") -> Resource:
    pod = {"containers": [{"name": "guard", "image": image, "args": list(args)}]}
    return thing("apps/v1:Deployment", "canary-guard", namespace, template={"spec": pod})


def argo(**spec: Any) -> Resource:
    return thing("argoproj.io/v1alpha1:Rollout", **spec)


def test_a_deployment_behind_a_service_has_to_be_under_a_release() -> None:
    [message] = broken("workload-under-canary", workload(), service())
    assert message.startswith("Deployment shop/web: its pods' labels are selected by Service web")
    assert 'canary.Canary("web", …)' in message


@pytest.mark.parametrize(
    "stack",
    [
        [PRIMARY, CANARY, service("web-primary"), service("web"), release()],
        [workload(), service(), flagger()],
        [workload("web-primary"), service("web-primary"), flagger()],
        [workload(), service(), argo(workloadRef={"kind": "Deployment", "name": "web"})],
        [workload(kind="argoproj.io/v1alpha1:Rollout"), service()],
        [workload()],
        [workload(), service("other")],
        [workload(), thing("core/v1:Service", "web", "elsewhere", selector={"app": "web"})],
        [workload(), thing("core/v1:Service", "web", selector={})],
        [workload(kind="apps/v1:DaemonSet"), service()],
    ],
)
def test_a_deployment_that_is_released_or_serves_nobody_is_fine(stack: list[Resource]) -> None:
    assert broken("workload-under-canary", *stack) == []


def test_a_label_alone_makes_no_release() -> None:
    assert len(broken("workload-under-canary", CANARY, service("web"))) == 1
    assert len(broken("workload-under-canary", CANARY, service("web"), release("other"))) == 1


def test_other_kinds_may_have_to_be_released_too() -> None:
    stack = [workload(kind="apps/v1:DaemonSet"), service()]
    assert len(broken("workload-under-canary", *stack, kinds=["DaemonSet"])) == 1


@pytest.mark.parametrize(
    "stack",
    [
        [workload(), service(app=UNKNOWN)],
        [workload(), thing("core/v1:Service", "web", UNKNOWN, selector={"app": "web"})],
        [workload(labels=UNKNOWN), service()],
        [workload(), service(), thing("flagger.app/v1beta1:Canary", targetRef={"kind": "Deployment", "name": UNKNOWN})],
    ],
)
def test_whether_a_workload_is_covered_may_not_be_known(stack: list[Resource]) -> None:
    assert len(unknown("workload-under-canary", *stack)) == 1


@pytest.mark.parametrize(
    "watching",
    [
        guard("guard", "--namespace", "shop"),
        guard("guard", "--namespace=shop"),
        guard("guard", "--all-namespaces", namespace="ops"),
        guard("python", "-m", "canary", "guard", "-n", "shop", image="tools:1.0.0"),
        guard("guard"),
    ],
)
def test_a_guard_that_watches_the_release_is_fine(watching: Resource) -> None:
    assert broken("guard-present", release(), watching) == []


@pytest.mark.parametrize(
    "useless",
    [guard("guard", "-n", "other"), guard("status"), guard("guard", image="nginx:1.2.3"), workload()],
)
def test_a_production_stack_without_one_is_refused(useless: Resource) -> None:
    [message] = broken("guard-present", release(), useless)
    assert "Canary shop/web: namespace shop has no guard" in message
    assert 'canary.Guard(namespace="shop", …)' in message


def test_only_our_releases_in_production_need_a_guard() -> None:
    assert broken("guard-present", release(stack="dev")) == []
    assert broken("guard-present", flagger()) == []
    assert unknown("guard-present", release(), guard(UNKNOWN)) == ["spec.template.spec.containers[0].args[0]"]  # type: ignore[arg-type]


def test_what_serves_has_two_replicas() -> None:
    assert broken("replicas", workload(), service()) == []
    [message] = broken("replicas", workload(replicas=1), service())
    assert "Deployment shop/web: spec.replicas is 1; allowed: 2 or more; set it to 2" in message
    [message] = broken("replicas", workload(replicas=None), service())
    assert "spec.replicas is missing, which means 1" in message
    assert len(broken("replicas", workload(), service(), least=3)) == 1
    assert unknown("replicas", workload(replicas=UNKNOWN), service()) == ["spec.replicas"]


def test_what_serves_nobody_may_have_one() -> None:
    assert broken("replicas", workload(replicas=1)) == []
    assert broken("replicas", PRIMARY, CANARY, service("web-primary"), service("web"), release()) == []


def test_an_autoscaler_decides_how_many_there_are_at_least() -> None:
    assert broken("replicas", workload(replicas=1), service(), scaler(2)) == []
    [message] = broken("replicas", workload(), service(), scaler(1))
    assert "HorizontalPodAutoscaler shop/web: spec.minReplicas is 1" in message
    assert len(broken("replicas", workload(replicas=1), service(), scaler(2, target="other"))) == 1


def test_the_target_of_flagger_is_stopped_between_releases() -> None:
    assert broken("replicas", workload(replicas=0), flagger()) == []
    assert len(broken("replicas", workload(replicas=1), flagger())) == 1


def test_what_serves_has_a_disruption_budget() -> None:
    assert broken("disruption-budget", workload(), service(), budget()) == []
    [message] = broken("disruption-budget", workload(), service(), budget("other"))
    assert "(app: web) are in the selector of no PodDisruptionBudget" in message
    elsewhere = thing("policy/v1:PodDisruptionBudget", "web", "elsewhere", selector={"matchLabels": {"app": "web"}})
    assert len(broken("disruption-budget", workload(), service(), elsewhere)) == 1
    assert len(unknown("disruption-budget", workload(), service(), budget(matchLabels={"app": UNKNOWN}))) == 1


def test_flaggers_primary_has_another_label_than_its_target() -> None:
    assert len(broken("disruption-budget", workload(), flagger(), budget("web"))) == 1
    assert broken("disruption-budget", workload(), flagger(), budget("web-primary")) == []


@pytest.mark.parametrize(
    ("operator", "values", "selected"),
    [
        ("In", ["web"], True), ("In", ["x"], False), ("NotIn", ["x"], True), ("NotIn", ["web"], False),
        ("Exists", None, True), ("DoesNotExist", None, False), ("Odd", None, False),
    ],
)  # fmt: skip
def test_a_budget_may_select_by_expressions(operator: str, values: list[str] | None, *, selected: bool) -> None:
    by = budget(matchExpressions=[{"key": "app", "operator": operator, "values": values}])
    assert (broken("disruption-budget", workload(), service(), by) == []) is selected
