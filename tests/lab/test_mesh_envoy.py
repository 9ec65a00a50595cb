"""The configuration and its order of publication, put to a real Envoy with real requests."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.mesh import xds
from lab.mesh.envoy import EnvoyProcess
from tests.lab.mesh_backends import Mesh, until

APEX, CANARY = 50, 52


@pytest.fixture
def mesh(tmp_path: Path) -> Iterator[Mesh]:
    mesh = Mesh(tmp_path)
    yield mesh
    mesh.stop()


def test_a_split_is_kept_within_binomial_error(mesh: Mesh) -> None:
    canary, first, second = mesh.pod("podinfo", 11), mesh.pod("podinfo-primary", 21), mesh.pod("podinfo-primary", 22)
    mesh.start(mesh.world([canary], [first, second], (5, 95)))
    answers = mesh.get(times=2000)
    # 100 expected, standard deviation 9.7; 475 and 950 with 21.8: five deviations each
    assert 51 <= answers[200, canary.name] <= 149
    assert 840 <= answers[200, first.name] <= 1060
    assert answers.total() == 2000


def test_weight_zero_sends_nothing(mesh: Mesh) -> None:
    canary, primary = mesh.pod("podinfo", 11), mesh.pod("podinfo-primary", 21)
    mesh.start(mesh.world([canary], [primary], (0, 100)))
    assert mesh.get(times=500) == Counter({(200, primary.name): 500})


def test_the_share_of_a_backend_without_ready_pods_is_answered_with_503(mesh: Mesh) -> None:
    canary, primary = mesh.pod("podinfo", 11), mesh.pod("podinfo-primary", 21)
    mesh.start(mesh.world([canary.gone_unready()], [primary], (100, 0)))
    assert mesh.get(times=20) == Counter({(503, ""): 20})
    assert not any("upstream_rq{" in series for series in mesh.metrics())


def test_an_error_answer_is_passed_on_and_never_asked_for_again(mesh: Mesh) -> None:
    canary = mesh.pod("podinfo", 11)
    mesh.start(mesh.world([canary], []))
    assert mesh.get("/status/500", CANARY, times=20) == Counter({(500, canary.name): 20})
    assert mesh.backends[canary.name].requests == 20


def test_statistics_are_the_pods_whichever_service_was_asked(mesh: Mesh) -> None:
    canary, primary = mesh.pod("podinfo", 11), mesh.pod("podinfo-primary", 21)
    mesh.start(mesh.world([canary], [primary], (100, 0)))
    mesh.get(host=APEX, times=30)
    mesh.get(host=CANARY, times=12)
    mesh.get("/status/503", CANARY, times=5)
    mesh.get("/delay/0.1", CANARY)
    labels = f'namespace="prod",pod="{canary.name}",target_addr="{canary.address}|{canary.port}",deployment="podinfo"'
    counted = mesh.metrics()
    assert counted[f'envoy_cluster_upstream_rq{{envoy_response_code="200",{labels}}}'] == 43
    assert counted[f'envoy_cluster_upstream_rq{{envoy_response_code="503",{labels}}}'] == 5
    assert counted[f"envoy_cluster_upstream_rq_total{{{labels}}}"] == 48
    until(lambda: mesh.metrics().get(f"envoy_cluster_upstream_rq_time_count{{{labels}}}") == 48)
    bucket = f"envoy_cluster_upstream_rq_time_bucket{{{labels},le="
    assert mesh.metrics()[f'{bucket}"50"}}'] == 47
    assert mesh.metrics()[f'{bucket}"99"}}'] == 47, "100 ms and a little is more than 100 ms"
    assert mesh.metrics()[f'{bucket}"199"}}'] == 48
    assert not [series for series in counted if "external" in series]


class SteadyClients:
    """Clients that ask the apex until told to end, over kept and over new connections."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh, self._end = mesh, threading.Event()
        self._pool = ThreadPoolExecutor(4)
        self._clients = [self._pool.submit(self._ask, times) for times in (1, 1, 20, 20)]

    def _ask(self, times: int) -> Counter[tuple[int, str]]:
        answers: Counter[tuple[int, str]] = Counter()
        while not self._end.is_set():
            answers += self._mesh.get(times=times)
        return answers

    def end(self) -> Counter[tuple[int, str]]:
        """All answers; raises if any request got none."""
        self._end.set()
        answers = sum((client.result(20) for client in self._clients), Counter[tuple[int, str]]())
        self._pool.shutdown()
        return answers


def test_no_request_fails_while_pods_and_weights_change(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clusters are let go after 0.2 s here, so that removals fall into the steady traffic too."""
    monkeypatch.setattr(xds, "GRACE_SECONDS", 0.2)
    canary, *primary = mesh.pod("podinfo", 11), mesh.pod("podinfo-primary", 21), mesh.pod("podinfo-primary", 22)
    mesh.start(mesh.world([canary], primary, (0, 100)))
    clients = SteadyClients(mesh)
    for number in range(100, 140):
        primary = [primary[1], mesh.pod("podinfo-primary", number)]
        mesh.publish([canary], primary, (number % 3 * 50, 100 - number % 3 * 50))
    answers = clients.end()
    assert {status for status, _ in answers} == {200}
    assert answers.total() > 200
    assert len(answers) > 20, "most pods took part"


def test_a_request_in_flight_is_answered_though_its_pod_has_left_routing(mesh: Mesh) -> None:
    old, new = mesh.pod("podinfo-primary", 21), mesh.pod("podinfo-primary", 22)
    mesh.start(mesh.world([], [old]))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(mesh.get, "/delay/2")
        until(lambda: mesh.backends[old.name].requests == 1)
        mesh.publish([], [new])
        # Envoy's workers take a new configuration over one by one, some milliseconds after it has been accepted
        until(lambda: mesh.get(times=5) == Counter({(200, new.name): 5}))
        assert slow.result(10) == Counter({(200, old.name): 1})


def test_a_service_that_appears_is_answered_and_one_that_goes_is_not(mesh: Mesh) -> None:
    primary = mesh.pod("podinfo-primary", 21)
    world = mesh.world([], [primary])
    apex = {key: item for key, item in world.services.items() if item.name == "podinfo"}
    mesh.start(type(world)(apex, world.slices, world.pods))
    with pytest.raises(ConnectionRefusedError):
        mesh.get(host=CANARY)
    mesh.publish([], [primary])
    until(lambda: mesh.get(host=CANARY) == Counter({(503, ""): 1}))


def test_envoy_is_started_again_when_it_dies(mesh: Mesh) -> None:
    primary = mesh.pod("podinfo-primary", 21)
    mesh.start(mesh.world([], [primary]))
    os.kill(int((mesh.directory / "envoy.pid").read_text()), signal.SIGKILL)
    until(lambda: not mesh.admin.is_live())
    until(mesh.admin.is_live)
    assert mesh.get() == Counter({(200, primary.name): 1})


def test_an_envoy_left_by_a_dead_agent_is_taken_over_and_can_be_stopped(mesh: Mesh) -> None:
    primary = mesh.pod("podinfo-primary", 21)
    mesh.start(mesh.world([], [primary]))
    successor = EnvoyProcess(mesh.envoy._command, mesh.directory / "envoy.pid")
    assert successor.adopt()
    other = EnvoyProcess(["another"], mesh.directory / "envoy.pid")
    assert not other.adopt()
