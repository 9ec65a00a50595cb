"""Every served version of TrafficSplit carries a release."""

from collections.abc import Callable

import pytest

from tests.e2e.world import Checkout

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@pytest.mark.parametrize("version", ["v1alpha1", "v1alpha3"])
def test_a_release_is_promoted_with(version: str, fresh: Callable[..., Checkout]) -> None:
    checkout = fresh(**{"canary:router": f"trafficsplit/{version}"})
    first = checkout.up("2.1.0")
    assert first.wait() == 0, first.text
    second = checkout.up("2.1.1")
    assert second.wait() == 0, second.text
    for line in ("canary weight 50", "canary weight 100"):
        assert f"Advance podinfo.{checkout.namespace} {line}" in second.text
    checkout.expect_home("2.1.1")
