"""A small API server with a release in it whose run may die, and guards with a clock of their own."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from canary.adapters.cluster import Cluster
from canary.adapters.fence import Fence
from canary.adapters.journal import ClusterJournal
from canary.adapters.kubeconfig import Connection
from canary.adapters.record import record_of
from canary.adapters.trafficsplit import TrafficSplitRouter
from canary.adapters.workload import KubernetesWorkload
from canary.core.routing import Routing
from canary.core.spec import ReleaseSpec, Retreat, RouterRef, Target
from canary.core.state import Phase, State
from canary.rescue.guard import Guard
from canary.rescue.sightings import Sightings
from tests.adapters.conftest import FakeTime, api, kubeconfig, listening, server, time
from tests.adapters.fakeapi import FakeApi
from tests.cli.conftest import world

__all__ = ["api", "listening", "server", "time", "world"]

TARGET = Target("podinfo", "prod", "podinfo", 9898, replicas=2)
SPEC = ReleaseSpec(TARGET, (), router=RouterRef(name="podinfo"), retreat=Retreat(drain=timedelta(0)))
LEFT = State("r2", Phase.PROGRESSING, routing=Routing(35))

Run = Callable[..., ClusterJournal]


@pytest.fixture
def cluster(server: HTTPServer) -> Cluster:
    return Cluster(Connection(kubeconfig(server.url_for(""))))


@pytest.fixture
def file(server: HTTPServer, tmp_path: Path) -> Path:
    found = tmp_path / "kubeconfig"
    found.write_text(kubeconfig(server.url_for("")), encoding="utf-8")
    return found


@pytest.fixture
def run(world: FakeApi, cluster: Cluster) -> Run:  # noqa: ARG001 - it answers
    """`run()`: a `pulumi up` that has written its state, and renews its Lease only when told."""

    def start(state: State = LEFT, holder: str = "pulumi up on ci") -> ClusterJournal:
        fence = Fence()
        router = TrafficSplitRouter(cluster, TARGET, SPEC.router, fence=fence)
        stamped = (router, KubernetesWorkload(cluster, TARGET, fence))
        journal = ClusterJournal(cluster, TARGET, holder, fence=fence, stamped=stamped, record=record_of(SPEC))
        journal.save(state)
        return journal

    return start


@pytest.fixture
def guard(cluster: Cluster, time: FakeTime) -> Guard:
    return Guard(cluster, "prod", Sightings(time.monotonic))
