"""A group on a real cluster: both are promoted, or both go home and neither primary is touched."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.world import Checkout, eventually, finished, said

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

PROGRAM = Path(__file__).with_name("group_program.py")
BOTH = ("backend", "frontend")


def is_home(checkout: Checkout, name: str) -> bool:
    """All traffic is on the primary, and the canary has no pods."""
    at_home = checkout.kubectl.weights(name) == {f"{name}-canary": 0, f"{name}-primary": 100}
    return at_home and checkout.kubectl.replicas(name) == 0


def expect_home(checkout: Checkout, tag: str) -> None:
    """Both are, on primaries of `tag`."""
    for name in BOTH:
        eventually(f"{name} is home", partial(is_home, checkout, name), 30)
        assert checkout.kubectl.image(f"{name}-primary").endswith(f":{tag}")


def generations(checkout: Checkout) -> list[int]:
    """Of the primaries; each grows with every change of a spec."""
    found = [checkout.kubectl.get("deployment", f"{name}-primary") for name in BOTH]
    return [one["metadata"]["generation"] for one in found]


def test_both_are_promoted_or_both_go_home_and_a_revert_finds_nothing_to_do(fresh: Callable[..., Checkout]) -> None:
    checkout = fresh()
    shutil.copy(PROGRAM, checkout.project.folder / "__main__.py")
    first = checkout.up("2.1.0")
    assert first.wait() == 0, first.text
    expect_home(checkout, "2.1.0")

    promoted = checkout.up("2.1.1")
    assert promoted.wait() == 0, promoted.text
    expect_home(checkout, "2.1.1")

    untouched = generations(checkout)
    checkout.project.set_tag("2.1.2")
    checkout.project.configure({"shop:frontend": "status/500", "shop:ordered": True})
    failed = finished(checkout.project.up())
    assert failed.wait() != 0, failed.text
    assert "Waiting for backend.e2e" in failed.text
    culprit = f"frontend.{checkout.namespace}"
    said(failed, f"the release of backend.{checkout.namespace} ", f"{culprit} of group shop failed: failed checks")
    said(failed, f"the release of {culprit} ", "failed: failed checks threshold reached 2")
    home = [failed.text.index(f"Canary failed! Scaling down {name}.") for name in ("frontend", "backend")]
    assert home == sorted(home), "the later one goes home first"
    expect_home(checkout, "2.1.1")
    assert generations(checkout) == untouched

    checkout.project.set_tag("2.1.1")
    checkout.project.configure({"shop:frontend": "", "shop:ordered": False})
    reverted = checkout.up()
    assert reverted.wait() == 0, reverted.text
    for kind in ("Rollout", "Promotion", "-primary"):
        assert kind not in reverted.text, reverted.text
    expect_home(checkout, "2.1.1")
