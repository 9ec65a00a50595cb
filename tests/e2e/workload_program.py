"""A Pulumi program: podinfo with its configuration in a ConfigMap of each track. Run by `test_workload.py`."""

from typing import Any

import pulumi

from canary import Canary, Track, settings_from_config, track_name

config = pulumi.Config("image")
COLOR = config.get("color") or "#111111"
IMAGE = f"{config.require('repository')}:{config.require('tag')}"


def podinfo(track: Track) -> list[dict[str, Any]]:
    """Everything that one track consists of."""
    name = track_name("podinfo", track)
    labels = {"app": name}
    container = {
        "name": "podinfod",
        "image": IMAGE,
        "ports": [{"name": "http", "containerPort": 9898}],
        "envFrom": [{"configMapRef": {"name": f"{name}-config"}}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 1},
    }
    spec = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    scaler = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicas": 2,
        "maxReplicas": 3,
    }
    budget = {"maxUnavailable": 1, "selector": {"matchLabels": labels}}
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{name}-config"}, "data": {"COLOR": COLOR}},
        {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": budget},
        {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name}, "spec": scaler},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec},
    ]


pulumi.export("revision", Canary("podinfo", settings=settings_from_config(name="podinfo"), workload=podinfo).revision)
