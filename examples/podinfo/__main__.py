"""podinfo, released as the Flagger object beside this file says: the object stays, the controller goes.

`pulumi config set podinfo:interval 2s` is the one thing that a stack may have otherwise; without it the object's holds.
"""

import pulumi

from canary import Canary, from_flagger

image = pulumi.Config("image")
interval = pulumi.Config("podinfo").get("interval")

flagger = from_flagger("canary.yaml", overrides={"analysis": {"interval": interval}} if interval else None)
for note in flagger.notes:
    pulumi.log.info(f"canary.yaml: {note}")

podinfo = Canary(
    "podinfo",
    settings=flagger.settings,
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
                    }
                ]
            },
        },
    },
)

pulumi.export("revision", podinfo.revision)
