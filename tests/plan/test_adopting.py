"""A plan says what is taken over, in which order, and what of it is not measured."""

from typing import Any

from canary.plan import as_text, plan_of
from canary.plan.markdown import as_markdown
from tests.plan.test_plan import inputs, workload

FOUND: dict[str, Any] = {
    "objects": ["Deployment podinfo", "Service podinfo"],
    "replicas": 1,
    "images": {"podinfod": "podinfo:2.1.0"},
}


def adopting(image: str = "podinfo:2.1.0", **found: Any) -> str:
    plan = plan_of({}, inputs(shown=workload(image), adopting={**FOUND, **found}))
    assert all(line in as_markdown([plan]) for line in plan.adopts)
    return as_text(plan)


def test_what_serves_is_named_with_the_order_of_events() -> None:
    text = adopting()
    assert (
        "Deployment podinfo and Service podinfo: not touched until podinfo-primary is ready with all its pods" in text
    )
    assert (
        "then Service podinfo selects podinfo-primary, then 5s for open connections, then podinfo has no pods" in text
    )
    assert "an adoption is not measured" not in text


def test_another_image_than_the_one_that_runs_is_warned_of() -> None:
    text = adopting("podinfo:2.1.1")
    assert "container podinfod runs podinfo:2.1.0 and podinfo:2.1.1 is declared: an adoption is not measured" in text


def test_fewer_pods_than_serve_now_are_warned_of() -> None:
    assert "podinfo runs 10 pods and podinfo-primary will have 1" in adopting(replicas=10)


def test_a_first_deployment_adopts_nothing() -> None:
    assert "adopts" not in as_text(plan_of({}, inputs()))
