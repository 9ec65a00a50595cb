"""A plan follows from the old and the new inputs alone, and its times are those of the releases it announces."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from canary.core.spec import Alert, Gate, Hold, Hook, HookType, Pause, Switch, Weight
from canary.core.state import Phase, State
from canary.loop import run_promotion, run_rollout
from canary.plan import as_text, from_json, plan_of, to_json
from canary.plan.markdown import as_markdown
from canary.plan.model import Kind, Plan, UnreadablePlan
from canary.settings.codec import spec_to_json
from tests.core.builders import at_once, linear, memory_world

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SLACK = "https://hooks.slack.com/services/T0/B0/verysecret"


def workload(image: str = "podinfo:2.1.0", **container: Any) -> dict[str, Any]:
    pod = {"containers": [{"name": "podinfod", "image": image, "readinessProbe": {"httpGet": {}}, **container}]}
    return {"Deployment podinfo": {"metadata": {"labels": {"app": "podinfo"}}, "spec": pod}}


def inputs(revision: str = "r1", spec: Any = None, shown: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "revision": revision,
        "spec": spec_to_json(spec or linear(20, 40, 60)),
        "connection": {},
        "workload": shown or workload(),
        **more,
    }


def released(spec: Any = None, **more: Any) -> Plan:
    return plan_of(inputs(), inputs("r2", spec, workload("podinfo:2.1.1"), **more), UNKNOWN)


def test_a_new_image_is_a_release_from_the_old_revision_to_the_new() -> None:
    plan = released()
    assert (plan.kind, plan.before, plan.after) == (Kind.RELEASE, "r1", "r2")
    (change,) = plan.changes or ()
    assert change.about == "image"
    assert change.path == "Deployment podinfo spec.containers[podinfod].image"
    assert (change.before, change.after) == ("podinfo:2.1.0", "podinfo:2.1.1")


def test_without_a_release_before_it_is_a_first_deployment_without_analysis() -> None:
    plan = plan_of({}, inputs())
    assert plan.kind is Kind.FIRST
    assert "without analysis" in as_text(plan)
    assert "steps:" not in as_text(plan)


def test_the_same_inputs_are_no_change_and_other_settings_no_release() -> None:
    assert plan_of(inputs(), inputs()).kind is Kind.NONE
    assert plan_of(inputs(), inputs(spec=linear(50))).kind is Kind.SETTINGS


def test_a_revision_that_is_known_later_is_planned_as_far_as_it_is_known() -> None:
    plan = plan_of(inputs(), inputs(UNKNOWN, shown=workload(UNKNOWN)), UNKNOWN)
    assert plan.kind is Kind.UNKNOWN
    assert plan.stages
    text = as_text(plan)
    assert UNKNOWN not in text
    assert "podinfo:2.1.0 → (known during the update)" in text


def test_a_workload_that_was_not_recorded_is_said_to_be_unknown() -> None:
    olds = inputs()
    del olds["workload"]
    plan = plan_of(olds, inputs("r2"))
    assert plan.changes is None
    assert "not recorded" in as_markdown([plan])


def test_the_text_names_steps_metrics_queries_budget_and_what_a_failure_does() -> None:
    text = as_text(released())
    for words in (
        "1-3. 20%, 40%, 60% of requests, 1 passed check each: 10s at best",
        "request-success-rate at least 99%",
        "request-duration p99 at most 500ms",
        'sum(rate(response_total{namespace="prod",deployment="podinfo"',
        "5 failed checks over the whole run end it: a revision that fails every check is taken back after 50s",
        "all traffic goes back to podinfo-primary at once, then 5s for open connections",
    ):
        assert words in text


def test_gates_and_webhooks_are_announced_without_what_may_be_a_password() -> None:
    hook = Hook("ask", "https://me:pw@gate.example/path?token=abc", HookType.CONFIRM_PROMOTION)
    alert = Alert("team", "slack", address=SLACK)
    text = as_text(released(replace(linear(50), hooks=(hook,), alerts=(alert,))))
    assert "confirm-promotion ask https://gate.example/path?… : before the promotion" in text.replace("…:", "… :")
    assert "alert (slack) team https://hooks.slack.com" in text
    for secret in ("pw@", "abc", "verysecret"):
        assert secret not in text


def test_a_plan_survives_json_and_a_transport_without_nulls() -> None:
    plan = plan_of(
        inputs(shown=workload(env=[{"name": "A", "value": "1"}])), inputs("r2", replace(linear(5), steps=(Pause(),)))
    )
    sent = json.loads(
        json.dumps(to_json(plan)), object_hook=lambda one: {k: v for k, v in one.items() if v is not None}
    )
    assert from_json(sent) == plan


def test_a_document_that_is_no_plan_is_refused_with_what_to_do() -> None:
    with pytest.raises(UnreadablePlan, match="run `pulumi preview` again"):
        from_json({"name": "podinfo"})


@pytest.mark.parametrize(
    "steps",
    [
        tuple(Weight(weight) for weight in range(5, 101, 5)),
        (Weight(10, checks=3), Weight(50, duration=timedelta(seconds=45)), Weight(100)),
        (Hold(4), Switch()),
        (Weight(20), Pause(timedelta(seconds=60)), Weight(40)),
    ],
)
def test_the_best_time_is_that_of_a_simulated_release_of_a_good_revision(steps: Any) -> None:
    spec = at_once(replace(linear(), steps=steps))
    world = memory_world(spec)
    begun = world.clock.now()
    run_rollout(spec, State("r2"), world.world)
    assert run_promotion(spec, State("r2", Phase.PROMOTING), world.world).phase is Phase.SUCCEEDED
    took = (world.clock.now() - begun).total_seconds()
    heartbeats = 1.0 * (len(steps) + 4)  # the loop looks once a second
    best = plan_of(inputs(), inputs("r2", spec)).best
    assert best <= took <= best + heartbeats


def test_a_gate_without_a_deadline_has_no_longest_time() -> None:
    gate = Gate(Hook("ask", "http://gate.prod/", HookType.CONFIRM_ROLLOUT))
    assert released(replace(linear(50), steps=(Weight(50), gate))).worst is None
    assert "no limit at worst" in as_text(released(replace(linear(50), steps=(Weight(50), gate))))


def test_the_longest_time_grows_with_every_failure_that_is_allowed() -> None:
    few, many = released(linear(50, threshold=1)), released(linear(50, threshold=5))
    assert few.worst is not None
    assert many.worst is not None
    assert many.worst - few.worst == 4 * 10
