"""Programs and packs that `test_pulumi_e2e.py` runs; `pulumi_world.HEAD` stands before each program."""

EVERYTHING = """
password = config.require_secret("password")
settings = k8s.core.v1.ConfigMap("settings", metadata={"namespace": NAMESPACE}, data={"a": "1"})
secret = k8s.core.v1.Secret("secret", metadata=meta("secret"), string_data={"password": password})
web = deployment("everything", replicas=1)
service = k8s.core.v1.Service(
    "everything",
    metadata=meta("everything"),
    spec={"selector": {"app": "everything"}, "ports": [{"port": 80, "targetPort": 9898}]},
    opts=ResourceOptions(depends_on=[web]),
)
split("everything", 0)
pulumi.export("address", service.spec.cluster_ip)
pulumi.export("settings", settings.metadata.name)
pulumi.export("data", secret.data)
pulumi.export("ready", web.status.ready_replicas)
"""

GADGET = """
names = {"plural": "gadgets", "singular": "gadget", "kind": "Gadget"}
schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
version = {"name": "v1", "served": True, "storage": True, "schema": schema}
crd = k8s.apiextensions.v1.CustomResourceDefinition(
    "gadgets",
    metadata={"name": "gadgets.example.com"},
    spec={"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]},
)
k8s.apiextensions.CustomResource(
    "gadget", api_version="example.com/v1", kind="Gadget", metadata=meta("gadget"), spec={"size": 3},
    opts=ResourceOptions(depends_on=[crd]),
)
"""

DOUBLED = """
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Doubling(ResourceProvider):
    def create(self, props):
        return CreateResult("an-id", {**props, "result": props["value"] * 2})

    def update(self, id, old, new):
        return UpdateResult({**new, "result": new["value"] * 2})


class Doubled(Resource):
    result: pulumi.Output[str]

    def __init__(self, name, value):
        super().__init__(Doubling(), name, {"value": value, "result": None})
"""

PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy


def check(args, report):
    if args.props.get("data", {}).get("a") == "forbidden":
        report("a must not be forbidden")


rule = ResourceValidationPolicy("no-forbidden", "nothing forbidden", check)
PolicyPack("pack", enforcement_level=EnforcementLevel.MANDATORY, policies=[rule])
"""
