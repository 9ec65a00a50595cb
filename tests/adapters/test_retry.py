from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from canary.adapters.errors import Conflict, Throttled
from canary.adapters.retry import CONFLICTS, NO_PATIENCE, Patience, retry
from canary.ports import Misconfigured, Unavailable
from tests.adapters.conftest import FakeTime


def failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return call


def test_pauses_double_up_to_the_longest(patience: Patience, time: FakeTime) -> None:
    errors = [Unavailable("x")] * 7
    retry(failing(*errors), replace(patience, deadline=timedelta(minutes=1)))
    assert time.slept == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0])


def test_no_attempt_starts_after_the_deadline(patience: Patience, time: FakeTime) -> None:
    with pytest.raises(Unavailable):
        retry(failing(*[Unavailable("x")] * 99), patience)
    assert sum(time.slept) <= 5


def test_jitter_spreads_the_pauses_but_never_to_nothing(patience: Patience) -> None:
    assert replace(patience, jitter=lambda: 0.5).pause(2, Unavailable("x")) == pytest.approx(0.2)
    assert replace(patience, jitter=lambda: 0.0).pause(2, Unavailable("x")) > 0


def test_the_server_may_ask_for_more(patience: Patience) -> None:
    assert patience.pause(0, Throttled("x", timedelta(seconds=4))) == 4


def test_a_mistake_is_not_tried_again(patience: Patience, time: FakeTime) -> None:
    with pytest.raises(Misconfigured):
        retry(failing(Misconfigured("x")), patience)
    assert time.slept == []


def test_a_conflict_that_lasts_becomes_unavailable_with_its_cause(patience: Patience) -> None:
    with pytest.raises(Unavailable, match="attempts") as caught:
        retry(failing(*[Conflict("modified")] * 99), patience, on=CONFLICTS)
    assert isinstance(caught.value.__cause__, Conflict)


def test_without_patience_there_is_one_attempt() -> None:
    with pytest.raises(Unavailable):
        retry(failing(Unavailable("x")), NO_PATIENCE)
