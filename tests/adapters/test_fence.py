"""Two holders of one release, interleaved: the older one's write never lands after the newer took over."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from canary.adapters.cluster import Cluster
from canary.adapters.fence import HOLDER, TOKEN, Fence
from canary.adapters.journal import ClusterJournal
from canary.adapters.trafficsplit import TrafficSplitRouter
from canary.adapters.workload import KubernetesWorkload
from canary.core.routing import HOME, Routing, Track
from canary.core.spec import RouterRef, Target
from canary.core.state import State
from canary.ports import Fenced
from tests.adapters.fakeapi import FakeApi

SPLIT = "/apis/split.smi-spec.io/v1alpha2/namespaces/prod/trafficsplits/podinfo"
CANARY = "/apis/apps/v1/namespaces/prod/deployments/podinfo"
DAEMONS = "/apis/apps/v1/namespaces/prod/daemonsets/podinfo"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/prod/leases/podinfo-canary"
MAP = "/api/v1/namespaces/prod/configmaps/podinfo-canary-journal"


@dataclass(frozen=True)
class Run:
    """One holder, with all that it writes by."""

    journal: ClusterJournal
    router: TrafficSplitRouter
    workload: KubernetesWorkload


@pytest.fixture
def run(cluster: Cluster, target: Target) -> Callable[..., Run]:
    def make(name: str, kind: str = "Deployment") -> Run:
        fence, aim = Fence(), Target(target.name, target.namespace, target.service, target.port, kind)
        router = TrafficSplitRouter(cluster, aim, RouterRef(), fence=fence)
        workload = KubernetesWorkload(cluster, aim, fence)
        return Run(ClusterJournal(cluster, aim, name, fence=fence, stamped=(router, workload)), router, workload)

    return make


@pytest.fixture(autouse=True)
def world(api: FakeApi) -> FakeApi:
    shares = {"podinfo-canary": 10, "podinfo-primary": 90}
    backends = [{"service": name, "weight": weight} for name, weight in shares.items()]
    api.put(SPLIT, {"kind": "TrafficSplit", "metadata": {"name": "podinfo"}, "spec": {"service": "podinfo"}})
    api.patch(SPLIT, {"spec": {"backends": backends}})
    spec: dict[str, Any] = {"replicas": 2, "template": {"spec": {}}}
    api.put(CANARY, {"kind": "Deployment", "metadata": {"name": "podinfo", "annotations": {"a": "b"}}, "spec": spec})
    api.put(DAEMONS, {"kind": "DaemonSet", "metadata": {"name": "podinfo"}, "spec": spec})
    return api


def marks(api: FakeApi, path: str) -> tuple[str, str]:
    found = api.objects[path]["metadata"]["annotations"]
    return found[TOKEN], found[HOLDER]


def test_who_takes_over_stamps_what_it_steers_before_it_writes(run: Callable[..., Run], api: FakeApi) -> None:
    run("first").journal.acquire()
    assert marks(api, SPLIT) == marks(api, CANARY) == ("1", "first")
    assert api.objects[CANARY]["metadata"]["annotations"]["a"] == "b"


@pytest.mark.parametrize("weight", [0, 20, 10])
def test_the_older_holder_cannot_move_traffic(run: Callable[..., Run], api: FakeApi, weight: int) -> None:
    older, newer = run("older"), run("newer")
    older.journal.acquire()
    newer.journal.acquire()
    with pytest.raises(Fenced, match="newer has taken over TrafficSplit podinfo"):
        older.router.write(Routing(weight))
    assert newer.router.read() == Routing(10)
    assert marks(api, SPLIT) == ("2", "newer")


def test_a_takeover_between_reading_and_writing_the_weights_wins(run: Callable[..., Run], api: FakeApi) -> None:
    older, newer = run("older"), run("newer")
    older.journal.acquire()
    api.before_write = [newer.journal.acquire]
    with pytest.raises(Fenced, match="newer"):
        older.router.write(HOME)
    assert newer.router.read() == Routing(10)


@pytest.mark.parametrize(("kind", "path"), [("Deployment", CANARY), ("DaemonSet", DAEMONS)])
def test_a_takeover_between_reading_and_scaling_wins(
    run: Callable[..., Run], api: FakeApi, kind: str, path: str
) -> None:
    older, newer = run("older", kind), run("newer", kind)
    older.journal.acquire()
    api.before_write = [newer.journal.acquire]
    with pytest.raises(Fenced, match=f"newer has taken over {kind} podinfo"):
        older.workload.scale(Track.CANARY, 0)
    assert api.objects[path]["spec"] == {"replicas": 2, "template": {"spec": {}}}


def test_the_newer_holder_writes_on_and_leaves_its_token(run: Callable[..., Run], api: FakeApi) -> None:
    older, newer = run("older"), run("newer")
    older.journal.acquire()
    newer.journal.acquire()
    newer.router.write(Routing(30))
    newer.workload.scale(Track.CANARY, 3)
    assert newer.router.read() == Routing(30)
    assert api.objects[CANARY]["spec"]["replicas"] == 3
    assert marks(api, SPLIT) == ("2", "newer")


def test_an_edit_by_somebody_without_a_token_is_written_over_after_a_second_look(
    run: Callable[..., Run], api: FakeApi
) -> None:
    only = run("only")
    only.journal.acquire()
    api.before_write = [lambda: api.patch(SPLIT, {"metadata": {"labels": {"touched": "yes"}}})]
    only.router.write(Routing(20))
    assert only.router.read() == Routing(20)
    assert api.objects[SPLIT]["metadata"]["labels"] == {"touched": "yes"}


def test_a_lease_and_a_journal_deleted_by_hand_do_not_lock_the_release(run: Callable[..., Run], api: FakeApi) -> None:
    for name in ("a", "b", "c"):
        run(name).journal.acquire()
    del api.objects[LEASE]
    del api.objects[MAP]
    late = run("late")
    late.journal.acquire()
    late.router.write(HOME)
    assert marks(api, SPLIT) == ("4", "late")


def test_of_two_that_take_over_at_once_the_later_token_stays(run: Callable[..., Run], api: FakeApi) -> None:
    slow, quick = run("slow"), run("quick")
    stamping: list[str] = []

    def overtake(path: str) -> None:
        if path == SPLIT and not stamping:
            stamping.append(path)
            quick.journal.acquire()

    plain = api.patch

    def patch(path: str, body: dict[str, Any]) -> Any:
        overtake(path)
        return plain(path, body)

    api.patch = patch  # type: ignore[method-assign]
    with pytest.raises(Fenced, match="quick"):
        slow.journal.acquire()
    assert marks(api, SPLIT) == ("2", "quick")


def test_a_claim_only_instead_of_the_one_that_was_seen(run: Callable[..., Run]) -> None:
    first, second, guard = run("first"), run("second"), run("guard")
    first.journal.acquire()
    seen = first.journal.look().token
    second.journal.acquire()
    with pytest.raises(Fenced, match="second took the Lease"):
        guard.journal.acquire(instead_of=seen)
    assert second.journal.look().holder == "second"
    second.journal.save(State("r1"))


def test_what_does_not_exist_yet_is_not_stamped(run: Callable[..., Run], api: FakeApi) -> None:
    del api.objects[SPLIT]
    del api.objects[CANARY]
    run("first").journal.acquire()
    assert SPLIT not in api.objects
    assert CANARY not in api.objects
