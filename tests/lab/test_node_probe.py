"""What a row of probe answers means, and when the next question is due."""

from datetime import timedelta
from typing import Any

import pytest

from lab.node.probe import EARLY_GAP, ProbeSpec, ProbeState, Purpose


def probe(purpose: Purpose, **written: Any) -> ProbeState:
    spec = ProbeSpec.of({purpose.value: {"tcpSocket": {"port": 1}, **written}}, purpose)
    assert spec is not None
    return ProbeState.initial(spec)


def after(state: ProbeState, answers: str) -> ProbeState:
    """``+`` is a passed answer, ``-`` a failed one."""
    for answer in answers:
        state = state.observe(passed=answer == "+")
    return state


def settled(state: ProbeState) -> ProbeState:
    """With the early questions behind it, so that failures count."""
    while state.early:
        state = state.observe(passed=False)
    return state


def test_a_container_without_a_probe_has_none() -> None:
    assert ProbeSpec.of({}, Purpose.LIVENESS) is None


def test_what_is_not_written_has_the_defaults_of_kubernetes() -> None:
    spec = probe(Purpose.READINESS).spec
    assert (spec.initial_delay, spec.period, spec.timeout) == tuple(timedelta(seconds=s) for s in (0, 10, 1))
    assert (spec.success_threshold, spec.failure_threshold) == (1, 3)


def test_ready_and_started_have_to_be_shown_alive_is_presumed() -> None:
    assert [probe(purpose).verdict for purpose in Purpose] == [False, False, True]


def test_the_first_pass_makes_a_container_ready() -> None:
    assert after(probe(Purpose.READINESS), "--+").verdict


def test_a_success_threshold_asks_for_passes_in_a_row() -> None:
    state = probe(Purpose.READINESS, successThreshold=2)
    assert not after(state, "+-+").verdict
    assert after(state, "+-++").verdict


def test_readiness_is_lost_after_as_many_failures_in_a_row_as_the_threshold_says() -> None:
    ready = after(probe(Purpose.READINESS), "+")
    assert after(ready, "--+--").verdict
    assert not after(ready, "---").verdict


def test_a_dead_container_is_one_that_failed_its_threshold_in_a_row() -> None:
    alive = probe(Purpose.LIVENESS)
    assert after(alive, "--+--").verdict
    assert after(alive, "---").failed_out
    assert not after(alive, "---").verdict


def test_early_failures_never_count_towards_the_threshold() -> None:
    state = probe(Purpose.STARTUP, failureThreshold=1)
    while state.early:
        state = state.observe(passed=False)
        assert not state.failed_out
    assert state.observe(passed=False).failed_out


def test_early_questions_come_with_doubling_gaps_and_then_by_the_period() -> None:
    state, gaps = probe(Purpose.READINESS, periodSeconds=1), []
    for _ in range(7):
        gaps.append(state.gap / EARLY_GAP)
        state = state.observe(passed=False)
    assert gaps == [1, 2, 4, 8, 16, 20, 20]


def test_early_questions_together_are_over_within_about_two_periods() -> None:
    state, total = probe(Purpose.READINESS, periodSeconds=10), timedelta()
    while state.early:
        total += state.gap
        state = state.observe(passed=False)
    assert total < timedelta(seconds=20)


def test_a_ready_container_is_asked_by_the_period() -> None:
    assert after(probe(Purpose.READINESS, periodSeconds=3), "+").gap == timedelta(seconds=3)


def test_liveness_is_never_asked_early() -> None:
    assert not probe(Purpose.LIVENESS).early


@pytest.mark.parametrize("answers", ["+---", "+----"])
def test_a_container_that_lost_readiness_becomes_ready_again_with_one_pass(answers: str) -> None:
    assert after(settled(after(probe(Purpose.READINESS), answers)), "+").verdict
