"""A pod's status from its containers' states, by the kubelet's rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lab.node.states import Container
from lab.node.status import PodView, phase, pod_status

T0 = datetime(2026, 1, 1, tzinfo=UTC)
T1 = T0 + timedelta(seconds=5)
NEW = Container("app", "busybox")
RUNNING = NEW.runs(T0, "a", "image")
READY = RUNNING.serving(ready=True)
DONE = RUNNING.ends(T1, 0).is_finished()
FAILED = RUNNING.ends(T1, 1).is_finished()
INIT = Container("setup", "busybox", init=True)
INIT_DONE = INIT.runs(T0, "i", "image").ends(T1, 0).is_finished()


def view(*containers: Container, inits: tuple[Container, ...] = (), **more: Any) -> PodView:
    known = PodView(inits, containers, "Always", T0, "10.44.0.1", "10.42.0.2", sandbox_ready=True)
    return replace(known, **more)


def condition(status: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(c for c in status["conditions"] if c["type"] == kind)
    return found


def test_a_pod_is_pending_until_every_container_has_started_once() -> None:
    assert phase(view(RUNNING, NEW)) == "Pending"
    assert phase(view(RUNNING, RUNNING)) == "Running"


def test_a_pod_is_pending_while_init_containers_work() -> None:
    assert phase(view(NEW, inits=(INIT.runs(T0, "i", "x"),))) == "Pending"


def test_a_failed_init_container_that_is_not_tried_again_fails_the_pod() -> None:
    assert phase(view(NEW, inits=(INIT.runs(T0, "i", "x").ends(T1, 1).is_finished(),))) == "Failed"


def test_a_crash_loop_is_running() -> None:
    assert phase(view(RUNNING.ends(T1, 1).waits("CrashLoopBackOff"))) == "Running"


def test_a_pod_whose_containers_all_ended_has_succeeded_or_failed() -> None:
    assert phase(view(DONE, DONE)) == "Succeeded"
    assert phase(view(DONE, FAILED)) == "Failed"


def test_a_pod_over_its_deadline_has_failed_and_says_why() -> None:
    status = pod_status(view(RUNNING, failure=("DeadlineExceeded", "too long")), {}, T1)
    assert (status["phase"], status["reason"], status["message"]) == ("Failed", "DeadlineExceeded", "too long")


def test_a_pod_is_ready_when_all_its_containers_are() -> None:
    assert condition(pod_status(view(READY, READY), {}, T1), "Ready")["status"] == "True"
    unready = condition(pod_status(view(READY, replace(RUNNING, name="slow")), {}, T1), "Ready")
    assert (unready["status"], unready["reason"]) == ("False", "ContainersNotReady")
    assert unready["message"] == "containers with unready status: [slow]"


def test_a_closed_readiness_gate_keeps_a_pod_unready_but_its_containers_ready() -> None:
    status = pod_status(view(READY, readiness_gates=("example.com/gate",)), {}, T1)
    assert condition(status, "ContainersReady")["status"] == "True"
    assert condition(status, "Ready")["reason"] == "ReadinessGatesNotReady"


def test_an_open_readiness_gate_lets_a_pod_be_ready() -> None:
    on_record = {"conditions": [{"type": "example.com/gate", "status": "True"}]}
    status = pod_status(view(READY, readiness_gates=("example.com/gate",)), on_record, T1)
    assert condition(status, "Ready")["status"] == "True"


def test_a_succeeded_pod_is_completed_and_not_ready() -> None:
    assert condition(pod_status(view(DONE), {}, T1), "Ready")["reason"] == "PodCompleted"


def test_a_transition_time_stands_while_the_status_does() -> None:
    first = pod_status(view(READY), {}, T0)
    later = pod_status(view(READY), first, T1)
    assert condition(later, "Ready")["lastTransitionTime"] == condition(first, "Ready")["lastTransitionTime"]


def test_a_transition_time_moves_when_the_status_does() -> None:
    first = pod_status(view(RUNNING), {}, T0)
    later = pod_status(view(READY), first, T1)
    assert condition(later, "Ready")["lastTransitionTime"] == "2026-01-01T00:00:05Z"


def test_a_condition_that_came_true_takes_its_former_reason_away() -> None:
    ready = condition(pod_status(view(READY), {}, T1), "Ready")
    assert ready["reason"] is None  # a patch with null removes it
    assert ready["message"] is None


def test_initialized_is_false_by_name_until_every_init_container_is_done() -> None:
    waiting = condition(pod_status(view(NEW, inits=(INIT,)), {}, T1), "Initialized")
    assert waiting["message"] == "containers with incomplete status: [setup]"
    assert condition(pod_status(view(NEW, inits=(INIT_DONE,)), {}, T1), "Initialized")["status"] == "True"


def test_a_finished_init_container_is_shown_ready() -> None:
    status = pod_status(view(READY, inits=(INIT_DONE,)), {}, T1)
    assert status["initContainerStatuses"][0]["ready"] is True


def test_a_crash_loop_shows_why_it_waits_and_how_it_last_ended() -> None:
    status = pod_status(view(RUNNING.ends(T1, 2).waits("CrashLoopBackOff", "back-off 1s")), {}, T1)
    shown = status["containerStatuses"][0]
    assert shown["state"] == {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 1s"}}
    assert shown["lastState"]["terminated"]["exitCode"] == 2


def test_a_pod_without_an_address_reports_none() -> None:
    assert "podIP" not in pod_status(view(NEW, pod_ip=""), {}, T0)
