"""Resources as the engine hands them to the pack, for the tests of its rules."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from canary.settings import parse
from canary.settings.codec import spec_to_json
from policies.finding import Unjudged, Violation
from policies.pack import rules
from policies.resource import ROLLOUT, Resource
from policies.rule import Rule
from policies.view import View

TODAY = date(2026, 6, 15)
METRIC = {"name": "request-success-rate", "min": 99}
CONTAINER: dict[str, Any] = {
    "name": "web",
    "image": "shop/web:1.2.3",
    "ports": [{"containerPort": 80}],
    "readinessProbe": {"httpGet": {"path": "/readyz", "port": 80}},
    "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
}


def rule(name: str) -> Rule:
    return next(one for one in rules() if one.name == name)


def resource(kind: str, props: Mapping[str, Any], name: str = "web", stack: str = "prod", **more: Any) -> Resource:
    return Resource(kind, name, f"urn:pulumi:{stack}::shop::{kind}::{name}", View(props), **more)


def thing(kind: str, name: str = "web", namespace: Any = "shop", **fields: Any) -> Resource:
    """An object of the cluster; `fields` are those of its spec, and `labels`."""
    labels = fields.pop("labels", {})
    meta = {"name": name, "namespace": namespace, "labels": labels}
    return resource(f"kubernetes:{kind}", {"metadata": meta, "spec": fields}, name)


def workload(name: str = "web", kind: str = "apps/v1:Deployment", **fields: Any) -> Resource:
    """A Deployment as it should be; `fields` go over its spec, `container` over its container's."""
    container = {**CONTAINER, **fields.pop("container", {})}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    return thing(kind, name, **{"replicas": 2, "template": template, **fields})


def service(name: str = "web", **selector: Any) -> Resource:
    return thing("core/v1:Service", name, selector=selector or {"app": name})


def release(name: str = "web", *, stack: str = "prod", skip: bool = False, **analysis: Any) -> Resource:
    """The Rollout of our component, its specification made as the component makes it."""
    full = {"interval": "30s", "step_weight": 10, "threshold": 5, "metrics": [METRIC], **analysis}
    fields = {"name": name, "namespace": "shop", "service": {"port": 80}, "analysis": full, "skip_analysis": skip}
    spec = spec_to_json(parse(fields).to_spec(kind="Deployment", replicas=2))
    return resource(ROLLOUT, {"name": name, "namespace": "shop", "spec": spec}, f"{name}-rollout", stack)


def flagger(name: str = "web", **spec: Any) -> Resource:
    analysis = {
        "interval": "30s",
        "threshold": 5,
        "stepWeight": 10,
        "maxWeight": 50,
        "metrics": [{"name": "request-success-rate", "thresholdRange": {"min": 99}}],
        **spec.pop("analysis", {}),
    }
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    return thing("flagger.app/v1beta1:Canary", name, targetRef=target, analysis=analysis, **spec)


def judge(name: str, *resources: Resource, **settings: Any) -> list[Violation | Unjudged]:
    """What the policy `name` finds, one by one or in the stack, whichever it looks at."""
    found = rule(name)
    if found.stack is not None:
        return found.judge_stack(list(resources), settings, TODAY)
    return [finding for one in resources for finding in found.judge(one, settings, TODAY)]


def broken(name: str, *resources: Resource, **settings: Any) -> list[str]:
    """The messages of the violations; nothing may be unjudged."""
    found = judge(name, *resources, **settings)
    assert not [one for one in found if isinstance(one, Unjudged)]
    return [one.message for one in found if isinstance(one, Violation)]


def unknown(name: str, *resources: Resource, **settings: Any) -> list[str]:
    """What cannot be known; there may be no violation."""
    found = judge(name, *resources, **settings)
    assert not [one for one in found if isinstance(one, Violation)]
    return [one.place for one in found if isinstance(one, Unjudged)]
