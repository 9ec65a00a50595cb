"""When a container is started again."""

from datetime import timedelta

import pytest

from lab.node.backoff import FORGIVEN_AFTER, IMAGE_FIRST, LONGEST, Backoff, restarts

SECOND = timedelta(seconds=1)


def after(failures: int, first: timedelta = SECOND) -> Backoff:
    backoff = Backoff(first)
    for _ in range(failures):
        backoff = backoff.failed()
    return backoff


def test_nothing_waits_before_it_has_failed() -> None:
    assert Backoff().wait == timedelta()


def test_the_wait_doubles_with_each_failure_in_a_row() -> None:
    assert [after(count).wait / SECOND for count in (1, 2, 3, 4)] == [1, 2, 4, 8]


def test_the_wait_never_exceeds_five_minutes() -> None:
    assert after(200).wait == LONGEST == timedelta(minutes=5)


def test_an_image_is_asked_for_again_after_ten_seconds_first() -> None:
    assert after(2, IMAGE_FIRST).wait == timedelta(seconds=20)


def test_a_long_run_forgives_earlier_crashes() -> None:
    assert after(6).failed(ran=FORGIVEN_AFTER).wait == SECOND


@pytest.mark.parametrize(
    ("policy", "code", "again"),
    [("Always", 0, True), ("Always", 1, True), ("OnFailure", 0, False), ("OnFailure", 137, True), ("Never", 1, False)],
)
def test_the_restart_policy_decides_by_the_exit_code(policy: str, code: int, *, again: bool) -> None:
    assert restarts(policy, code) is again
