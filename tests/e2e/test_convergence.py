"""A release in which nothing, or nothing yet, is to change."""

import pytest

from tests.e2e.world import Checkout, eventually, finished

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def test_a_second_up_has_nothing_to_do(released: Checkout) -> None:
    before = released.objects()
    update = released.up("", "--expect-no-changes")
    assert update.wait() == 0, update.text
    assert released.objects() == before


def test_a_preview_shows_what_a_release_would_change_and_touches_nothing(released: Checkout) -> None:
    before = released.objects()
    released.project.set_tag("2.1.2")
    try:
        preview = released.preview("--diff")
    finally:
        released.project.set_tag("2.1.0")
    assert preview.wait() == 0, preview.text
    for shown in ("podinfo:2.1.0", "podinfo:2.1.2", "podinfo-drain", "podinfo-rollout", "podinfo-promotion"):
        assert shown in preview.text, preview.text
    assert released.objects() == before


def test_destroy_leaves_nothing_behind(released: Checkout) -> None:
    update = finished(released.project.start("destroy", "--yes", "--skip-preview"))
    assert update.wait() == 0, update.text
    assert set(released.objects()) == {"ConfigMap/kube-root-ca.crt"}
    eventually("the pods are gone", lambda: released.kubectl("get", "pods", "-o", "name") == "")
