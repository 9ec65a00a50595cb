"""The node agent under a real API server: pods are processes, and their status is the truth."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from lab.cluster import Lab
from tests.lab.node_world import World, pod, shell, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

# Ends at once on SIGTERM, unlike a bare sleep: process 1 of a container ignores signals it does not handle.
WAIT = "trap 'exit 0' TERM; sleep 1000 & wait"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    lab = Lab(f"node-e2e-{os.getpid()}", without=("mesh",))
    lab.up()
    try:
        yield World(lab)
    finally:
        lab.down(purge=True)


def test_a_deployment_of_podinfo_is_available_soon_and_reports_its_tag(world: World) -> None:
    began = time.monotonic()
    world.kubectl("create", "deployment", "web", "--image=stefanprodan/podinfo:2.1.0", "--replicas=2")
    world.kubectl("wait", "--for=condition=available", "deployment/web", "--timeout=30s")
    # 0.4 s alone on the machine, once the image is cached; here it may have to be linked first.
    assert time.monotonic() - began < 20
    answer = world.kubectl("exec", "deploy/web", "--", "curl", "-s", "http://localhost:9898/version")
    assert '"version": "2.1.0"' in answer


def test_two_pods_may_listen_on_the_same_port(world: World) -> None:
    listen = ["python3", "-m", "http.server", "8000"]
    probe = {"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 1}
    ports = [{"name": "http", "containerPort": 8000}]
    for name in ("one", "two"):
        world.apply(pod(name, *listen, image="python:3.11", readinessProbe=probe, ports=ports))
    until(lambda: world.ready("one") and world.ready("two"))
    there = world.get("pod", "two")["status"]["podIP"]
    assert "Directory listing" in world.kubectl("exec", "one", "--", "curl", "-s", f"http://{there}:8000/")


def test_configuration_reaches_a_container_as_variables_files_and_arguments(world: World) -> None:
    world.kubectl("create", "configmap", "settings", "--from-literal=COLOR=blue", "--from-literal=file.txt=from a map")
    world.kubectl("create", "secret", "generic", "hidden", "--from-literal=PASSWORD=s3cret")
    world.apply(
        pod(
            "configured", "sh", "-c", "echo $0 $COLOR $OWN; cat /etc/app/file.txt /data/deep/x; cat /etc/hostname",
            "$(NAME)", spec_restartPolicy="Never",
            envFrom=[{"configMapRef": {"name": "settings"}}],
            env=[
                {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "hidden", "key": "PASSWORD"}}},
                {"name": "OWN", "value": "$(PASSWORD)!"},
            ],
            volumeMounts=[
                {"name": "map", "mountPath": "/etc/app"},
                {"name": "empty", "mountPath": "/data/deep", "subPath": "sub"},
            ],
            spec_initContainers=[{
                "name": "fill", "image": "busybox", "command": ["sh", "-c", "echo ' by init' > /data/sub/x"],
                "volumeMounts": [{"name": "empty", "mountPath": "/data"}, {"name": "empty", "mountPath": "/data/sub",
                                                                            "subPath": "sub"}],
            }],
            spec_volumes=[{"name": "map", "configMap": {"name": "settings"}}, {"name": "empty", "emptyDir": {}}],
        )
    )  # fmt: skip
    until(lambda: world.get("pod", "configured")["status"].get("phase") == "Succeeded")
    assert world.kubectl("logs", "configured").split("\n")[:3] == [
        "configured blue s3cret!", "from a map by init", "configured",
    ]  # fmt: skip


def test_a_pod_reaches_the_api_server_as_its_service_account(world: World) -> None:
    world.apply(pod("caller", "sh", "-c", WAIT, image="ghcr.io/fluxcd/flagger-loadtester:0.34.0"))
    until(lambda: world.ready("caller"))
    whoami = world.kubectl("exec", "caller", "--", "kubectl", "auth", "whoami")
    assert "system:serviceaccount:node-e2e:default" in whoami


def test_readiness_follows_the_probe_both_ways(world: World) -> None:
    probe = {"exec": {"command": ["test", "-f", "/tmp/ready"]}, "periodSeconds": 1, "failureThreshold": 1}
    world.apply(shell("moody", WAIT, readinessProbe=probe))
    until(lambda: bool(world.container("moody").get("started")))
    assert not world.ready("moody")
    world.kubectl("exec", "moody", "--", "touch", "/tmp/ready")
    until(lambda: world.ready("moody"))
    world.kubectl("exec", "moody", "--", "rm", "/tmp/ready")
    until(lambda: not world.ready("moody"))
    until(lambda: "Unhealthy" in world.reasons("moody"))


def test_a_failed_liveness_probe_restarts_the_container(world: World) -> None:
    probe = {"exec": {"command": ["test", "!", "-f", "/tmp/dead"]}, "periodSeconds": 1, "failureThreshold": 2}
    world.apply(shell("mortal", WAIT, livenessProbe=probe))
    until(lambda: world.ready("mortal"))
    world.kubectl("exec", "mortal", "--", "touch", "/tmp/dead")
    until(lambda: world.container("mortal")["restartCount"] == 1 and world.ready("mortal"))
    assert {"Unhealthy", "Killing"} <= world.reasons("mortal")


def test_a_container_that_keeps_ending_is_in_a_crash_loop(world: World) -> None:
    world.apply(shell("crashing", "echo life; exit 3"))
    until(lambda: world.container("crashing").get("restartCount", 0) >= 2)
    until(lambda: world.container("crashing")["state"].get("waiting", {}).get("reason") == "CrashLoopBackOff")
    status = world.container("crashing")
    assert status["lastState"]["terminated"]["exitCode"] == 3
    assert world.kubectl("logs", "crashing", "--previous") == "life\n"
    assert "BackOff" in world.reasons("crashing")


def test_an_unknown_image_is_never_pulled_and_says_so(world: World) -> None:
    world.apply(pod("imageless", "true", image="example.com/nothing:1"))
    until(lambda: world.container("imageless").get("state", {}).get("waiting", {}).get("reason") == "ImagePullBackOff")
    message = world.container("imageless")["state"]["waiting"]["message"]
    assert "has none for example.com/nothing" in message
    assert world.get("pod", "imageless")["status"]["phase"] == "Pending"


def test_a_program_that_does_not_exist_is_a_start_error(world: World) -> None:
    world.apply(pod("mistyped", "/no/such/program", spec_restartPolicy="Never"))
    until(lambda: world.get("pod", "mistyped")["status"]["phase"] == "Failed")
    ended = world.container("mistyped")["state"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("StartError", 128)
    assert "'/no/such/program' (in /): No such file or directory" in ended["message"]


def test_a_pod_that_fits_nowhere_stays_pending_with_the_reason(world: World) -> None:
    world.apply(shell("picky", WAIT, spec_nodeSelector={"disk": "ssd"}))
    until(lambda: "FailedScheduling" in world.reasons("picky"))
    conditions = world.get("pod", "picky")["status"]["conditions"]
    assert [(c["type"], c["reason"]) for c in conditions] == [("PodScheduled", "Unschedulable")]


def test_deleting_runs_the_hook_then_sigterm_and_lets_the_program_finish(world: World) -> None:
    script = "trap 'echo term; sleep 1; echo bye; exit 0' TERM; sleep 1000 & wait"
    hook = {"preStop": {"exec": {"command": ["sh", "-c", "echo hook > /proc/1/fd/1"]}}}
    world.apply(shell("polite", script, lifecycle=hook, spec_terminationGracePeriodSeconds=20))
    until(lambda: world.ready("polite"))
    logs = world.start("logs", "-f", "polite")
    world.kubectl("delete", "pod", "polite", "--wait=false")
    until(lambda: world.gone("pod", "polite"), seconds=15)
    assert logs.communicate(timeout=10)[0] == "hook\nterm\nbye\n"


def test_a_program_that_ignores_sigterm_is_killed_when_its_grace_is_over(world: World) -> None:
    world.apply(shell("stubborn", "trap '' TERM; while true; do sleep 1; done"))
    until(lambda: world.ready("stubborn"))
    began = time.monotonic()
    world.kubectl("delete", "pod", "stubborn", "--wait=false")
    until(lambda: world.gone("pod", "stubborn"), seconds=15)
    assert time.monotonic() - began > 0.9  # two seconds of grace, less what the API server rounds away


def test_a_job_completes(world: World) -> None:
    world.kubectl("create", "job", "count", "--image=busybox", "--", "sh", "-c", "echo done")
    world.kubectl("wait", "--for=condition=complete", "job/count", "--timeout=30s")


def test_a_daemon_set_has_its_pod_here(world: World) -> None:
    template = shell("agent", WAIT)
    labels = {"app": "agent"}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": template["spec"]}}
    world.apply({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": spec})
    world.kubectl("rollout", "status", "daemonset/agent", "--timeout=30s")


def test_exec_passes_input_output_and_the_exit_code(world: World) -> None:
    world.apply(shell("target", WAIT))
    until(lambda: world.ready("target"))
    assert world.kubectl("exec", "-i", "target", "--", "cat", given="a\nb\n") == "a\nb\n"
    failed = world.run("exec", "target", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (failed.returncode, failed.stdout) == (7, "out\n")
    assert failed.stderr.startswith("err\n")


def test_a_killed_agent_restarts_its_pods_and_says_so(world: World) -> None:
    world.apply(shell("survivor", WAIT))
    until(lambda: world.ready("survivor"))
    address = world.get("pod", "survivor")["status"]["podIP"]
    world.lab.kill("node", signal.SIGKILL)
    until(lambda: world.container("survivor")["restartCount"] == 1 and world.ready("survivor"))
    assert world.container("survivor")["lastState"]["terminated"]["reason"] == "Unknown"
    assert world.get("pod", "survivor")["status"]["podIP"] == address
