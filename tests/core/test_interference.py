"""Somebody else's hands on a release: noticed in the same tick, named, answered so that users are served."""

from dataclasses import replace

import pytest

from canary.core.decision import Observation, Route, Scale
from canary.core.promotion import finalise
from canary.core.routing import HOME, Routing, Track, TrackHealth
from canary.core.spec import RouterRef
from canary.core.state import Phase
from tests.core.test_retreat import GONE, MID, READY, SPEC, after

ABSENT = TrackHealth(exists=False)
WHERE = Routing(35)


def by(health: TrackHealth, **detail: str) -> TrackHealth:
    return replace(health, detail=detail)


def test_a_moved_split_is_named_with_what_was_expected_what_was_found_and_by_whom() -> None:
    decision = after(Observation(READY, READY, Routing(60), writer="kubectl-edit"))
    why = "TrafficSplit prod/podinfo was changed by someone else: expected 35/65, found 60/40 (manager kubectl-edit)"
    assert decision.state.reason == why
    assert decision.actions[0] == Route(HOME)


def test_a_router_of_another_kind_and_name_is_called_by_its_own() -> None:
    spec = replace(SPEC, router=RouterRef("httproute", "v1", "shop"))
    assert after(Observation(READY, READY, HOME), spec).state.reason.startswith("httproute prod/shop was changed")


def test_a_deleted_split_ends_the_release_and_nothing_is_written_to_it() -> None:
    gone = Observation(READY, READY, HOME, interference="TrafficSplit podinfo in namespace prod does not exist")
    decision = after(gone)
    assert decision.actions == (Scale(Track.CANARY, 0),)
    assert (decision.state.phase, decision.state.routing) == (Phase.FAILED, HOME)
    assert decision.state.reason == "TrafficSplit podinfo in namespace prod does not exist"


def test_a_split_deleted_while_the_promotion_is_finished_is_no_success() -> None:
    state = replace(MID, phase=Phase.PROMOTING)
    decision = finalise(SPEC, state, Observation(READY, READY, HOME, interference="it does not exist"), MID.routed_at)  # type: ignore[arg-type]
    assert (decision.state.phase, decision.actions) == (Phase.FAILED, ())


def test_a_canary_scaled_to_0_loses_its_users_while_its_pods_still_serve() -> None:
    leaving = by(replace(READY, desired=0), replicas_by="kubectl")
    decision = after(Observation(READY, leaving, WHERE))
    assert decision.actions[0] == Route(HOME)
    assert decision.state.reason.startswith("Deployment prod/podinfo was scaled to 0 by someone else (manager kubectl)")


def test_an_autoscaler_may_change_the_number_of_pods() -> None:
    assert after(Observation(READY, replace(READY, desired=1), WHERE)).actions == ()


def test_a_spec_that_the_controller_has_not_seen_yet_is_no_evidence() -> None:
    starting = TrackHealth(desired=0, ready=0, observed=False)
    assert after(Observation(READY, starting, HOME), state=replace(MID, routing=HOME)).state.phase is Phase.PROGRESSING


@pytest.mark.parametrize("routing", [WHERE, HOME])
def test_a_deleted_canary_is_not_waited_for(routing: Routing) -> None:
    decision = after(Observation(READY, ABSENT, routing), state=replace(MID, routing=routing))
    assert decision.state.phase is Phase.FAILED
    assert decision.state.reason.startswith("Deployment prod/podinfo was deleted by someone else")


def test_another_revision_in_the_canary_ends_the_release() -> None:
    other = by(replace(READY, revision="r3"), template_by="helm")
    reason = after(Observation(READY, other, WHERE)).state.reason
    assert reason.endswith("another revision appeared in the canary, r3 (manager helm)")


def test_a_template_that_changes_under_the_same_revision_is_another_revision() -> None:
    first = after(Observation(READY, replace(READY, template="a1"), WHERE))
    assert (first.state.template, first.actions) == ("a1", ())
    same = after(Observation(READY, replace(READY, template="a1"), WHERE), state=first.state)
    assert same.actions == ()
    edited = by(replace(READY, template="b2"), template_by="kubectl-set")
    decision = after(Observation(READY, edited, WHERE), state=first.state)
    assert decision.actions[0] == Route(HOME)
    assert decision.state.reason.endswith(
        "another revision appeared in the canary's pod template (manager kubectl-set)"
    )


@pytest.mark.parametrize("routing", [WHERE, HOME])
def test_with_the_primary_deleted_the_canary_gets_everything_and_both_are_kept(routing: Routing) -> None:
    decision = after(Observation(ABSENT, READY, routing), state=replace(MID, routing=routing))
    assert decision.actions == (Route(Routing(100)),)
    assert decision.state.phase is Phase.FAILED
    assert decision.state.reason.startswith("Deployment prod/podinfo-primary was deleted by someone else; the canary")


def test_with_the_primary_deleted_and_the_canary_down_nothing_is_touched() -> None:
    decision = after(Observation(ABSENT, GONE, WHERE))
    assert (decision.actions, decision.state.phase) == ((), Phase.FAILED)
    assert "cannot serve either (0 of 2 pods ready, CrashLoopBackOff)" in decision.state.reason


def test_a_cluster_that_cannot_be_read_is_nobodys_doing() -> None:
    assert after(Observation(ABSENT, ABSENT, None, fault="503")).state.phase is Phase.PROGRESSING
