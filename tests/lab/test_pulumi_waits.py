"""When an object of each kind counts as ready, from a catalogue of what the API server says about it."""

# ruff: noqa: FBT003  (endpoints(True, False) reads as the list of endpoints it is)

from typing import Any

import pytest

from lab.pulumi.kubernetes.waits import conditions, deployment, ingress, pods, service, storage, workloads

Json = dict[str, Any]
REVISION = "deployment.kubernetes.io/revision"


def condition(kind: str, status: str = "True", reason: str = "", message: str = "") -> Json:
    return {"type": kind, "status": status, "reason": reason, "message": message}


AVAILABLE = condition("Available", reason="MinimumReplicasAvailable")
ROLLED_OUT = condition("Progressing", reason="NewReplicaSetAvailable")


def a_deployment(revision: str, *found: Json, generation: int = 2, observed: int = 2) -> Json:
    metadata = {"name": "web", "generation": generation, "annotations": {REVISION: revision} if revision else {}}
    return {"metadata": metadata, "status": {"observedGeneration": observed, "conditions": list(found)}}


def a_replica_set(revision: str, wanted: int | None, ready: int | None) -> Json:
    status = {} if ready is None else {"readyReplicas": ready}
    spec = {} if wanted is None else {"replicas": wanted}
    return {"metadata": {"annotations": {REVISION: revision}}, "spec": spec, "status": status}


DEPLOYMENTS = {
    "not seen by its controller": (a_deployment("1", AVAILABLE, observed=1), [a_replica_set("1", 1, 1)], False),
    "without a revision yet": (a_deployment("", AVAILABLE), [], False),
    "first revision, ready": (a_deployment("1", AVAILABLE), [a_replica_set("1", 1, 1)], True),
    "first revision, no pod ready": (a_deployment("1", AVAILABLE), [a_replica_set("1", 1, None)], False),
    "first revision, not available": (
        a_deployment("1", condition("Available", "False", "MinimumReplicasUnavailable", "no")),
        [a_replica_set("1", 1, 1)],
        False,
    ),
    "first revision at zero replicas": (a_deployment("1", AVAILABLE), [a_replica_set("1", 0, None)], True),
    "without a number of replicas": (a_deployment("1", AVAILABLE), [a_replica_set("1", None, 1)], True),
    "later revision, rolled out": (
        a_deployment("2", AVAILABLE, ROLLED_OUT),
        [a_replica_set("1", 0, 0), a_replica_set("2", 3, 3)],
        True,
    ),
    "later revision, still rolling out": (
        a_deployment("2", AVAILABLE, condition("Progressing", reason="ReplicaSetUpdated")),
        [a_replica_set("1", 1, 1), a_replica_set("2", 3, 3)],
        False,
    ),
    "later revision, scaled to zero by another": (
        a_deployment("2", AVAILABLE, ROLLED_OUT),
        [a_replica_set("2", 0, None)],
        True,
    ),
    "later revision without its ReplicaSet": (
        a_deployment("2", AVAILABLE, ROLLED_OUT),
        [a_replica_set("1", 1, 1)],
        False,
    ),
    "past its deadline": (
        a_deployment("2", AVAILABLE, condition("Progressing", "False", "ProgressDeadlineExceeded", "too slow")),
        [a_replica_set("2", 1, None)],
        False,
    ),
}


