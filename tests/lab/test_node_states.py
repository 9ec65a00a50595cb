"""A container's states, and what another life of the agent left on record."""

from datetime import UTC, datetime, timedelta

from lab.node.states import Container, Running, Terminated, Waiting, recalled
from lab.node.status import container_status

T0 = datetime(2026, 1, 1, tzinfo=UTC)
T1 = T0 + timedelta(seconds=5)
NEW = Container("app", "busybox")


def test_a_first_start_is_no_restart() -> None:
    assert NEW.runs(T0, "id", "image").restarts == 0


def test_a_second_start_counts_and_keeps_how_the_first_ended() -> None:
    again = NEW.runs(T0, "a", "image").ends(T1, 1).waits("CrashLoopBackOff").runs(T1, "b", "image")
    assert again.restarts == 1
    assert again.last == Terminated(1, "Error", T0, T1, container_id="a")


def test_waiting_for_an_image_before_any_start_makes_no_restart() -> None:
    assert NEW.waits("ErrImagePull").waits("ImagePullBackOff").runs(T0, "a", "image").restarts == 0


def test_ending_well_is_completed_and_otherwise_an_error() -> None:
    ended = [NEW.runs(T0, "a", "i").ends(T1, code).state for code in (0, 137)]
    assert [state.reason for state in ended if isinstance(state, Terminated)] == ["Completed", "Error"]


def test_only_a_running_container_is_ready() -> None:
    assert not NEW.serving(ready=True).ready
    assert NEW.runs(T0, "a", "i").serving(ready=True).ready
    assert not NEW.runs(T0, "a", "i").serving(ready=True).ends(T1, 0).ready


def test_a_sidecar_lets_the_next_container_start_once_it_has_started() -> None:
    sidecar = Container("proxy", "busybox", init=True, sidecar=True).runs(T0, "a", "i")
    assert not sidecar.past_init
    assert sidecar.serving(ready=False).past_init


def test_an_init_container_lets_the_next_start_only_after_success() -> None:
    ran = Container("setup", "busybox", init=True).runs(T0, "a", "i")
    assert not ran.ends(T1, 1).is_finished().past_init
    assert ran.ends(T1, 0).is_finished().past_init


def test_what_ran_when_the_agent_was_killed_is_recalled_as_lost_and_counts_as_a_restart() -> None:
    before = NEW.runs(T0, "a", "image").serving(ready=True)
    after = recalled(container_status(before), T1)
    assert isinstance(after.state, Terminated)
    assert (after.state.exit_code, after.state.reason, after.state.started) == (255, "Unknown", T0)
    assert after.runs(T1, "b", "image").restarts == 1


def test_a_container_that_waited_is_recalled_with_its_restarts() -> None:
    before = NEW.runs(T0, "a", "i").ends(T1, 1).waits("CrashLoopBackOff")
    after = recalled(container_status(before), T1)
    assert isinstance(after.state, Waiting)
    assert after.last == before.last
    assert after.runs(T1, "b", "i").restarts == 1


def test_a_container_that_ended_is_recalled_as_it_ended() -> None:
    before = NEW.runs(T0, "a", "i").ends(T1, 3)
    assert recalled(container_status(before), T1).state == before.state


def test_states_are_values() -> None:
    assert NEW.runs(T0, "a", "i") == NEW.runs(T0, "a", "i")
    assert isinstance(NEW.runs(T0, "a", "i").state, Running)
    assert isinstance(NEW.state, Waiting)
