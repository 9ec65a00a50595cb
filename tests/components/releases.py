"""Short ways to declare a release in a test."""

from copy import deepcopy
from typing import Any

from canary import Canary
from tests.components.graph import Graph, declare

ANALYSIS = {"step_weight": 20, "metrics": [{"name": "request-success-rate", "min": 99}]}
CONTAINER = {
    "name": "podinfod",
    "image": "stefanprodan/podinfo:2.1.0",
    "ports": [{"name": "http", "containerPort": 9898}],
}
DEPLOYMENT: dict[str, Any] = {
    "replicas": 2,
    "selector": {"matchLabels": {"app": "podinfo", "team": "web"}},
    "template": {"metadata": {"labels": {"app": "podinfo", "team": "web"}}, "spec": {"containers": [CONTAINER]}},
}
FIELDS: dict[str, Any] = {"namespace": "prod", "service": {"port": 9898}, "analysis": ANALYSIS}


def deployment(image: Any = "stefanprodan/podinfo:2.1.0", **changes: Any) -> dict[str, Any]:
    """The declared Deployment with another image, or other fields."""
    spec = deepcopy(DEPLOYMENT)
    spec["template"]["spec"]["containers"][0]["image"] = image
    return {**spec, **changes}


def release(declared: Any = None, *, preview: bool = False, **fields: Any) -> Graph:
    """The graph of one release `podinfo`; what can only be made inside a program is `declared` as a function."""

    def program() -> Any:
        given = declared() if callable(declared) else declared or DEPLOYMENT
        return Canary("podinfo", deployment=given, **{**FIELDS, **fields}).promotion.urn

    return declare(program, preview=preview)


def revision(declared: Any = None, **fields: Any) -> str:
    """The revision of that release."""
    return str(release(declared, **fields).one("Rollout").inputs["revision"])
