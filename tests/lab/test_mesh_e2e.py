"""The data plane in a whole lab: real pods, real Prometheus, real load, and nothing lost."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest

from lab.cluster import Lab
from lab.toolchain import tool

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

SELECTORS = {"podinfo": "podinfo-primary", "podinfo-primary": "podinfo-primary", "podinfo-canary": "podinfo"}
ADMIN = "http://10.44.0.1:9901/config_dump?resource=dynamic_route_configs"
PROMETHEUS = "/api/v1/namespaces/linkerd-viz/services/prometheus:9090/proxy/api/v1/query?query="


class World:
    """A lab with podinfo in it, as the walk-through has it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def kubectl(self, *arguments: str, given: str | None = None) -> str:
        command = [str(tool("kubectl")), "-n", "prod", *arguments]
        environment = os.environ | self.lab.env()
        answer = subprocess.run(command, env=environment, input=given, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def apply(self, *objects: Mapping[str, Any]) -> None:
        given = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", given=given)

    def split(self, canary: int, primary: int) -> None:
        """Change the weights and wait until Envoy has them."""
        self.apply(traffic_split(canary, primary))
        until(lambda: self.canary_percent() == canary * 100 / (canary + primary))

    def canary_percent(self) -> float:
        """The canary's part of the apex Service's route, as Envoy's admin address tells it."""
        ask = f"import urllib.request as u; print(u.urlopen('{ADMIN}').read().decode())"
        answer = self.lab.exec([sys.executable, "-c", ask], capture_output=True, text=True)
        assert answer.returncode == 0, answer.stderr
        tables = [item["route_config"] for item in json.loads(answer.stdout)["configs"]]
        (apex,) = (table for table in tables if table["name"].startswith("prod/podinfo/"))
        shares = apex["virtual_hosts"][0]["routes"][0]["route"]["weighted_clusters"]["clusters"]
        canary = sum(share["weight"] for share in shares if "|deployment/podinfo|" in share["name"])
        return float(canary * 100 / sum(share["weight"] for share in shares))

    def rolled_out(self, deployment: str) -> None:
        self.kubectl("rollout", "status", f"deployment/{deployment}", "--timeout=60s")

    def load(self, *arguments: str) -> "subprocess.Popen[str]":
        return self.lab.popen([str(tool("hey")), *arguments], "prod", stdout=subprocess.PIPE, text=True)

    def query(self, expression: str) -> float:
        """The value of a query with one result; 0 if there is none."""
        result = json.loads(self.kubectl("get", "--raw", PROMETHEUS + quote(expression)))["data"]["result"]
        return float(result[0]["value"][1]) if result else 0.0

    def counted(self, deployment: str, *matchers: str) -> float:
        labels = ",".join(['namespace="prod"', f'deployment="{deployment}"', 'direction="inbound"', *matchers])
        return self.query(f"sum(response_total{{{labels}}})")


def deployment(name: str, replicas: int) -> dict[str, Any]:
    container = {
        "name": "podinfod",
        "image": "stefanprodan/podinfo:2.1.0",
        "command": ["./podinfo", "--port=9898", "--level=error"],
        "ports": [{"name": "http", "containerPort": 9898}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 9898}, "periodSeconds": 1},
    }
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def service(name: str, app: str) -> dict[str, Any]:
    spec = {"selector": {"app": app}, "ports": [{"name": "http", "port": 9898, "targetPort": "http"}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def traffic_split(canary: int, primary: int) -> dict[str, Any]:
    backends = [{"service": "podinfo-canary", "weight": canary}, {"service": "podinfo-primary", "weight": primary}]
    spec = {"service": "podinfo", "backends": backends}
    kind = {"apiVersion": "split.smi-spec.io/v1alpha2", "kind": "TrafficSplit"}
    return kind | {"metadata": {"name": "podinfo"}, "spec": spec}


def statuses(output: str) -> dict[int, int]:
    """Of hey's report: answers by status; requests without an answer are counted as status 0."""
    found = {int(status): int(count) for status, count in re.findall(r"\[(\d{3})\]\s+(\d+) responses", output)}
    errors = output.partition("Error distribution:")[2]
    lost = sum(int(count) for count in re.findall(r"^\s+\[(\d+)\]", errors, re.MULTILINE))
    return found | ({0: lost} if lost else {})


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    lab = Lab(f"mesh-e2e-{os.getpid()}")
    lab.up()
    try:
        world = World(lab)
        world.apply(deployment("podinfo-primary", 2), deployment("podinfo", 1), traffic_split(0, 100))
        world.apply(*(service(name, app) for name, app in SELECTORS.items()))
        world.rolled_out("podinfo-primary")
        world.rolled_out("podinfo")
        yield world
    finally:
        lab.down(purge=True)


def test_a_split_of_20_to_80_is_kept_and_every_request_is_counted_once(world: World) -> None:
    world.split(20, 80)
    canary, primary = world.counted("podinfo"), world.counted("podinfo-primary")
    output, _ = world.load("-n", "2000", "-c", "50", "http://podinfo:9898/").communicate()
    assert statuses(output) == {200: 2000}
    until(lambda: world.counted("podinfo") + world.counted("podinfo-primary") == canary + primary + 2000)
    # 400 expected, standard deviation 17.9: five deviations
    assert 310 <= world.counted("podinfo") - canary <= 490
    latencies = 'sum(response_latency_ms_count{namespace="prod",deployment=~"podinfo.*",direction="inbound"})'
    until(lambda: world.query(latencies) == canary + primary + 2000)
    assert world.query('sum(request_total{namespace="prod",deployment=~"podinfo.*"})') == canary + primary + 2000


def test_no_request_fails_while_weights_change(world: World) -> None:
    load = world.load("-z", "8s", "-c", "10", "-q", "20", "http://podinfo:9898/")
    for canary in (5, 50, 100, 35, 0, 100, 0):
        world.split(canary, 100 - canary)
    answers = statuses(load.communicate()[0])
    assert set(answers) == {200}
    assert answers[200] > 500


def test_weight_zero_sends_nothing(world: World) -> None:
    world.split(0, 100)
    canary, primary = world.counted("podinfo"), world.counted("podinfo-primary")
    output, _ = world.load("-n", "1000", "-c", "20", "http://podinfo:9898/").communicate()
    assert statuses(output) == {200: 1000}
    until(lambda: world.counted("podinfo-primary") >= primary + 1000)
    assert world.counted("podinfo") == canary


def test_no_request_fails_while_a_pod_is_deleted(world: World) -> None:
    world.split(0, 100)
    load = world.load("-z", "10s", "-c", "10", "-q", "20", "http://podinfo:9898/")
    victim = world.kubectl("get", "pods", "-l", "app=podinfo-primary", "-o", "name").split()[0]
    world.kubectl("delete", victim)
    answers = statuses(load.communicate()[0])
    assert set(answers) == {200}
    world.rolled_out("podinfo-primary")


def test_no_request_fails_while_a_deployment_rolls(world: World) -> None:
    world.split(0, 100)
    load = world.load("-z", "20s", "-c", "10", "-q", "20", "http://podinfo:9898/")
    world.kubectl("set", "env", "deployment/podinfo-primary", f"ROLLED_AT={time.time_ns()}")
    world.rolled_out("podinfo-primary")
    answers = statuses(load.communicate()[0])
    assert set(answers) == {200}


def test_when_every_answer_is_5xx_only_failures_are_counted(world: World) -> None:
    failures, successes = 'classification="failure"', 'classification="success"'
    before = world.counted("podinfo", failures), world.counted("podinfo", successes)
    output, _ = world.load("-n", "50", "-c", "5", "http://podinfo-canary:9898/status/500").communicate()
    assert statuses(output) == {500: 50}
    until(lambda: world.counted("podinfo", failures, 'status_code="500"') == before[0] + 50)
    assert world.counted("podinfo", successes) == before[1]


def test_the_p99_of_a_slow_pod_is_seen_in_milliseconds(world: World) -> None:
    output, _ = world.load("-n", "20", "-c", "10", "http://podinfo-canary:9898/delay/1").communicate()
    assert set(statuses(output)) == {200}
    rate = (
        'sum(rate(response_latency_ms_bucket{namespace="prod",deployment="podinfo",direction="inbound"}[30s])) by (le)'
    )
    until(lambda: 1000 <= world.query(f"histogram_quantile(0.99, {rate})") <= 2000)


def test_a_crashed_agent_hurts_no_request(world: World) -> None:
    load = world.load("-z", "6s", "-c", "10", "-q", "20", "http://podinfo:9898/")
    assert world.lab.kill("mesh")
    world.lab.wait_ready()
    assert set(statuses(load.communicate()[0])) == {200}
