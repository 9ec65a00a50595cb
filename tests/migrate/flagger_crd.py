"""Every field of the specs in Flagger's CustomResourceDefinitions (v1beta1, as of July 2026), with a value to try.

A path is as in a Canary: `[]` is an item of a list. What is named as a whole, with all below it, stands here once.
"""

from typing import Any

HEADER: dict[str, Any] = {"x-user": {"exact": "me"}}

# Setting one of these changes the release.
HONOURED: dict[str, Any] = {
    "provider": "smi:v1alpha1",
    "metricsServer": "http://prometheus:9090",
    "progressDeadlineSeconds": 30,
    "targetRef.kind": "DaemonSet",
    "targetRef.name": "other",
    "service.name": "web",
    "service.port": 80,
    "service.portName": "web",
    "service.appProtocol": "http",
    "service.targetPort": "http-port",
    "skipAnalysis": True,
    "suspend": True,
    "analysis.interval": "20s",
    "analysis.iterations": 7,
    "analysis.threshold": 9,
    "analysis.maxWeight": 50,
    "analysis.stepWeight": 50,
    "analysis.stepWeightPromotion": 20,
    "analysis.primaryReadyThreshold": 70,
    "analysis.canaryReadyThreshold": 70,
    "analysis.metrics[].name": "request-duration",
    "analysis.metrics[].interval": "2m",
    "analysis.metrics[].thresholdRange.min": 95,
    "analysis.metrics[].thresholdRange.max": 99.9,
    "analysis.alerts[].name": "another",
    "analysis.alerts[].severity": "error",
    "analysis.webhooks[].name": "another",
    "analysis.webhooks[].type": "pre-rollout",
    "analysis.webhooks[].muteAlert": True,
    "analysis.webhooks[].url": "http://other/",
    "analysis.webhooks[].timeout": "7s",
    "analysis.webhooks[].retries": 3,
    "analysis.webhooks[].disableTLS": True,
    "analysis.webhooks[].metadata": {"aKey": "aValue"},
    "analysis.alerts[].providerRef.name": "second",
    "analysis.alerts[].providerRef.namespace": "shared",
}

# Honoured, but only in the place of another field: what to leave out for it.
IN_PLACE_OF: dict[str, tuple[str, Any]] = {
    "analysis.stepWeights": ("analysis.stepWeight", [1, 50]),
    "analysis.metrics[].threshold": ("analysis.metrics[].thresholdRange", 95),
}

# Honoured on a metric that is not built in.
OF_CUSTOM_METRIC: dict[str, Any] = {
    "analysis.metrics[].query": "sum(b)",
    "analysis.metrics[].templateVariables": {"aB": "c"},
    "analysis.metrics[].templateRef.name": "errors",
    "analysis.metrics[].templateRef.namespace": "shared",
}

# What the router has to be able to do. With one that cannot, the router is the only thing named.
OF_ROUTER: dict[str, Any] = {
    "analysis.mirror": True,
    "analysis.mirrorWeight": 10,
    "analysis.match[].headers.*.exact": "me",
    "analysis.match[].headers.*.prefix": "m",
    "analysis.match[].headers.*.suffix": "e",
    "analysis.match[].headers.*.regex": "m.*",
    "analysis.sessionAffinity.cookieName": "c",
    "analysis.sessionAffinity.maxAge": 60,
}

# No counterpart here: each of these is a fault or a note under its own path.
NAMED: dict[str, Any] = {
    "autoscalerRef": {"kind": "HorizontalPodAutoscaler", "name": "x"},
    "ingressRef": {"name": "x"},
    "routeRef": {"name": "x"},
    "upstreamRef": {"name": "x"},
    "revertOnDeletion": True,
    "service.trafficDistribution": "PreferClose",
    "service.portDiscovery": True,
    "service.headless": True,
    "service.timeout": "5s",
    "service.backendTimeout": "5s",
    "service.meshName": "mesh",
    "service.backends": ["x"],
    "service.hosts": ["x"],
    "service.delegation": True,
    "service.match": [{"uri": {"prefix": "/"}}],
    "service.retries": {"attempts": 3},
    "service.rewrite": {"uri": "/"},
    "service.mirror": [{"backendRef": {"name": "x"}}],
    "service.headers": {"request": {"add": {"a": "b"}}},
    "service.gateways": ["x"],
    "service.gatewayRefs": [{"name": "x"}],
    "service.corsPolicy": {"maxAge": "1h"},
    "service.trafficPolicy": {"tls": {"mode": "DISABLE"}},
    "service.apex": {"labels": {"a": "b"}},
    "service.primary": {"labels": {"a": "b"}},
    "service.canary": {"annotations": {"a": "b"}},
    "service.unmanagedMetadata": {"labels": ["a"]},
    "analysis.match[].queryParams": {"a": {"exact": "b"}},
    "analysis.match[].sourceLabels": {"a": "b"},
    "analysis.sessionAffinity.primaryCookieName": "p",
    "analysis.sessionAffinity.domain": "d",
    "analysis.sessionAffinity.httpOnly": True,
    "analysis.sessionAffinity.partitioned": True,
    "analysis.sessionAffinity.path": "/",
    "analysis.sessionAffinity.sameSite": "Lax",
    "analysis.sessionAffinity.secure": True,
}

# Of the objects that a Canary refers to.
TEMPLATE: dict[str, Any] = {
    "provider.type": "datadog",
    "provider.address": "https://other:9090",
    "provider.headers": {"X-A": ["1"]},
    "provider.secretRef.name": "other",
    "provider.region": "eu-central-1",
    "provider.insecureSkipVerify": True,
    "query": "sum(other)",
}
PROVIDER: dict[str, Any] = {
    "type": "msteams",
    "channel": "other",
    "username": "other",
    "address": "https://hooks/other",
    "secretRef.name": "other",
}
UNSUPPORTED_BACKENDS = (
    "influxdb",
    "externalmetrics",
    "stackdriver",
    "newrelic",
    "graphite",
    "dynatrace",
    "keptn",
    "splunk",
)
UNSUPPORTED_PROVIDERS = (
    "apisix",
    "appmesh",
    "appmesh:v1beta2",
    "contour",
    "gloo",
    "istio",
    "knative",
    "kubernetes",
    "kuma",
    "nginx",
    "osm",
    "skipper",
    "traefik",
)
