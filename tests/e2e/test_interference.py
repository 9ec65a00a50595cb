"""A split that somebody edits or deletes in mid-run is named, and users are at the primary."""

import json

import pytest

from lab.demo.project import Update
from tests.e2e.world import Checkout, eventually, finished

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

BY_HAND = [{"service": "podinfo-canary", "weight": 60}, {"service": "podinfo-primary", "weight": 40}]


def until_half(checkout: Checkout, tag: str) -> Update:
    """An update to `tag` that has half of the traffic on the canary, and the journal knows it."""
    checkout.project.set_tag(tag)
    update = checkout.project.up()

    def half() -> bool:
        data = checkout.kubectl.get("configmap", "podinfo-canary-journal").get("data", {})
        state = json.loads(data.get("state", "{}"))
        return bool(state) and state["routing"]["weight"] == 50 and checkout.kubectl.weights()["podinfo-canary"] == 50

    eventually("half of the traffic is on the canary", half, 90)
    return update


def test_hands_on_the_split_are_named_and_users_are_at_the_primary(released: Checkout) -> None:
    update = until_half(released, "2.1.1")
    patch = ("--type=merge", "--field-manager=night-shift", "-p", json.dumps({"spec": {"backends": BY_HAND}}))
    released.kubectl("patch", "trafficsplit/podinfo", *patch)
    assert finished(update).wait() != 0
    named = "TrafficSplit {}/podinfo was changed by someone else: expected 50/50, found 60/40 (manager night-shift)"
    assert named.format(released.namespace) in update.text
    released.expect_home("2.1.0")

    update = until_half(released, "2.1.1")
    released.kubectl("delete", "trafficsplit/podinfo")
    assert finished(update).wait() != 0
    assert f"TrafficSplit podinfo in namespace {released.namespace} does not exist" in update.text
    eventually("the canary is stopped", lambda: released.kubectl.replicas("podinfo") == 0)

    released.project.run("refresh", "--yes", "--skip-preview")
    again = released.up()
    assert again.wait() == 0, again.text
    released.expect_home("2.1.1")
