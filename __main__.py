"""podinfo under progressive delivery: `pulumi up` releases it, `git revert` and `pulumi up` take it back."""

import pulumi

from canary import Canary, settings_from_config

image = pulumi.Config("image")

podinfo = Canary(
    "podinfo",
    settings=settings_from_config("canary", name="podinfo"),
    deployment={
        "replicas": 2,
        "selector": {"matchLabels": {"app": "podinfo"}},
        "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "template": {
            "metadata": {"labels": {"app": "podinfo"}},
            "spec": {
                "containers": [
                    {
                        "name": "podinfod",
                        "image": f"{image.require('repository')}:{image.require('tag')}",
                        "ports": [{"name": "http", "containerPort": 9898}],
                        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 1},
                        "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 10},
                        "lifecycle": {"preStop": {"sleep": {"seconds": 2}}},
                        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
                    }
                ]
            },
        },
    },
)

pulumi.export("revision", podinfo.revision)
