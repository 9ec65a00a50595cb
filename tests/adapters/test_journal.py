import time as real_time
from datetime import UTC, datetime, timedelta

import pytest

from canary.adapters.cluster import Cluster
from canary.adapters.commands import post_command
from canary.adapters.journal import ClusterJournal
from canary.adapters.lease import Lease
from canary.core.routing import Affinity, HeaderMatch, MatchRule, Routing
from canary.core.spec import Target
from canary.core.state import Command, Phase, State
from canary.ports import Fenced, Misconfigured, Unavailable
from tests.adapters.fakeapi import FakeApi, status

pytestmark = pytest.mark.usefixtures("api")

MAP = "/api/v1/namespaces/prod/configmaps/podinfo-canary-journal"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/prod/leases/podinfo-canary"
RULE = MatchRule((HeaderMatch("x-canary", exact="yes"),))
STATE = State(
    "r1",
    Phase.PROGRESSING,
    started_at=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    routing=Routing(35, (RULE,), 0, Affinity("c")),
    deciding=("success rate 69.17% < 99%",),
)


@pytest.fixture
def first(cluster: Cluster, target: Target) -> ClusterJournal:
    return ClusterJournal(cluster, target, "first")


@pytest.fixture
def second(cluster: Cluster, target: Target) -> ClusterJournal:
    return ClusterJournal(cluster, target, "second")


def test_a_state_comes_back_as_it_was(first: ClusterJournal, second: ClusterJournal) -> None:
    assert first.load() is None
    first.save(STATE)
    assert second.load() == STATE


def test_a_newcomer_takes_over_and_the_state_stays(first: ClusterJournal, second: ClusterJournal) -> None:
    first.save(STATE)
    second.acquire()
    assert second.load() == STATE
    assert second.look().holder == "second"


def test_the_older_holder_can_neither_save_nor_renew(first: ClusterJournal, second: ClusterJournal) -> None:
    first.save(STATE)
    second.acquire()
    with pytest.raises(Fenced, match="second has taken over"):
        first.save(STATE)
    with pytest.raises(Fenced, match="second holds it"):
        first.renew()


def test_the_older_holder_does_not_release_the_newers_claim(first: ClusterJournal, second: ClusterJournal) -> None:
    first.acquire()
    second.acquire()
    first.release()
    assert second.look().holder == "second"


def test_a_takeover_in_the_middle_of_a_save_wins(first: ClusterJournal, second: ClusterJournal, api: FakeApi) -> None:
    first.acquire()
    api.before_write = [second.acquire]
    with pytest.raises(Fenced):
        first.save(STATE)
    assert second.load() is None


def test_a_deleted_lease_does_not_hand_out_an_old_token(
    first: ClusterJournal, second: ClusterJournal, api: FakeApi
) -> None:
    first.acquire()
    first.acquire()
    del api.objects[LEASE]
    second.acquire()
    with pytest.raises(Fenced):
        first.save(STATE)


def test_somebody_elses_label_does_not_stop_a_save(first: ClusterJournal, api: FakeApi) -> None:
    first.acquire()
    api.before_write = [lambda: api.patch(MAP, {"metadata": {"labels": {"touched": "yes"}}})]
    first.save(STATE)
    assert first.load() == STATE
    assert api.objects[MAP]["metadata"]["labels"]["touched"] == "yes"


def test_an_outage_is_unavailable_not_fenced(first: ClusterJournal, api: FakeApi) -> None:
    first.acquire()
    api.faults = [status(503) for _ in range(200)]
    with pytest.raises(Unavailable):
        first.renew()


def test_an_unreadable_state_says_what_to_do(first: ClusterJournal, api: FakeApi) -> None:
    api.put(MAP, {"data": {"state": '{"revision": 5'}})
    with pytest.raises(Misconfigured, match="delete the ConfigMap"):
        first.load()


def test_unknown_fields_of_a_newer_version_are_ignored(first: ClusterJournal, api: FakeApi) -> None:
    api.put(MAP, {"data": {"state": '{"revision": "r1", "invented": 1}'}})
    assert first.load() == State("r1")


def test_a_held_release_is_renewed_and_notices_a_takeover(cluster: Cluster, target: Target) -> None:
    orphan = ClusterJournal(cluster, target, "orphan", duration=timedelta(milliseconds=60))
    with orphan.held():
        before = orphan.look().renewed
        _until(lambda: orphan.look().renewed != before)
        ClusterJournal(cluster, target, "newer").acquire()
        _until(lambda: bool(orphan.lost))
        assert "newer holds it" in orphan.lost
    assert orphan.look().holder == "newer"


def test_a_finished_run_gives_the_lease_back(first: ClusterJournal) -> None:
    with first.held():
        assert first.look().is_held(datetime.now(UTC))
    assert not first.look().is_held(datetime.now(UTC))


def test_a_lease_that_is_not_renewed_runs_out(cluster: Cluster, api: FakeApi) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    lease = Lease(cluster, "prod", "x", lambda: now)
    lease.acquire("me", duration=timedelta(seconds=30))
    assert lease.look().is_held(now + timedelta(seconds=30))
    assert not lease.look().is_held(now + timedelta(seconds=31))
    assert len(api.objects) == 1


def test_commands_are_taken_once_and_in_their_order(first: ClusterJournal, cluster: Cluster, target: Target) -> None:
    first.acquire()
    for command in (Command.PAUSE, Command.RESUME, Command.ABORT):
        assert post_command(cluster, target, command) == "first"
    assert first.take_commands() == (Command.PAUSE, Command.RESUME, Command.ABORT)
    assert first.take_commands() == ()


def test_a_command_for_nobody_is_refused(cluster: Cluster, target: Target, api: FakeApi) -> None:
    with pytest.raises(Misconfigured, match="no release of podinfo is running"):
        post_command(cluster, target, Command.ABORT)
    assert api.writes() == []


def test_a_command_for_the_last_run_does_not_reach_the_next(
    first: ClusterJournal, second: ClusterJournal, cluster: Cluster, target: Target
) -> None:
    first.acquire()
    post_command(cluster, target, Command.ABORT)
    second.acquire()
    assert second.take_commands() == ()


def test_commands_wait_while_the_cluster_does_not_answer(
    first: ClusterJournal, cluster: Cluster, target: Target, api: FakeApi
) -> None:
    first.acquire()
    post_command(cluster, target, Command.PAUSE)
    api.faults = [status(503) for _ in range(6)]
    assert first.take_commands() == ()
    api.faults = []
    assert first.take_commands() == (Command.PAUSE,)


def _until(condition: object, seconds: float = 5.0) -> None:
    assert callable(condition)
    end = real_time.monotonic() + seconds
    while not condition():
        assert real_time.monotonic() < end, "the condition did not come true"
        real_time.sleep(0.01)
