"""The guard acts on the dead, and on nobody else."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from canary.adapters.cluster import Cluster
from canary.adapters.fence import TOKEN
from canary.cli.main import main
from canary.core.routing import Routing
from canary.core.state import Phase, State
from canary.ports import Fenced
from canary.rescue.guard import Guard
from canary.rescue.sightings import Sightings
from tests.adapters.conftest import FakeTime
from tests.adapters.fakeapi import FakeApi, status
from tests.cli.conftest import APPS, SPLIT, deployment, journal, weights
from tests.rescue.conftest import LEFT, Run

HOME = {"podinfo-canary": 0, "podinfo-primary": 100}
AWAY = {"podinfo-canary": 35, "podinfo-primary": 65}


@pytest.fixture(autouse=True)
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    logging.getLogger("canary.guard").propagate = True
    caplog.set_level(logging.INFO, "canary.guard")
    return caplog


def dies(guard: Guard, time: FakeTime) -> None:
    """The guard sees the Lease, and sees it unchanged for longer than it holds."""
    guard.look()
    time.now += 31
    guard.look()


def test_users_of_a_dead_run_go_home_and_its_canary_is_stopped(
    run: Run, guard: Guard, time: FakeTime, api: FakeApi
) -> None:
    run()
    dies(guard, time)
    assert weights(api) == HOME
    assert api.objects[f"{APPS}/podinfo"]["spec"]["replicas"] == 0
    assert api.objects[f"{APPS}/podinfo-primary"]["spec"]["replicas"] == 2


def test_the_journal_tells_who_reverted_and_why(run: Run, guard: Guard, time: FakeTime, api: FakeApi) -> None:
    run()
    dies(guard, time)
    state = journal(api)
    assert (state["phase"], state["routing"]["weight"], state["revision"]) == ("Failed", 0, "r2")
    assert state["reason"] == "reverted by the guard: its run is gone; the Lease of pulumi up on ci ran out"


def test_a_run_that_renews_its_lease_is_left_alone_for_ever(
    run: Run, guard: Guard, time: FakeTime, api: FakeApi
) -> None:
    live = run()
    for _ in range(20):
        guard.look()
        time.now += 25
        live.renew()
    assert weights(api) == AWAY
    live.save(LEFT)


def test_a_wrong_clock_of_the_runs_machine_does_not_make_it_dead(
    run: Run, guard: Guard, time: FakeTime, api: FakeApi
) -> None:
    run()
    lease = "/apis/coordination.k8s.io/v1/namespaces/prod/leases/podinfo-canary"
    for minute in range(10):
        api.patch(lease, {"spec": {"renewTime": f"2001-01-01T00:{minute:02d}:00.000000Z"}})
        guard.look()
        time.now += 20
    assert weights(api) == AWAY


def test_a_lease_given_back_in_the_middle_of_a_run_is_no_reason_to_wait(run: Run, guard: Guard, api: FakeApi) -> None:
    run().release()
    guard.look()
    assert weights(api) == HOME


@pytest.mark.parametrize("phase", [Phase.FAILED, Phase.SUCCEEDED])
def test_a_run_that_is_over_is_left_alone(run: Run, guard: Guard, time: FakeTime, api: FakeApi, phase: Phase) -> None:
    run(State("r2", phase, routing=Routing(35))).release()
    before = len(api.writes())
    dies(guard, time)
    assert len(api.writes()) == before


def test_a_dead_run_is_reverted_once(run: Run, guard: Guard, time: FakeTime, api: FakeApi) -> None:
    run()
    dies(guard, time)
    before = len(api.writes())
    dies(guard, time)
    assert len(api.writes()) == before


def test_two_guards_side_by_side_are_harmless(
    run: Run, guard: Guard, time: FakeTime, api: FakeApi, cluster: Cluster
) -> None:
    run()
    other = Guard(cluster, "prod", Sightings(time.monotonic))
    for one in (guard, other):
        one.look()
    time.now += 31
    api.before_write = [other.look]  # the other has seen the same, and is quicker
    guard.look()
    assert weights(api) == HOME
    assert journal(api)["phase"] == "Failed"
    assert api.objects[SPLIT]["metadata"]["annotations"][TOKEN] == "2"


def test_a_new_run_that_begins_just_now_is_not_interrupted(
    run: Run, guard: Guard, time: FakeTime, api: FakeApi
) -> None:
    run()
    guard.look()
    time.now += 31
    newer = []
    api.before_write = [lambda: newer.append(run(holder="the next pulumi up"))]
    guard.look()
    assert weights(api) == AWAY
    newer[0].save(LEFT)


def test_the_dead_run_is_fenced_should_it_only_have_slept(run: Run, guard: Guard, time: FakeTime) -> None:
    sleeper = run()
    dies(guard, time)
    with pytest.raises(Fenced, match="canary guard on"):
        sleeper.save(LEFT)


def test_a_primary_that_cannot_serve_holds_says_so_once_and_is_tried_again(
    run: Run, guard: Guard, time: FakeTime, api: FakeApi, caplog: pytest.LogCaptureFixture
) -> None:
    run()
    api.put(f"{APPS}/podinfo-primary", deployment(ready=0))
    dies(guard, time)
    guard.look()
    said = [record.getMessage() for record in caplog.records if "holding" in record.getMessage()]
    assert len(said) == 1
    assert "prod/podinfo: holding: the primary cannot serve" in said[0]
    assert weights(api) == AWAY
    api.put(f"{APPS}/podinfo-primary", deployment(ready=2))
    guard.look()
    assert weights(api) == HOME


def test_a_promotion_cut_in_half_waits_for_the_new_primary(
    run: Run, guard: Guard, time: FakeTime, api: FakeApi
) -> None:
    run(replace(LEFT, phase=Phase.PROMOTING))
    half = deployment(ready=2)
    half["status"]["updatedReplicas"] = 1
    api.put(f"{APPS}/podinfo-primary", half)
    dies(guard, time)
    assert weights(api) == AWAY
    api.put(f"{APPS}/podinfo-primary", deployment(ready=2))
    guard.look()
    assert weights(api) == HOME


def test_an_api_server_that_does_not_answer_changes_nothing(
    run: Run, guard: Guard, time: FakeTime, api: FakeApi
) -> None:
    run()
    guard.look()
    time.now += 31
    api.faults = [status(403, "nothing for you") for _ in range(2)]
    assert guard.look() is False
    assert weights(api) == AWAY
    api.faults = []
    guard.look()
    assert weights(api) == HOME


def test_every_namespace_is_watched_when_none_is_named(
    run: Run, time: FakeTime, api: FakeApi, cluster: Cluster
) -> None:
    run().release()
    Guard(cluster, "", Sightings(time.monotonic)).look()
    assert weights(api) == HOME


def test_a_journal_without_a_record_is_reverted_by_the_usual_names(
    run: Run, guard: Guard, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("canary.rescue.revert.sleep", lambda _seconds: None)
    run().release()
    del api.objects["/api/v1/namespaces/prod/configmaps/podinfo-canary-journal"]["data"]["release"]
    guard.look()
    assert weights(api) == HOME


def test_once_ends_when_every_release_is_judged_and_reverts_the_abandoned(
    run: Run, api: FakeApi, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run().release()
    assert main(["guard", "-n", "prod", "--once", "--kubeconfig", str(file)]) == 0
    assert weights(api) == HOME
    line = next(line for line in capsys.readouterr().err.splitlines() if "rolling back" in line)
    assert line.startswith("W")
    assert "guard.py:" in line


def test_a_namespace_or_all_of_them_has_to_be_named() -> None:
    with pytest.raises(SystemExit) as left:
        main(["guard", "--once"])
    assert left.value.code == 2
