"""Every adapter against the real thing: kube-apiserver, Prometheus, Flagger's load tester, pods that are processes."""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from canary.adapters.apipath import object_path
from canary.adapters.cluster import Cluster
from canary.adapters.direct import Request
from canary.adapters.journal import ClusterJournal
from canary.adapters.kubeconfig import Connection
from canary.adapters.preflight import preflight
from canary.adapters.registry import metrics_for
from canary.adapters.trafficsplit import TrafficSplitRouter
from canary.adapters.transport import Transport
from canary.adapters.webhooks import Webhooks
from canary.adapters.workload import KubernetesWorkload
from canary.core.routing import Routing, Track
from canary.core.spec import Backend, Hook, Metric, ReleaseSpec, RouterRef, Target
from canary.core.state import State
from canary.ports import Fenced, Question
from lab.cluster import Lab

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

TARGET = Target("podinfo", "prod", "podinfo", 9898)
SUCCESS, DURATION = Metric("request-success-rate"), Metric("request-duration")
SPEC = ReleaseSpec(
    TARGET, (), metrics=(SUCCESS, DURATION), backend=Backend(address="http://prometheus.linkerd-viz:9090")
)


@dataclass(frozen=True)
class World:
    lab: Lab
    cluster: Cluster

    def apply(self, api: str, plural: str, body: dict[str, Any]) -> None:
        self.cluster.apply(object_path(api, plural, "prod", body["metadata"]["name"]), {"apiVersion": api, **body})

    def measure(self, metric: Metric, seconds: float) -> Any:
        question = Question(metric, timedelta(seconds=seconds), datetime.now(UTC))
        return metrics_for(self.cluster, SPEC).measure(question)


def deployment(name: str, image: str = "stefanprodan/podinfo:2.1.0") -> dict[str, Any]:
    container = {
        "name": "podinfod",
        "image": image,
        "command": ["./podinfo", "--port=9898", "--level=error"],
        "ports": [{"name": "http", "containerPort": 9898}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 9898}, "periodSeconds": 1},
    }
    meta = {"labels": {"app": name}, "annotations": {"canary.pulumi.io/revision": "r1"}}
    spec = {
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": meta, "spec": {"containers": [container]}},
    }
    return {"kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def service(name: str, app: str) -> dict[str, Any]:
    spec = {"selector": {"app": app}, "ports": [{"name": "http", "port": 9898, "targetPort": "http"}]}
    return {"kind": "Service", "metadata": {"name": name}, "spec": spec}


def split() -> dict[str, Any]:
    backends = [{"service": "podinfo-canary", "weight": 0}, {"service": "podinfo-primary", "weight": 100}]
    return {
        "kind": "TrafficSplit",
        "metadata": {"name": "podinfo"},
        "spec": {"service": "podinfo", "backends": backends},
    }


def until(condition: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    lab = Lab(f"adapters-e2e-{os.getpid()}")
    lab.up()
    try:
        world = World(lab, Cluster(Connection(lab.env()["KUBECONFIG"])))
        for name in ("podinfo", "podinfo-primary"):
            world.apply("apps/v1", "deployments", deployment(name))
        for name, app in {"podinfo": "podinfo-primary", "podinfo-canary": "podinfo"}.items():
            world.apply("v1", "services", service(name, app))
        world.apply("v1", "services", service("podinfo-primary", "podinfo-primary"))
        world.apply("split.smi-spec.io/v1alpha2", "trafficsplits", split())
        workload = KubernetesWorkload(world.cluster, TARGET)
        until(lambda: workload.observe(Track.CANARY).is_ready() and workload.observe(Track.PRIMARY).is_ready())
        yield world
    finally:
        lab.down(purge=True)


def test_the_lab_passes_preflight(world: World) -> None:
    assert preflight(world.cluster, SPEC) == []


def test_a_workload_scales_and_pulumis_apply_leaves_it_so(world: World) -> None:
    workload = KubernetesWorkload(world.cluster, TARGET)
    workload.scale(Track.CANARY, 2)
    until(lambda: workload.observe(Track.CANARY).is_ready() and workload.observe(Track.CANARY).ready == 2)
    path = object_path("apps/v1", "deployments", "prod", "podinfo")
    body = {"apiVersion": "apps/v1", **deployment("podinfo", "stefanprodan/podinfo:2.1.1")}
    as_pulumi = {"Content-Type": "application/apply-patch+yaml"}
    for _ in range(2):
        # the second apply owns the template: leaving replicas out must not reset what another manager owns
        url = f"{path}?fieldManager=pulumi-kubernetes-1&force=true"
        assert world.cluster.send("PATCH", url, json.dumps(body).encode(), as_pulumi).status == 200
    until(lambda: workload.observe(Track.CANARY).is_ready())
    assert workload.observe(Track.CANARY).desired == 2


def test_a_pod_that_cannot_start_is_named_with_its_reason(world: World) -> None:
    world.apply("apps/v1", "deployments", deployment("broken", "nobody/knows:1"))
    broken = KubernetesWorkload(world.cluster, Target("broken", "prod", "broken", 9898))
    until(lambda: "Image" in broken.observe(Track.CANARY).problem)
    assert broken.observe(Track.CANARY).problem.startswith("pod broken-")
    broken.scale(Track.CANARY, 0)


@pytest.mark.parametrize("version", ["v1alpha1", "v1alpha2"])
def test_weights_are_written_and_read_back(world: World, version: str) -> None:
    router = TrafficSplitRouter(world.cluster, TARGET, RouterRef(version=version))
    for weight in (5, 100, 0):
        router.write(Routing(weight))
        assert router.read() == Routing(weight)


def test_a_canary_whose_every_answer_fails_has_a_success_rate_of_0(world: World) -> None:
    # two scrapes have to see the counter grow
    def fail() -> bool:
        transport = Transport(world.cluster, "prod")
        webhook = Webhooks(transport, TARGET, "r1")
        command = "hey -n 40 -c 2 http://podinfo-canary:9898/status/500"
        assert webhook.call(Hook("h", "http://load-tester.prod/", metadata={"cmd": command}), "Progressing").passed
        seen = world.measure(SUCCESS, 30)
        assert not seen.error
        assert seen.value in (None, 0.0)
        return seen.value == 0.0 and bool(seen.samples)

    until(fail, 60)
    assert world.measure(DURATION, 30).value > 0


def test_without_traffic_there_is_no_data(world: World) -> None:
    idle = ReleaseSpec(Target("broken", "prod", "broken", 9898), (), backend=SPEC.backend)
    seen = metrics_for(world.cluster, idle).measure(Question(SUCCESS, timedelta(seconds=30), datetime.now(UTC)))
    assert (seen.value, seen.samples, seen.error) == (None, 0.0, "")


def test_a_pod_answers_through_the_service_proxy(world: World) -> None:
    answer = Transport(world.cluster, "prod").send(Request("http://podinfo:9898/status/503"))
    assert answer.status == 503


def test_the_older_of_two_runs_is_fenced_off(world: World) -> None:
    older, newer = (ClusterJournal(world.cluster, TARGET, name) for name in ("older", "newer"))
    older.save(State("r1"))
    newer.acquire()
    with pytest.raises(Fenced, match="newer"):
        older.save(State("r2"))
    assert newer.load() == State("r1")
    newer.release()