@pytest.mark.parametrize(("live", "replica_sets", "is_ready"), DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_a_deployment_is_ready_when_its_new_pods_stand(live: Json, replica_sets: list[Json], *, is_ready: bool) -> None:
    assert deployment.judge(deployment.Scene(live, replica_sets)).is_ready == is_ready


def test_a_deployment_shows_how_many_pods_are_available() -> None:
    scene = deployment.Scene(a_deployment("1", AVAILABLE), [a_replica_set("1", 2, 1)])
    notes = [note.text for note in deployment.judge(scene).notes]
    assert "Waiting for app ReplicaSet to be available (1/2 Pods available)" in notes


def test_a_stuck_deployment_says_why() -> None:
    stuck = condition("Progressing", "False", "ProgressDeadlineExceeded", "too slow")
    pulling = {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}
    conditions_of_pod = [condition("PodScheduled"), condition("Initialized"), condition("Ready", "False")]
    pod = {
        "metadata": {"name": "web-1", "namespace": "prod"},
        "status": {"conditions": conditions_of_pod, "containerStatuses": [{"name": "web", "state": pulling}]},
    }
    scene = deployment.Scene(a_deployment("2", AVAILABLE, stuck), [a_replica_set("2", 1, None)], [pod])
    assert deployment.judge(scene).problems == (
        "[ProgressDeadlineExceeded] too slow",
        "Minimum number of Pods to consider the application live was not attained",
        "[Pod prod/web-1]: [ImagePullBackOff] no such image",
    )


def test_a_deployment_waits_for_its_claims() -> None:
    claim = {"metadata": {"name": "data"}, "status": {"phase": "Pending"}}
    scene = deployment.Scene(a_deployment("1", AVAILABLE), [a_replica_set("1", 1, 1)], claims=[claim])
    verdict = deployment.judge(scene)
    assert not verdict.is_ready
    assert 'Failed to bind PersistentVolumeClaim(s): "data"' in verdict.problems


def a_service(**spec: Any) -> Json:
    return {"metadata": {"name": "web"}, "spec": {"type": "ClusterIP", "selector": {"app": "web"}} | spec}


def endpoints(*ready: bool) -> list[Json]:
    return [{"endpoints": [{"conditions": {"ready": each}} for each in ready]}]


SERVICES = {
    "all endpoints ready": (a_service(), endpoints(True, True), True, True),
    "one endpoint not ready": (a_service(), endpoints(True, False), True, False),
    "not settled": (a_service(), endpoints(True), False, False),
    "selects nothing": (a_service(), endpoints(), True, True),
    "without a selector": (a_service(selector={}), [], False, True),
    "headless": (a_service(clusterIP="None"), [], False, True),
    "an alias": (a_service(type="ExternalName"), [], False, True),
    "a load balancer without an address": (a_service(type="LoadBalancer"), endpoints(True), True, False),
    "a load balancer": (
        a_service(type="LoadBalancer") | {"status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}},
        endpoints(True),
        True,
        True,
    ),
}


@pytest.mark.parametrize(("live", "slices", "settled", "is_ready"), SERVICES.values(), ids=SERVICES)
def test_a_service_is_ready_when_its_endpoints_have_settled(
    live: Json, slices: list[Json], *, settled: bool, is_ready: bool
) -> None:
    assert service.judge(service.Scene(live, slices, settled)).is_ready == is_ready


def a_stateful_set(generation: int = 1, strategy: str = "RollingUpdate", **status: Any) -> Json:
    defaults = {"observedGeneration": generation, "replicas": 2, "readyReplicas": 2, "currentReplicas": 2}
    revisions = {"currentRevision": "a", "updateRevision": "a"}
    spec = {"replicas": 2, "updateStrategy": {"type": strategy}}
    return {"metadata": {"generation": generation}, "spec": spec, "status": defaults | revisions | status}


@pytest.mark.parametrize(
    ("live", "is_ready"),
    [
        (a_stateful_set(), True),
        (a_stateful_set(readyReplicas=1), False),
        (a_stateful_set(observedGeneration=0), False),
        (a_stateful_set(2, updateRevision="b", updatedReplicas=1), False),
        (a_stateful_set(2, "OnDelete", updateRevision="b", currentReplicas=0), True),
    ],
)
def test_a_stateful_set_is_ready_when_every_replica_is_and_of_one_revision(live: Json, *, is_ready: bool) -> None:
    assert workloads.judge_stateful_set(live).is_ready == is_ready


def a_daemon_set(**status: int) -> Json:
    full = dict.fromkeys(("currentNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady"), 3)
    return {
        "metadata": {"generation": 1},
        "status": {"observedGeneration": 1, "desiredNumberScheduled": 3} | full | status,
    }


def test_a_daemon_set_is_ready_when_every_node_has_its_pod() -> None:
    assert workloads.judge_daemon_set(a_daemon_set()).is_ready
    assert workloads.judge_daemon_set(a_daemon_set(numberAvailable=2)).problems == ("Available: 2/3",)
    assert not workloads.judge_daemon_set(a_daemon_set(observedGeneration=0)).is_ready


def a_job(*found: Json, **status: Any) -> Json:
    return {"metadata": {"name": "once", "namespace": "prod"}, "status": {"conditions": list(found)} | status}


def test_a_job_is_ready_when_it_is_complete() -> None:
    assert workloads.judge_job(a_job(condition("Complete"), startTime="t")).is_ready
    running = workloads.judge_job(a_job(startTime="t", active=1))
    assert not running.is_ready
    assert running.notes[0].text == 'Waiting for Job "prod/once" to succeed (Active: 1 | Succeeded: 0 | Failed: 0)'


def test_a_job_that_failed_for_good_is_not_waited_for() -> None:
    verdict = workloads.judge_job(a_job(condition("Failed", reason="BackoffLimitExceeded", message="gave up")))
    assert verdict.has_failed
    assert verdict.problems == ("[BackoffLimitExceeded] gave up",)


def test_a_pod_is_ready_or_has_done_its_work() -> None:
    steps = [condition("PodScheduled"), condition("Initialized")]
    assert pods.judge({"status": {"conditions": [*steps, condition("Ready")]}}).is_ready
    done = {"status": {"phase": "Succeeded", "conditions": [*steps, condition("Ready", "False")]}}
    assert pods.judge(done).is_ready
    assert not pods.judge({"status": {"conditions": steps}}).is_ready


def test_a_pod_that_cannot_be_scheduled_says_why() -> None:
    pod = {"metadata": {"name": "p"}, "status": {"conditions": [condition("PodScheduled", "False", "Un", "no room")]}}
    assert pods.judge(pod).problems == ("no room",)


@pytest.mark.parametrize(
    ("phase", "mode", "is_ready"),
    [("Bound", "", True), ("Pending", "", False), ("Pending", "WaitForFirstConsumer", True), (None, "", False)],
)
def test_a_claim_is_ready_when_bound_or_left_for_its_first_consumer(
    phase: str | None, mode: str, *, is_ready: bool
) -> None:
    assert storage.judge_claim({"status": {"phase": phase}}, mode).is_ready == is_ready


def test_a_service_accounts_token_is_waited_for_and_other_secrets_are_not() -> None:
    assert storage.judge_secret({"type": "Opaque"}).is_ready
    token = {"type": "kubernetes.io/service-account-token"}
    assert not storage.judge_secret(token).is_ready
    assert storage.judge_secret(token | {"data": {"token": "dA=="}}).is_ready


def test_an_ingress_needs_an_address_and_services_with_endpoints() -> None:
    rules = [{"http": {"paths": [{"backend": {"service": {"name": "web"}}}]}}]
    bare = {"spec": {"rules": rules}}
    addressed = bare | {"status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}}
    assert ingress.judge(addressed, {"web"}).is_ready
    assert not ingress.judge(addressed, set()).is_ready
    assert not ingress.judge(bare, {"web"}).is_ready


WAIT_FOR: list[tuple[str, Json, bool]] = [
    ("condition=Ready", {"conditions": [condition("Ready")]}, True),
    ("condition=ready=false", {"conditions": [condition("Ready", "False")]}, True),
    ("condition=Ready", {"conditions": [condition("Ready", "False")]}, False),
    ("condition=Ready", {}, False),
    ("condition=Ready", {"observedGeneration": 1, "conditions": [condition("Ready")]}, False),
    ("jsonpath={.status.phase}=Running", {"phase": "Running"}, True),
    ("jsonpath={.status.phase}=Running", {"phase": "Pending"}, False),
    ("jsonpath={.status.addresses[0].ip}", {"addresses": [{"ip": "1"}]}, True),
    ("jsonpath={.status.addresses[0].ip}", {"addresses": []}, False),
    ("jsonpath={.status.ok}=true", {"ok": True}, True),
    ('["condition=Ready", "jsonpath={.status.phase}=Up"]', {"conditions": [condition("Ready")], "phase": "Up"}, True),
    ('["condition=Ready", "jsonpath={.status.phase}=Up"]', {"conditions": [condition("Ready")]}, False),
]


@pytest.mark.parametrize(("annotation", "status", "is_ready"), WAIT_FOR)
def test_a_program_may_say_what_it_waits_for(annotation: str, status: Json, *, is_ready: bool) -> None:
    live = {"metadata": {"generation": 2}, "status": status}
    assert conditions.parse(annotation).judge(live).is_ready == is_ready


@pytest.mark.parametrize("annotation", ["[]", "Ready", "jsonpath="])
def test_a_wait_that_cannot_be_read_is_quoted(annotation: str) -> None:
    with pytest.raises(conditions.WaitForError, match=r"pulumi\.com/waitFor"):
        conditions.parse(annotation)
