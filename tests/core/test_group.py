"""Releases of one group stand or fall together: none is promoted before all have passed, none when one has failed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from canary.core.group import Word
from canary.core.measure import Measurement
from canary.core.spec import Hold, Hook, HookType, ReleaseSpec, Switch, Weight
from canary.core.state import Command, Phase
from canary.ports import Question
from tests.core.builders import linear, value
from tests.core.fellows import Fellows, failing_after

BACK, FRONT = "backend.prod", "frontend.prod"
SHORT, LONG = linear(50, threshold=1), linear(25, 50, 75, 100, threshold=1)
PROMOTED, FAILED = Phase.PROMOTING, Phase.FAILED


def pair(back: ReleaseSpec = SHORT, front: ReleaseSpec = LONG, *, ordered: bool = False) -> Fellows:
    return Fellows({BACK: back, FRONT: front}, ordered=ordered)


def test_the_first_to_pass_holds_at_its_last_weight_until_the_last_has_passed() -> None:
    both = pair().play(until=lambda both: front_at(both, 75))
    assert (both[BACK].weight, both[BACK].state.phase) == (50, Phase.WAITING_PROMOTION)
    assert both.play().phases == [PROMOTED, PROMOTED]
    assert both[BACK].weight == 50


def front_at(both: Fellows, weight: int) -> bool:
    return both[FRONT].weight >= weight


def test_it_says_once_whom_it_waits_for() -> None:
    both = pair().play()
    said = [line for line in both[BACK].world.reporter.lines if "of group" in line]
    assert said == [f"Waiting for {FRONT} of group shop"]


def test_when_one_fails_all_go_home_and_all_fail_and_each_says_whose_fault_it_was() -> None:
    both = pair()
    both[FRONT].world.metrics.source = failing_after(4)
    both.play()
    assert both.phases == [FAILED, FAILED]
    assert [one.weight for one in both.all.values()] == [0, 0]
    assert both[FRONT].state.reason == "failed checks threshold reached 1"
    assert both[BACK].state.reason == f"{FRONT} of group shop failed: failed checks threshold reached 1"


def test_one_that_has_passed_is_still_checked_and_may_fail() -> None:
    both = pair()
    both[BACK].world.metrics.source = failing_after(4)
    both.play()
    assert both.phases == [FAILED, FAILED]
    assert both[FRONT].state.reason == f"{BACK} of group shop failed: failed checks threshold reached 1"
    assert both[FRONT].highest < 100


def test_a_failed_check_takes_the_word_back_until_one_passes_again() -> None:
    both = pair(linear(50, threshold=5), LONG)
    source = failing_after(4)
    both[BACK].world.metrics.source = source
    both.play(until=lambda both: both[BACK].state.failed == 1)
    both.play(until=lambda both: both.shared.board.words[BACK] == "begun", rounds=2)
    assert both[BACK].state.proved


def test_an_interrupt_while_waiting_takes_everybody_home() -> None:
    both = pair().play(until=lambda both: both[BACK].state.proved)
    both[BACK].world.control.interrupted = "cancelled (Ctrl-C or SIGTERM)"
    both.play(until=lambda both: both[BACK].is_done, rounds=2)
    assert both[BACK].weight == 0
    assert both.play().phases == [FAILED, FAILED]
    assert both[FRONT].state.reason == f"{BACK} of group shop failed: interrupted: cancelled (Ctrl-C or SIGTERM)"


def test_after_all_have_passed_an_interrupt_comes_too_late_for_each_of_them_alike() -> None:
    both = pair().play(until=lambda both: both.shared.board.fate == "promote")
    for one in both.all.values():
        one.world.control.interrupted = "cancelled (Ctrl-C or SIGTERM)"
    assert both.play().phases == [PROMOTED, PROMOTED]


def test_one_that_fails_in_the_moment_in_which_all_have_passed_is_promoted_with_them() -> None:
    both = pair(SHORT, SHORT).play(until=lambda both: all(one.state.proved for one in both.all.values()))
    both.shared.member(BACK).stand(Word.PASSED)
    both.shared.member(FRONT).stand(Word.PASSED)
    both[FRONT].world.metrics.source = failing_after(0)
    assert both.play().phases == [PROMOTED, PROMOTED]


def test_one_that_has_voted_asks_before_it_fails_because_the_last_vote_may_come_while_it_checks() -> None:
    both = pair(SHORT, LONG).play(until=lambda both: front_at(both, 100))

    def the_last_vote_comes_meanwhile(question: Question) -> Measurement:
        both.shared.member(FRONT).stand(Word.PASSED)
        return value(question, 0)

    both[BACK].world.metrics.source = the_last_vote_comes_meanwhile
    both.play(until=lambda both: both[BACK].is_done, rounds=15)
    assert both.shared.board.fate == "promote"
    assert (both[BACK].state.phase, both[BACK].weight) == (PROMOTED, 50)


@pytest.mark.parametrize("command", [Command.PROMOTE, Command.APPROVE])
def test_a_person_cannot_promote_one_of_a_group_alone(command: Command) -> None:
    both = pair(SHORT, LONG)
    both[BACK].world.control.pending.append(command)
    both.play(until=lambda both: front_at(both, 75))
    assert both[BACK].state.phase is Phase.WAITING_PROMOTION
    assert both.play().phases == [PROMOTED, PROMOTED]


def test_without_analysis_a_member_still_waits_for_the_others() -> None:
    unmeasured = replace(SHORT, steps=(), skip_analysis=True)
    both = pair(unmeasured, LONG)
    both[FRONT].world.metrics.source = failing_after(2)
    assert both.play().phases == [FAILED, FAILED]


def test_blue_green_switches_only_when_all_have_passed() -> None:
    blue_green = replace(SHORT, steps=(Hold(1), Switch()))
    both = pair(blue_green, LONG).play(until=lambda both: front_at(both, 75))
    assert both[BACK].highest == 0
    assert both.play().phases == [PROMOTED, PROMOTED]
    assert both[BACK].weight == 100


def test_a_member_with_nothing_to_release_is_not_waited_for() -> None:
    both = pair()
    both.shared.idle = frozenset({FRONT})
    one = both[BACK]
    del both.all[FRONT]
    both.play(rounds=100)
    assert one.state.phase is PROMOTED


def test_a_member_waits_no_longer_than_the_deadline() -> None:
    both = Fellows({BACK: SHORT, FRONT: LONG}, deadline=timedelta(minutes=5))
    del both.all[FRONT]
    both.play(rounds=400)
    assert both[BACK].state.phase is FAILED
    assert both[BACK].state.reason == f"waited 0:05:00 for {FRONT} of group shop"
    assert both[BACK].weight == 0


def test_a_board_that_does_not_answer_holds_everybody_and_fails_nobody() -> None:
    both = pair().play(until=lambda both: both[BACK].state.proved)
    both.shared.fault = "no answer from the cluster"
    before = both.log[:]
    for _ in range(120):
        for one in both.all.values():
            both.turn(one)
    assert both.log == before
    both.shared.fault = ""
    assert both.play().phases == [PROMOTED, PROMOTED]


def test_one_that_passed_does_not_go_home_while_it_cannot_know_whether_all_have_passed() -> None:
    both = pair().play(until=lambda both: both[BACK].state.proved)
    both.shared.fault = "no answer from the cluster"
    both[BACK].world.control.interrupted = "cancelled"
    for _ in range(5):
        both.turn(both[BACK])
    assert both[BACK].weight == 50
    both.shared.fault = ""
    assert both.play().phases == [FAILED, FAILED]


def test_in_an_ordered_group_a_member_begins_when_the_earlier_have_passed() -> None:
    both = pair(ordered=True).play(until=lambda both: both[BACK].state.proved)
    assert both[FRONT].state.phase is Phase.WAITING
    assert both[FRONT].world.reporter.lines == [f"Waiting for {BACK} of group shop"]
    assert both.play().phases == [PROMOTED, PROMOTED]
    assert both.log == [f"{BACK} 50", *(f"{FRONT} {weight}" for weight in (25, 50, 75, 100))]


def test_in_an_ordered_group_the_earlier_go_home_after_the_later() -> None:
    three = Fellows({BACK: SHORT, "middle.prod": SHORT, FRONT: LONG}, ordered=True)
    three[FRONT].world.metrics.source = failing_after(2)
    assert three.play().phases == [FAILED] * 3
    assert three.log[-3:] == [f"{FRONT} 0", "middle.prod 0", f"{BACK} 0"]


def test_in_an_ordered_group_an_earlier_one_does_not_wait_forever_for_a_later_one_to_be_home() -> None:
    both = pair(ordered=True)
    both.play(until=lambda both: both[FRONT].weight == 50)
    gone = both.all.pop(FRONT)
    both.shared.board = both.shared.board.blaming(FRONT, "its process is gone")
    rounds = both.rounds
    both.play(rounds=100)
    assert gone.weight == 50
    assert 60 <= both.rounds - rounds <= 65
    assert both[BACK].state.reason == f"{FRONT} of group shop failed: its process is gone"


def test_the_last_to_begin_may_fail_before_it_begins() -> None:
    both = pair(ordered=True)
    both[BACK].world.metrics.source = failing_after(0)
    assert both.play().phases == [FAILED, FAILED]
    assert both[FRONT].highest == 0


def test_the_deadline_of_a_gate_that_has_opened_is_over() -> None:
    gate = Hook("approve", "http://gate/", HookType.CONFIRM_PROMOTION)
    gated = replace(linear(50, gate_deadline=timedelta(seconds=30)), hooks=(gate,))
    both = pair(gated, LONG)
    both[BACK].world.hooks.refusing.add("approve")
    both.play(until=lambda both: both[BACK].state.gate_since is not None)
    both[BACK].world.hooks.refusing.clear()
    both.play(until=lambda both: front_at(both, 100))
    assert both[BACK].state.proved
    assert both.play().phases == [PROMOTED, PROMOTED]


def test_an_open_gate_is_not_asked_again_while_the_others_are_awaited() -> None:
    gate = Hook("approve", "http://gate/", HookType.CONFIRM_PROMOTION)
    both = pair(replace(SHORT, hooks=(gate,)), LONG).play()
    assert both[BACK].world.hooks.calls == ["approve"]


def test_a_weight_of_a_hundred_is_held_too() -> None:
    both = pair(replace(SHORT, steps=(Weight(100),)), LONG).play(until=lambda both: front_at(both, 75))
    assert both[BACK].weight == 100
    assert both.play().phases == [PROMOTED, PROMOTED]
