"""The guard as a component: what a user declares once per namespace, so that a lost machine loses no user.

Only declarations, with the least rights that bringing traffic home needs: it cannot create, delete or change a
workload, nor read a Secret. What the guard does is `canary.rescue`'s.
"""

from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from canary.config import refusals
from canary.ports import Misconfigured

HEALTH_PORT = 8080
USER = 65532  # "nonroot" of the usual minimal images
RESOURCES = {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "192Mi"}}

Rules = list[dict[str, list[str]]]


def guard_rules(*, daemonsets: bool = False) -> Rules:
    """The rights of a guard. A DaemonSet has no scale: to stop one, its template's node selector has to be changed."""
    rules = [
        _rule("coordination.k8s.io", ["leases"], "get", "list", "update"),
        _rule("", ["configmaps"], "get", "list", "update", "patch"),
        _rule("split.smi-spec.io", ["trafficsplits"], "get", "patch"),
        _rule("apps", ["deployments"], "get"),
        _rule("apps", ["deployments/scale"], "patch"),
    ]
    return [*rules, _rule("apps", ["daemonsets"], "get", "patch")] if daemonsets else rules


def _rule(group: str, resources: list[str], *verbs: str) -> dict[str, list[str]]:
    return {"apiGroups": [group], "resources": resources, "verbs": list(verbs)}


class Guard(pulumi.ComponentResource):
    """A Deployment of one pod that watches the releases of `namespace`, with its account and rights.

    image: made from this repository's Dockerfile. all_namespaces: watch every namespace, with a ClusterRole
    (`namespace` is then only where the pod lives). daemonsets: there are releases of DaemonSets. resources: of the
    container.
    Raises SettingsError when `namespace` or `image` is empty.
    """

    def __init__(  # noqa: PLR0913 - what a user may say, by keyword
        self,
        name: str = "canary-guard",
        *,
        namespace: str,
        image: pulumi.Input[str],
        all_namespaces: bool = False,
        daemonsets: bool = False,
        resources: dict[str, Any] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        with refusals():
            for field, given in {"namespace": namespace, "image": image}.items():
                if given == "":
                    raise Misconfigured(f"{field}: is empty; Guard needs one")
        super().__init__("canary:index:Guard", name, None, opts)
        self._name, self._namespace, self._everywhere = name, namespace, all_namespaces
        account = k8s.core.v1.ServiceAccount(name, metadata=self._meta(), opts=self._child())
        bound = self._rights(guard_rules(daemonsets=daemonsets), account)
        self.deployment = k8s.apps.v1.Deployment(
            name, metadata=self._meta(), spec=self._spec(image, resources or RESOURCES), opts=self._child(bound)
        )
        self.register_outputs({"namespace": namespace})

    def _rights(self, rules: Rules, account: pulumi.Resource) -> pulumi.Resource:
        rbac: Any = k8s.rbac.v1
        kind, meta = ("ClusterRole", {"name": self._full}) if self._everywhere else ("Role", self._meta())
        role = getattr(rbac, kind)(self._name, metadata=meta, rules=rules, opts=self._child())
        subject = {"kind": "ServiceAccount", "name": self._name, "namespace": self._namespace}
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": meta["name"]}
        binding: pulumi.Resource = getattr(rbac, f"{kind}Binding")(
            self._name, metadata=meta, subjects=[subject], role_ref=reference, opts=self._child(role, account)
        )
        return binding

    @property
    def _full(self) -> str:
        """A name for what has no namespace: two guards of one name must not share it."""
        return f"{self._namespace}-{self._name}"

    def _spec(self, image: pulumi.Input[str], resources: dict[str, Any]) -> dict[str, Any]:
        labels = {"app.kubernetes.io/name": self._name}
        pod = {
            "serviceAccountName": self._name,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "runAsGroup": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [self._container(image, resources)],
        }
        template = {"metadata": {"labels": labels}, "spec": pod}
        return {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}

    def _container(self, image: pulumi.Input[str], resources: dict[str, Any]) -> dict[str, Any]:
        where = ["--all-namespaces"] if self._everywhere else ["--namespace", self._namespace]
        return {
            "name": "guard",
            "image": image,
            "args": ["guard", *where, "--health-port", str(HEALTH_PORT)],
            "ports": [{"name": "health", "containerPort": HEALTH_PORT}],
            "livenessProbe": {"httpGet": {"path": "/healthz", "port": "health"}, "periodSeconds": 20},
            "readinessProbe": {"httpGet": {"path": "/readyz", "port": "health"}, "periodSeconds": 5},
            "resources": resources,
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
        }

    def _meta(self) -> dict[str, Any]:
        return {"name": self._name, "namespace": self._namespace}

    def _child(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(after))
