"""A Pulumi program: a backend and a frontend that are released together or not at all. Run by `test_group.py`."""

from typing import Any

import pulumi

from canary import Release, ReleaseGroup

image, shop = pulumi.Config("image"), pulumi.Config("shop")
NAMESPACE = pulumi.Config("canary").require("namespace")


def release(name: str) -> Release:
    """One pod for each track, two steps; `shop:NAME` is what its load asks for."""
    container = {
        "name": "podinfod",
        "image": f"{image.require('repository')}:{image.require('tag')}",
        "ports": [{"name": "http", "containerPort": 9898}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 1},
    }
    labels = {"app": name}
    template: dict[str, Any] = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    load = f"hey -z 2m -q 10 -c 1 http://{name}-canary.{NAMESPACE}:9898/{shop.get(name) or ''}"
    return Release(
        name,
        namespace=NAMESPACE,
        service={"port": 9898},
        deployment={"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
        analysis={
            "interval": "2s",
            "step_weight": 50,
            "threshold": 2,
            "drain": "1s",
            "metrics": [{"name": "request-success-rate", "min": 99}],
            "webhooks": [{"name": "load-test", "url": "http://load-tester.prod/", "metadata": {"cmd": load}}],
        },
    )


group = ReleaseGroup(
    "shop", [release("backend"), release("frontend")], ordered=shop.get_bool("ordered") or False, begin_deadline="1m"
)
pulumi.export("revisions", {name: canary.revision for name, canary in group.canaries.items()})
