"""What a plan may show of a workload holds no secret, and its inputs make no difference."""

import json
from typing import Any

import pulumi

from canary import Canary, Track, track_name
from canary.provider.providers import RolloutProvider
from tests.components.graph import declare
from tests.components.releases import FIELDS, deployment, release

PASSWORD = "hunter2"


def with_env(value: Any) -> dict[str, Any]:
    spec = deployment()
    spec["template"]["spec"]["containers"][0]["env"] = [{"name": "PASSWORD", "value": value}]
    return spec


def test_a_secret_value_is_shown_as_secret() -> None:
    rollout = release(lambda: with_env(pulumi.Output.secret(PASSWORD))).one("Rollout")
    shown = rollout.inputs["workload"]["Deployment podinfo"]
    assert shown["spec"]["containers"][0]["env"] == [{"name": "PASSWORD", "value": "[secret]"}]
    assert PASSWORD not in json.dumps(rollout.inputs)


def test_a_value_that_is_no_secret_is_shown() -> None:
    rollout = release(lambda: with_env(pulumi.Output.from_input("blue"))).one("Rollout")
    assert rollout.inputs["workload"]["Deployment podinfo"]["spec"]["containers"][0]["env"][0]["value"] == "blue"


def test_a_secret_of_kubernetes_shows_its_keys_only() -> None:
    def workload(track: Track) -> list[dict[str, Any]]:
        name = track_name("podinfo", track)
        labels = {"matchLabels": {"app": name}}
        spec = {"selector": labels, "template": {"metadata": {"labels": {"app": name}}, "spec": {}}}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"key": PASSWORD}}
        return [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}, secret]

    rollout = declare(lambda: Canary("podinfo", workload=workload, **FIELDS).promotion.urn).one("Rollout")
    assert rollout.inputs["workload"]["Secret podinfo"]["stringData"] == {"key": "[secret]"}
    assert PASSWORD not in json.dumps(rollout.inputs)


def test_a_plan_and_what_it_shows_are_no_difference() -> None:
    news = release().one("Rollout").inputs
    olds = {**RolloutProvider().check({}, news).inputs, "workload": {}, "expected": {"requests_per_second": 3}}
    assert olds["plan"]["kind"] == "first deployment"
    assert RolloutProvider().diff("id", olds, RolloutProvider().check(olds, news).inputs).changes is False
