"""A program that breaks every policy, or some, or none, or cannot be judged yet. Run by `test_policy_pack.py`."""

import uuid
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

from canary import Canary
from canary.guard import Guard

CASE = pulumi.Config("policies").require("case")
NAMESPACE = pulumi.Config("canary").require("namespace")
SOUND: dict[str, Any] = {
    "image": "shop/web:1.2.3",
    "readinessProbe": {"httpGet": {"path": "/readyz", "port": 80}},
    "livenessProbe": {"httpGet": {"path": "/healthz", "port": 80}},
    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "32Mi"}},
}
METRIC = {"name": "request-success-rate", "min": 99}
HOOK = {"name": "hook", "url": "http://load-tester.prod/"}
STRANGE = {"name": "hook", "url": "http://hooks.example.com/t0ken"}
FLAGGER = {"name": "request-success-rate", "thresholdRange": {"min": 99}}
MEASURED = {"templates": [{"templateName": "success-rate"}]}


def deployment(name: str, container: dict[str, Any], replicas: int = 2) -> dict[str, Any]:
    labels = {"app": name}
    containers = [{"name": "web", "ports": [{"containerPort": 80}], **container}]
    return {
        "replicas": replicas,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
    }


def meta(name: str) -> dict[str, Any]:
    return {"name": name, "namespace": NAMESPACE}


def plain(name: str, container: dict[str, Any], replicas: int = 2) -> None:
    """A Deployment behind a Service, and nothing else."""
    k8s.apps.v1.Deployment(name, metadata=meta(name), spec=deployment(name, container, replicas))
    spec = {"selector": {"app": name}, "ports": [{"port": 80}]}
    k8s.core.v1.Service(name, metadata=meta(name), spec=spec)


def custom(name: str, version: str, kind: str, spec: dict[str, Any], **options: Any) -> None:
    opts = pulumi.ResourceOptions(**options)
    k8s.apiextensions.CustomResource(name, api_version=version, kind=kind, metadata=meta(name), spec=spec, opts=opts)


def released(name: str, container: dict[str, Any], parent: pulumi.Resource, *, skip: bool = False, **more: Any) -> None:
    analysis: Any = {
        "interval": "10s",
        "step_weight": 10,
        "threshold": 5,
        "metrics": [METRIC],
        "webhooks": [HOOK],
        **more,
    }
    Canary(
        name,
        namespace=NAMESPACE,
        service={"port": 80},
        deployment=deployment(name, container),
        analysis=analysis,
        skip_analysis=skip,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def flagger(name: str, *, skip: bool = False, **analysis: Any) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    full = {"interval": "30s", "threshold": 5, "stepWeight": 10, "maxWeight": 50, "metrics": [FLAGGER], **analysis}
    custom(name, "flagger.app/v1beta1", "Canary", {"targetRef": target, "analysis": full, "skipAnalysis": skip})


def argo(name: str, canary: dict[str, Any], container: dict[str, Any]) -> None:
    spec = {**deployment(name, container), "strategy": {"canary": canary}}
    custom(name, "argoproj.io/v1alpha1", "Rollout", spec)


def budget(name: str, app: str) -> None:
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": {"app": app}}}
    k8s.policy.v1.PodDisruptionBudget(name, metadata=meta(name), spec=spec)


def split(canary: int, ignored: list[str]) -> None:
    backends = [{"service": "raw-primary", "weight": 100 - canary}, {"service": "raw-canary", "weight": canary}]
    spec = {"service": "raw", "backends": backends}
    custom("raw", "split.smi-spec.io/v1alpha2", "TrafficSplit", spec, ignore_changes=ignored)


def broken(parent: pulumi.Resource) -> None:
    """Every policy has something to refuse, in every dialect it knows."""
    plain("bare", {"image": "shop/web"}, replicas=1)
    low = [{**METRIC, "min": 50}]
    released("loose", SOUND, parent, threshold=50, interval="700s", step_weight=60, metrics=low, webhooks=[STRANGE])
    released("hasty", SOUND, parent, skip=True)
    flagger("theirs", threshold=50, metrics=[], webhooks=[STRANGE])
    argo("blind", {"steps": [{"setWeight": 90}]}, {**SOUND, "image": "shop/web:latest"})
    split(50, [])


def loose(parent: pulumi.Resource) -> None:
    """What advice, exemptions and remedies are for."""
    k8s.apps.v1.Deployment("bare", metadata=meta("bare"), spec=deployment("bare", {"image": "shop/web"}))
    released("ours", SOUND, parent, threshold=50)
    flagger("theirs", skip=True, threshold=50)


def sound(parent: pulumi.Resource) -> None:
    """The same, as it should be."""
    released("ours", SOUND, parent)
    budget("ours", "ours-primary")
    Guard(namespace=NAMESPACE, image="shop/canary:1.2.3")
    plain("theirs", SOUND)
    flagger("theirs", webhooks=[HOOK])
    budget("theirs", "theirs-primary")
    argo("measured", {"steps": [{"setWeight": 25}, {"setWeight": 50}], "analysis": MEASURED}, SOUND)
    budget("measured", "measured")
    split(0, ["spec.backends"])


class LateProvider(ResourceProvider):
    """Gives a value that nobody knows before."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(str(uuid.uuid4()), {**props, "value": "latest"})


class Late(Resource):
    value: pulumi.Output[str]

    def __init__(self, name: str) -> None:
        super().__init__(LateProvider(), name, {"value": None})


def late() -> None:
    """One image that is not known yet beside one that is, and is fine."""
    tag = Late("tag").value
    plain("late", {**SOUND, "image": pulumi.Output.concat("shop/web:", tag)})


root = pulumi.ComponentResource("shop:index:Team", "team")
{"broken": lambda: broken(root), "loose": lambda: loose(root), "sound": lambda: sound(root), "late": late}[CASE]()
