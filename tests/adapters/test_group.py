"""A group's board in the cluster: who takes part, who is gone, and that two who speak at once both are heard."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from canary.adapters.cluster import Cluster
from canary.adapters.group import GRACE, ClusterGroup, Seat, group_of
from canary.adapters.lease import Lease
from canary.core.group import Charter, Fate, Word
from canary.core.spec import Target
from canary.ports import Unavailable
from tests.adapters.conftest import kubeconfig
from tests.adapters.fakeapi import FakeApi, status

BACK, FRONT = "backend.prod", "frontend.prod"
BOARD = "/api/v1/namespaces/prod/configmaps/shop-canary-group"
CHARTER = Charter("shop", (BACK, FRONT), begin_deadline=timedelta(minutes=10))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class World:
    """A group of two in a fake cluster, with a clock that the test moves."""

    def __init__(self, api: FakeApi, cluster: Cluster) -> None:
        self.api, self.cluster, self.now = api, cluster, NOW
        for name in ("backend", "frontend"):
            self.primary(name, "r1")

    def primary(self, name: str, revision: str) -> None:
        meta = {"name": f"{name}-primary", "annotations": {"canary.pulumi.io/revision": revision}}
        spec = {"replicas": 0, "selector": {}, "template": {"spec": {}}}
        body: dict[str, Any] = {"metadata": meta, "spec": spec}
        self.api.put(f"/apis/apps/v1/namespaces/prod/deployments/{name}-primary", body)

    def member(self, name: str, update: str = "update-1", charter: Charter = CHARTER) -> ClusterGroup:
        """A run of `name`, which holds its Lease."""
        seats = [Seat(Target(n, "prod", n, 80), "r2", self.cluster) for n in ("backend", "frontend")]
        self.renew(name)
        return ClusterGroup(charter, seats, [s.target.name for s in seats].index(name), update, lambda: self.now)

    def renew(self, name: str) -> None:
        Lease(self.cluster, "prod", f"{name}-canary", lambda: self.now).acquire("me")

    def passes(self, seconds: float, *alive: str) -> None:
        self.now += timedelta(seconds=seconds)
        for name in alive:
            self.renew(name)


@pytest.fixture
def world(api: FakeApi, cluster: Cluster) -> World:
    return World(api, cluster)


def test_all_have_passed_when_the_last_has_said_so(world: World) -> None:
    back, front = world.member("backend"), world.member("frontend")
    assert back.stand(Word.PASSED).fate is Fate.OPEN
    assert front.stand(Word.BEGUN).awaited == ()
    assert back.stand(Word.PASSED).awaited == (FRONT,)
    assert front.stand(Word.PASSED).fate is Fate.PROMOTE
    assert back.stand(Word.PASSED).fate is Fate.PROMOTE


def test_a_failure_reaches_the_other_with_name_and_reason(world: World) -> None:
    back, front = world.member("backend"), world.member("frontend")
    back.stand(Word.PASSED)
    front.stand(Word.FAILED, "success rate 3% < 99%")
    heard = back.stand(Word.PASSED)
    assert (heard.fate, heard.blame) == (Fate.FAIL, f"{FRONT} of group shop failed: success rate 3% < 99%")


def test_of_a_failure_and_a_last_vote_at_once_only_one_comes_true(world: World) -> None:
    back, front = world.member("backend"), world.member("frontend")
    back.stand(Word.PASSED)
    front.stand(Word.BEGUN)
    world.api.before_write = [lambda: front.stand(Word.PASSED)]
    late = back.stand(Word.FAILED, "a check failed")
    assert late.fate is Fate.PROMOTE
    assert front.stand(Word.PASSED).fate is Fate.PROMOTE


def test_a_member_whose_primary_has_its_revision_takes_no_part(world: World) -> None:
    world.primary("frontend", "r2")
    assert world.member("backend").stand(Word.PASSED).fate is Fate.PROMOTE


def test_a_first_deployment_takes_no_part(world: World) -> None:
    del world.api.objects["/apis/apps/v1/namespaces/prod/deployments/frontend-primary"]
    assert world.member("backend").stand(Word.PASSED).fate is Fate.PROMOTE


def test_nobody_is_promoted_before_it_is_known_who_takes_part(world: World) -> None:
    back = world.member("backend")
    world.api.faults = [status(503) for _ in range(200)]
    with pytest.raises(Unavailable):
        back.stand(Word.PASSED)
    assert BOARD not in world.api.objects


def test_the_board_of_a_former_update_counts_for_nothing(world: World) -> None:
    world.member("frontend", "update-1").stand(Word.PASSED)
    assert world.member("backend", "update-2").stand(Word.PASSED).awaited == (FRONT,)


def test_an_engine_at_the_same_address_does_not_inherit_a_board(world: World) -> None:
    back, front = world.member("backend"), world.member("frontend")
    back.stand(Word.PASSED)
    front.stand(Word.PASSED)
    again = world.member("backend")
    assert again.stand(Word.WAITING).fate is Fate.OPEN
    assert again.stand(Word.PASSED).awaited == (FRONT,)


def test_a_board_that_cannot_be_read_is_begun_anew(world: World) -> None:
    world.api.put(BOARD, {"data": {"board": '{"words": 5}'}})
    assert world.member("backend").stand(Word.PASSED).awaited == (FRONT,)


def test_one_that_never_begins_has_failed_and_the_message_says_what_to_check(world: World) -> None:
    back = world.member("backend")
    assert back.stand(Word.BEGUN).fate is Fate.OPEN
    world.passes(599)
    assert back.stand(Word.PASSED).fate is Fate.OPEN
    world.passes(1)
    heard = back.stand(Word.PASSED)
    assert heard.fate is Fate.FAIL
    assert heard.blame.startswith(f"{FRONT} of group shop failed: it has not begun within 0:10:00")
    assert "--parallel 2" in heard.blame


def test_one_that_begins_late_but_in_time_is_none_that_never_begins(world: World) -> None:
    back, front = world.member("backend"), world.member("frontend")
    back.stand(Word.BEGUN)
    world.passes(500, "frontend")
    front.stand(Word.BEGUN)
    back.stand(Word.PASSED)
    for _ in range(20):
        world.passes(20, "backend", "frontend")
        assert back.stand(Word.PASSED).fate is Fate.OPEN
    assert front.stand(Word.PASSED).fate is Fate.PROMOTE


def test_one_whose_lease_ran_out_has_failed_even_if_it_had_passed(world: World) -> None:
    back, front = world.member("backend"), world.member("frontend")
    front.stand(Word.PASSED)
    back.stand(Word.BEGUN)
    world.passes(31)
    assert back.stand(Word.BEGUN).fate is Fate.OPEN
    world.passes(GRACE.total_seconds())
    heard = back.stand(Word.BEGUN)
    assert heard.fate is Fate.FAIL
    assert heard.blame.startswith(f"{FRONT} of group shop failed: its process is gone")


def test_a_lease_that_is_renewed_again_after_a_pause_is_none_that_ran_out(world: World) -> None:
    back, front = world.member("backend"), world.member("frontend")
    front.stand(Word.BEGUN)
    back.stand(Word.BEGUN)
    world.passes(31)
    back.stand(Word.BEGUN)
    world.passes(20, "frontend")
    back.stand(Word.BEGUN)
    world.passes(31)
    assert back.stand(Word.BEGUN).fate is Fate.OPEN


def test_an_outage_of_the_cluster_makes_nobody_dead_or_late(world: World) -> None:
    back, front = world.member("backend"), world.member("frontend")
    front.stand(Word.BEGUN)
    back.stand(Word.BEGUN)
    world.passes(31)
    back.stand(Word.BEGUN)
    world.api.faults = [status(503) for _ in range(200)]
    with pytest.raises(Unavailable):
        back.stand(Word.BEGUN)
    world.api.faults = []
    world.passes(3600)
    assert back.stand(Word.BEGUN).fate is Fate.OPEN
    world.passes(29)
    assert back.stand(Word.BEGUN).fate is Fate.OPEN


def test_an_ordered_group_is_told_who_goes_first_and_who_is_not_home(world: World) -> None:
    ordered = replace(CHARTER, ordered=True)
    back, front = world.member("backend", charter=ordered), world.member("frontend", charter=ordered)
    assert front.stand(Word.WAITING).before == (BACK,)
    back.stand(Word.PASSED)
    assert front.stand(Word.BEGUN).before == ()
    front.stand(Word.FAILED, "why")
    assert back.stand(Word.PASSED).after == (FRONT,)
    front.stand(Word.HOME, "why")
    assert back.stand(Word.PASSED).after == ()


def test_saying_the_same_again_writes_nothing(world: World) -> None:
    back = world.member("backend")
    back.stand(Word.BEGUN)
    before = len(world.api.writes())
    back.stand(Word.BEGUN)
    assert len(world.api.writes()) == before


@pytest.mark.usefixtures("world")
def test_a_group_is_made_from_what_the_program_declared(server: HTTPServer) -> None:
    connection = {"kubeconfig": kubeconfig(server.url_for("")), "context": ""}
    seat = {"namespace": "prod", "kind": "Deployment", "revision": "r2", "connection": connection}
    members = [{**seat, "name": name} for name in ("backend", "frontend")]
    declared = {"name": "shop", "ordered": True, "deadline": 3600.0, "begin_deadline": 600, "members": members}
    back, front = (Target(name, "prod", f"{name}-service", 80) for name in ("backend", "frontend"))
    group_of(declared, back, "127.0.0.1:4001").stand(Word.PASSED)
    heard = group_of(declared, front, "127.0.0.1:4001").stand(Word.WAITING)
    assert (heard.group, heard.before, heard.deadline) == ("shop", (), timedelta(hours=1))
    other_update = group_of(declared, front, "127.0.0.1:4002").stand(Word.WAITING)
    assert other_update.before == (BACK,)
    other_revision = {**declared, "members": [members[0], {**members[1], "revision": "r3"}]}
    assert group_of(other_revision, back, "127.0.0.1:4002").stand(Word.WAITING).awaited == (FRONT,)


def test_a_forgotten_group_leaves_no_board(world: World) -> None:
    back = world.member("backend")
    back.stand(Word.BEGUN)
    back.forget()
    assert BOARD not in world.api.objects
