import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer

from canary.adapters.cluster import Cluster
from canary.adapters.kubeconfig import Connection
from canary.adapters.retry import Patience
from canary.core.spec import Target
from tests.adapters.fakeapi import FakeApi


@dataclass
class FakeTime:
    """Time that passes only by sleeping."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def kubeconfig(address: str, token: str = "s3cret-token") -> str:
    return json.dumps(
        {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": address}}],
            "users": [{"name": "u", "user": {"token": token}}],
        }
    )


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def patience(time: FakeTime) -> Patience:
    return Patience(timedelta(seconds=5), monotonic=time.monotonic, sleep=time.sleep, jitter=lambda: 1.0)


@pytest.fixture(scope="session")
def listening() -> Iterator[HTTPServer]:
    with HTTPServer(threaded=True) as running:
        yield running


@pytest.fixture
def server(listening: HTTPServer) -> HTTPServer:
    listening.clear()
    return listening


@pytest.fixture
def api(server: HTTPServer) -> FakeApi:
    return FakeApi(server)


@pytest.fixture
def cluster(server: HTTPServer, patience: Patience) -> Cluster:
    return Cluster(Connection(kubeconfig(server.url_for(""))), patience)


@pytest.fixture
def target() -> Target:
    return Target("podinfo", "prod", "podinfo", 9898)
