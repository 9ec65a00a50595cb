from typing import Any

import pytest

from canary.adapters.cluster import Cluster
from canary.adapters.errors import Missing
from canary.adapters.workload import KubernetesWorkload
from canary.core.routing import Track
from canary.core.spec import Target
from canary.ports import Misconfigured, Unavailable
from tests.adapters.fakeapi import FakeApi, status

CANARY = "/apis/apps/v1/namespaces/prod/deployments/podinfo"
DAEMONS = "/apis/apps/v1/namespaces/prod/daemonsets/podinfo"
PODS = "/api/v1/namespaces/prod/pods"


def deployment(wanted: int = 2, generation: int = 1, **counts: int) -> dict[str, Any]:
    return {
        "metadata": {
            "name": "podinfo",
            "generation": generation,
            "annotations": {"canary.pulumi.io/revision": "object"},
        },
        "spec": {
            "replicas": wanted,
            "selector": {"matchLabels": {"app": "podinfo"}},
            "template": {"metadata": {"annotations": {"canary.pulumi.io/revision": "r1"}}, "spec": {}},
        },
        "status": {"observedGeneration": 1, **counts},
    }


def pod(name: str, waiting: str, message: str = "", **meta: str) -> dict[str, Any]:
    state = {"waiting": {"reason": waiting, "message": message}}
    return {"metadata": {"name": name, **meta}, "status": {"containerStatuses": [{"name": "podinfo", "state": state}]}}


@pytest.fixture
def workload(cluster: Cluster, target: Target) -> KubernetesWorkload:
    return KubernetesWorkload(cluster, target)


def test_an_absent_workload_does_not_exist(workload: KubernetesWorkload, api: FakeApi) -> None:
    assert workload.observe(Track.CANARY).exists is False
    assert api.requests == [("GET", CANARY)]


def test_an_outage_never_reads_as_absent(workload: KubernetesWorkload, api: FakeApi) -> None:
    api.faults = [status(503) for _ in range(100)]
    with pytest.raises(Unavailable):
        workload.observe(Track.CANARY)


def test_a_ready_workload_is_read_with_one_request(workload: KubernetesWorkload, api: FakeApi) -> None:
    api.put(CANARY, deployment(2, replicas=2, readyReplicas=2, updatedReplicas=2))
    health = workload.observe(Track.CANARY)
    assert (health.desired, health.ready, health.updated, health.revision) == (2, 2, 2, "r1")
    assert health.is_ready()
    assert len(api.requests) == 1


def test_an_old_pod_that_is_ready_does_not_vouch_for_a_new_one(workload: KubernetesWorkload, api: FakeApi) -> None:
    api.put(CANARY, deployment(1, replicas=2, readyReplicas=1, updatedReplicas=1))
    health = workload.observe(Track.CANARY)
    assert not health.is_ready()
    assert health.can_take_load()


def test_a_spec_not_yet_seen_by_the_controller_is_not_ready(workload: KubernetesWorkload, api: FakeApi) -> None:
    api.put(CANARY, deployment(1, generation=2, readyReplicas=1, updatedReplicas=1))
    assert workload.observe(Track.CANARY).observed is False


@pytest.mark.parametrize(
    "reason", ["CrashLoopBackOff", "ErrImagePull", "ImagePullBackOff", "CreateContainerConfigError"]
)
def test_the_problem_names_pod_and_reason(workload: KubernetesWorkload, api: FakeApi, reason: str) -> None:
    api.put(CANARY, deployment())
    api.put(PODS, {"items": [pod("podinfo-x", reason, "back-off")]})
    problem = workload.observe(Track.CANARY).problem
    assert "podinfo-x" in problem
    assert reason in problem


def test_a_pod_that_is_only_starting_or_leaving_is_no_problem(workload: KubernetesWorkload, api: FakeApi) -> None:
    api.put(CANARY, deployment())
    leaving = pod("b", "CrashLoopBackOff", deletionTimestamp="2026-01-01T00:00:00Z")
    api.put(PODS, {"items": [pod("a", "ContainerCreating"), leaving]})
    assert workload.observe(Track.CANARY).problem == ""


def test_an_unschedulable_pod_is_a_problem(workload: KubernetesWorkload, api: FakeApi) -> None:
    api.put(CANARY, deployment())
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}
    api.put(PODS, {"items": [{"metadata": {"name": "a"}, "status": {"conditions": [condition]}}]})
    assert workload.observe(Track.CANARY).problem == "pod a: Unschedulable: 0/3 nodes"


def test_without_the_right_to_list_pods_the_health_is_still_read(workload: KubernetesWorkload, api: FakeApi) -> None:
    api.put(CANARY, deployment(2, readyReplicas=1))
    api.get = lambda path, body: status(403) if path == PODS else FakeApi.get(api, path, body)  # type: ignore[method-assign]
    assert workload.observe(Track.CANARY).ready == 1


def test_scaling_writes_the_scale_subresource_only(workload: KubernetesWorkload, api: FakeApi) -> None:
    api.put(CANARY, deployment(0))
    workload.scale(Track.CANARY, 3)
    assert api.objects[CANARY]["spec"]["replicas"] == 3
    assert api.writes() == [f"{CANARY}/scale"]


def test_nothing_to_stop_is_fine_but_nothing_to_start_is_not(workload: KubernetesWorkload, api: FakeApi) -> None:
    workload.scale(Track.CANARY, 0)
    with pytest.raises(Missing, match="podinfo-primary does not exist"):
        workload.scale(Track.PRIMARY, 1)
    assert len(api.requests) == 2


def daemon_set(selector: dict[str, str]) -> dict[str, Any]:
    return {
        "metadata": {"name": "podinfo"},
        "spec": {"template": {"spec": {"nodeSelector": selector}}},
        "status": {"desiredNumberScheduled": 3, "numberReady": 3, "updatedNumberScheduled": 3},
    }


def test_a_daemon_set_is_stopped_by_a_selector_and_started_without_it(cluster: Cluster, api: FakeApi) -> None:
    workload = KubernetesWorkload(cluster, Target("podinfo", "prod", "podinfo", 9898, kind="DaemonSet"))
    api.put(DAEMONS, daemon_set({"disk": "ssd"}))
    workload.scale(Track.CANARY, 0)
    assert workload.observe(Track.CANARY).desired == 0
    workload.scale(Track.CANARY, 1)
    assert api.objects[DAEMONS]["spec"]["template"]["spec"]["nodeSelector"] == {"disk": "ssd"}
    assert workload.observe(Track.CANARY).is_ready()


def test_an_unknown_kind_is_refused_with_those_that_are_known(cluster: Cluster) -> None:
    with pytest.raises(Misconfigured, match="Deployment, DaemonSet"):
        KubernetesWorkload(cluster, Target("a", "b", "c", 1, kind="StatefulSet"))
