"""The worst night: no Pulumi, users on a bad canary."""

from typing import Any

import pytest

from canary.adapters.cluster import Cluster
from canary.adapters.journal import ClusterJournal
from canary.adapters.kubeconfig import Connection
from canary.core.spec import Target
from canary.core.state import State
from canary.ports import Fenced
from tests.adapters.conftest import kubeconfig
from tests.adapters.fakeapi import FakeApi
from tests.cli.conftest import APPS, SPLIT, Run, deployment, journal, weights

HOME = {"podinfo-canary": 0, "podinfo-primary": 100}
AT_ONCE = ("--drain", "0")


def replicas(api: FakeApi, name: str) -> int:
    return int(api.objects[f"{APPS}/{name}"]["spec"]["replicas"])


def test_all_traffic_goes_home_and_the_canary_is_stopped(world: FakeApi, run: Run) -> None:
    assert run("revert", *AT_ONCE) == 0
    assert weights(world) == HOME
    assert (replicas(world, "podinfo"), replicas(world, "podinfo-primary")) == (0, 2)


def test_the_canary_is_stopped_only_after_the_traffic_is_home(world: FakeApi, run: Run) -> None:
    run("revert", *AT_ONCE)
    writes = world.writes()
    assert writes.index(SPLIT) < writes.index(f"{APPS}/podinfo/scale")


def test_a_primary_without_ready_pods_is_no_way_home(
    world: FakeApi, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    world.put(f"{APPS}/podinfo-primary", deployment(ready=0))
    assert run("revert", *AT_ONCE) == 1
    assert world.writes() == []
    message = capsys.readouterr().err
    assert "nothing was touched: Deployment podinfo-primary in namespace prod has no ready pod" in message
    assert "35% of the traffic is on the canary" in message


def test_an_absent_split_is_refused_by_its_name(world: FakeApi, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("revert", "--split", "web", *AT_ONCE) == 1
    assert "TrafficSplit web in namespace prod" in capsys.readouterr().err
    assert world.writes() == []


@pytest.mark.usefixtures("world")
def test_a_run_that_is_still_at_work_is_fenced(run: Run, server: Any) -> None:
    cluster = Cluster(Connection(kubeconfig(server.url_for(""))))
    orphan = ClusterJournal(cluster, Target("podinfo", "prod", "podinfo", 9898), "orphan")
    orphan.save(State("r2"))
    assert run("revert", *AT_ONCE) == 0
    with pytest.raises(Fenced, match="canary revert by"):
        orphan.save(State("r2"))


def test_the_journal_says_that_it_was_reverted_by_hand(world: FakeApi, run: Run) -> None:
    run("revert", *AT_ONCE)
    state = journal(world)
    assert (state["phase"], state["reason"], state["routing"]["weight"]) == ("Failed", "reverted by hand", 0)


def test_reverting_twice_is_harmless(world: FakeApi, run: Run) -> None:
    assert [run("revert", *AT_ONCE), run("revert", *AT_ONCE)] == [0, 0]
    assert weights(world) == HOME


def test_the_canary_runs_on_when_its_traffic_came_back(
    world: FakeApi, run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = [{"service": "podinfo-canary", "weight": 50}, {"service": "podinfo-primary", "weight": 50}]
    put_back = lambda _seconds: world.patch(SPLIT, {"spec": {"backends": moved}})  # noqa: E731 - shorter than a def
    monkeypatch.setattr("canary.rescue.revert.sleep", put_back)
    assert run("revert", "--drain", "1") == 1
    assert replicas(world, "podinfo") == 2
    assert "run this command again" in capsys.readouterr().err


def test_without_a_split_in_the_cluster_it_says_how_to_get_one(
    world: FakeApi, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    del world.objects["/apis/split.smi-spec.io"]
    assert run("revert") == 1
    assert "does not serve TrafficSplit" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["-1", "soon", "nan"])
def test_a_drain_that_is_no_duration_is_wrong_usage(run: Run, seconds: str) -> None:
    with pytest.raises(SystemExit) as left:
        run("revert", f"--drain={seconds}")
    assert left.value.code == 2
