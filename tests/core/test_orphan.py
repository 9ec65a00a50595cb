"""A release whose run is gone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from canary.core.orphan import Orphan, Verdict
from canary.core.routing import HOME, HeaderMatch, MatchRule, Routing, TrackHealth
from canary.core.state import Phase, State

READY = TrackHealth(desired=2, ready=2, updated=2)
DOWN = TrackHealth(desired=2, ready=0, updated=2, problem="CrashLoopBackOff")
HALF = TrackHealth(desired=2, ready=1, updated=2)
MID_UPDATE = TrackHealth(desired=2, ready=2, updated=1)
ABSENT = TrackHealth(exists=False)
LEFT = Orphan(State("r2", Phase.PROGRESSING, routing=Routing(35)), Routing(35), READY, READY)
CUT = replace(LEFT, state=State("r2", Phase.PROMOTING, routing=Routing(100)), routing=Routing(100))
RULE = MatchRule((HeaderMatch("x-canary", exact="yes"),))


@pytest.mark.parametrize("phase", [Phase.WAITING, Phase.PROGRESSING, Phase.WAITING_PROMOTION, Phase.ROLLING_BACK])
def test_users_go_home_from_a_run_that_was_not_over(phase: Phase) -> None:
    assert replace(LEFT, state=State("r2", phase)).judge().verdict is Verdict.REVERT


@pytest.mark.parametrize("phase", [Phase.SUCCEEDED, Phase.FAILED, Phase.INITIALIZED])
def test_a_run_that_is_over_is_left_wherever_its_traffic_is(phase: Phase) -> None:
    assert replace(LEFT, state=State("r2", phase)).judge().verdict is Verdict.LEAVE


def test_traffic_that_is_home_needs_nobody() -> None:
    assert replace(LEFT, routing=HOME).judge().verdict is Verdict.LEAVE


def test_match_rules_alone_keep_users_away_from_home() -> None:
    assert replace(LEFT, routing=Routing(0, (RULE,))).judge().verdict is Verdict.REVERT


@pytest.mark.parametrize("canary", [READY, DOWN, ABSENT])
@pytest.mark.parametrize("primary", [DOWN, ABSENT])
@pytest.mark.parametrize("case", [LEFT, CUT])
def test_a_primary_that_cannot_serve_holds_and_says_so(case: Orphan, primary: TrackHealth, canary: TrackHealth) -> None:
    found = replace(case, primary=primary, canary=canary, waited=timedelta(hours=1)).judge()
    assert found.verdict is Verdict.HOLD
    assert found.why.startswith("the primary cannot serve (")


def test_a_primary_below_its_strength_is_waited_for_but_not_for_ever() -> None:
    weak = replace(LEFT, primary=HALF)
    assert weak.judge().verdict is Verdict.HOLD
    assert replace(weak, waited=timedelta(minutes=2)).judge().verdict is Verdict.REVERT
    assert replace(weak, percent=50).judge().verdict is Verdict.REVERT


@pytest.mark.parametrize("case", [replace(LEFT, primary=HALF), replace(CUT, primary=MID_UPDATE)])
def test_a_canary_that_cannot_serve_does_not_wait_for_a_perfect_primary(case: Orphan) -> None:
    assert replace(case, canary=DOWN).judge().verdict is Verdict.REVERT


def test_a_promotion_cut_in_half_comes_home_to_a_ready_primary() -> None:
    assert CUT.judge().verdict is Verdict.REVERT


def test_a_promotion_cut_in_half_stays_at_the_proved_canary_while_the_primary_is_being_updated() -> None:
    found = replace(CUT, primary=MID_UPDATE, waited=timedelta(hours=1)).judge()
    assert found.verdict is Verdict.HOLD
    assert "1 of 2 pods ready" in found.why
