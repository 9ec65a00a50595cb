"""What the demo and the end-to-end tests ask of the cluster, with kubectl, as an operator would."""

import json
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Any

POLL_S = 0.3


class Kubectl:
    """kubectl against one lab, in one namespace."""

    def __init__(self, env: Mapping[str, str], namespace: str = "prod") -> None:
        self.env, self.namespace = dict(env), namespace

    def __call__(self, *args: str) -> str:
        """Run kubectl; its output. Raises CalledProcessError."""
        command = ["kubectl", "-n", self.namespace, *args]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, check=True, timeout=60).stdout

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """One object, empty when it does not exist."""
        found = json.loads(self("get", kind, name, "-o", "json", "--ignore-not-found") or "{}")
        return dict(found)

    def weights(self, split: str = "podinfo") -> dict[str, int]:
        """Weight by Service."""
        backends = self.get("trafficsplit", split).get("spec", {}).get("backends", [])
        return {backend["service"]: int(backend["weight"]) for backend in backends}

    def replicas(self, deployment: str) -> int:
        """Pods of a Deployment that exist."""
        return int(self.get("deployment", deployment).get("status", {}).get("replicas", 0))

    def image(self, deployment: str) -> str:
        """Image of a Deployment's first container."""
        template = self.get("deployment", deployment)["spec"]["template"]
        return str(template["spec"]["containers"][0]["image"])


def eventually(what: str, condition: Callable[[], bool], timeout: float = 60) -> None:
    """Poll until `condition` holds. Raises TimeoutError that says what did not come."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {timeout:g} s")
        time.sleep(POLL_S)
