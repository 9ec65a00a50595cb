"""A Pulumi program: six small releases, side by side. Run by `test_many_at_once.py`."""

import pulumi

from canary import Canary

IMAGE = pulumi.Config("image")
NAMESPACE = pulumi.Config("canary").require("namespace")
NAMES = [f"app-{number}" for number in range(6)]


def release(name: str) -> Canary:
    """One pod for each track; its steps take far longer than any test waits."""
    container = {
        "name": "podinfod",
        "image": f"{IMAGE.require('repository')}:{IMAGE.require('tag')}",
        "ports": [{"name": "http", "containerPort": 9898}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 1},
        "lifecycle": {"preStop": {"sleep": {"seconds": 2}}},
    }
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    return Canary(
        name,
        namespace=NAMESPACE,
        service={"port": 9898},
        deployment={"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template},
        analysis={
            "interval": "30s",
            "steps": [{"weight": 50, "duration": "1h"}],
            "drain": "1s",
            "metrics": [{"name": "request-success-rate", "min": 99}],
        },
    )


for one in NAMES:
    release(one)
