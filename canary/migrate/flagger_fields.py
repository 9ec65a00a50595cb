"""Fields of Flagger's objects that have no counterpart here, each with the reason; all others are honoured."""

ROUTER_OF_MESH = "Flagger's Linkerd and SMI routers do not read it either"

SPEC = {
    "autoscalerRef": "an autoscaler is part of the workload here: declare it for both tracks in workload(track)",
    "ingressRef": "no ingress router",
    "routeRef": "no APISIX router",
    "upstreamRef": "no Gloo router",
}
SPEC_HARMLESS = {
    "revertOnDeletion": "has no counterpart: `pulumi destroy` removes what the program declared, no more",
}

# What only some of Flagger's routers read; the linkerd and smi ones do not.
SERVICE_OF_ROUTERS = (
    "backendTimeout",
    "backends",
    "corsPolicy",
    "delegation",
    "gatewayRefs",
    "gateways",
    "headers",
    "hosts",
    "match",
    "meshName",
    "mirror",
    "retries",
    "rewrite",
    "timeout",
    "trafficPolicy",
)
SERVICE = {
    "portDiscovery": "the Services have the one port that is named here",
    "headless": "the Services have addresses: the router needs them",
    "trafficDistribution": "the Services have no such setting",
    "apex": "the Services get no further labels or annotations",
    "primary": "the Services get no further labels or annotations",
    "canary": "the Services get no further labels or annotations",
}
SERVICE_HARMLESS = {"unmanagedMetadata": "is not needed: what others write into the Services' metadata is left alone"}

AFFINITY = dict.fromkeys(
    ("domain", "httpOnly", "partitioned", "path", "sameSite", "secure", "primaryCookieName"),
    "the affinity cookie has a name and an age",
)
MATCH = dict.fromkeys(
    (
        "authority",
        "gateways",
        "ignoreUriCase",
        "method",
        "name",
        "port",
        "queryParams",
        "scheme",
        "sourceLabels",
        "sourceNamespace",
        "uri",
        "withoutHeaders",
    ),
    "requests are told apart by headers (a cookie is one)",
)
METADATA_OF_SERVER = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
)
METADATA_HARMLESS = {
    **dict.fromkeys(METADATA_OF_SERVER, "is the API server's and is not carried over"),
    "labels": "are the object's own and are not carried over",
    "annotations": "are the object's own and are not carried over",
}
ALERT = {"proxy": "alerts take the proxy of the environment (HTTPS_PROXY)"}
