"""A lab whose pods can be described in one line and waited for: what the node agent's end-to-end tests share."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from typing import Any

from lab.cluster import Lab
from lab.toolchain import tool

NAMESPACE = "node-e2e"
Json = dict[str, Any]


class World:
    """A namespace in a running lab."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})

    def run(self, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [str(tool("kubectl")), "-n", NAMESPACE, *arguments]
        environment = os.environ | self.lab.env()
        return subprocess.run(command, env=environment, input=given, capture_output=True, text=True, check=False)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [str(tool("kubectl")), "-n", NAMESPACE, *arguments]
        return subprocess.Popen(command, env=os.environ | self.lab.env(), stdout=subprocess.PIPE, text=True)

    def kubectl(self, *arguments: str, given: str | None = None) -> str:
        answer = self.run(*arguments, given=given)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def apply(self, *objects: Json) -> None:
        given = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        self.kubectl("apply", "--server-side", "-f", "-", given=given)

    def get(self, kind: str, name: str) -> Json:
        found: Json = json.loads(self.kubectl("get", kind, name, "-o", "json"))
        return found

    def container(self, pod: str) -> Json:
        """The status of a pod's first container; empty before there is one."""
        statuses = self.get("pod", pod)["status"].get("containerStatuses") or [{}]
        first: Json = statuses[0]
        return first

    def ready(self, pod: str) -> bool:
        conditions = self.get("pod", pod)["status"].get("conditions") or []
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    def reasons(self, pod: str) -> set[str]:
        """The reasons of all events about a pod."""
        selector = f"involvedObject.name={pod}"
        found = json.loads(self.kubectl("get", "events", "--field-selector", selector, "-o", "json"))
        return {event["reason"] for event in found["items"]}

    def gone(self, kind: str, name: str) -> bool:
        return not self.kubectl("get", kind, name, "--ignore-not-found")


def pod(name: str, *command: str, image: str = "busybox", **container: Any) -> Json:
    """A pod of one container; keywords beside ``spec_...`` are fields of the container."""
    spec = {key.removeprefix("spec_"): container.pop(key) for key in list(container) if key.startswith("spec_")}
    first = {"name": "main", "image": image, "command": list(command)} | container
    body = {"containers": [first], "terminationGracePeriodSeconds": 2} | spec
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}}, "spec": body}


def shell(name: str, script: str, **more: Any) -> Json:
    """A pod that runs a shell script."""
    return pod(name, "sh", "-c", script, **more)


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.1)
