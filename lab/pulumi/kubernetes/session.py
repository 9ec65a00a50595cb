"""What all operations of one configured provider share: settings, the cluster if it answers, the log, cancellation.

A cluster that does not answer is not yet an error: a preview can go on without it, and a program may only decode YAML.
This module refuses to do any operation itself.
"""

import threading
from dataclasses import dataclass, field

from lab.pulumi.kubernetes.api_errors import ApiError
from lab.pulumi.kubernetes.client import KubeClient
from lab.pulumi.kubernetes.cluster import Cluster
from lab.pulumi.kubernetes.engine_log import EngineLog, OperationLog
from lab.pulumi.kubernetes.kubeconfig import KubeconfigError, access, default_namespace, load
from lab.pulumi.kubernetes.objects import Kind
from lab.pulumi.kubernetes.properties import Json
from lab.pulumi.kubernetes.settings import Settings

# Known without asking, so that a preview without a cluster treats them right.
_WITHOUT_NAMESPACE = frozenset(
    {
        "APIService",
        "ClusterRole",
        "ClusterRoleBinding",
        "CSIDriver",
        "CSINode",
        "CustomResourceDefinition",
        "FlowSchema",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)
_NO_CLIENT = (
    "unable to load Kubernetes client configuration from kubeconfig file. Make sure you have: \n\n"
    " \t • set up the provider as per https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/"
    " \n\n "
)
_NO_SCHEMA = "unable to load schema information from the API server: "


class UnreachableClusterError(Exception):
    """The operation needs the cluster, and it does not answer; the message says why."""


@dataclass
class Session:
    """One configured provider. `unreachable` says why there is no cluster; empty when there is one."""

    settings: Settings
    engine: EngineLog
    namespace: str
    unreachable: str = ""
    _cluster: Cluster | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    # Definitions that this program creates: their kinds are known before the cluster knows them.
    _defined: dict[tuple[str, str], bool] = field(default_factory=dict)

    @classmethod
    def open(cls, settings: Settings, engine: EngineLog) -> "Session":
        """Connect as `settings` say; never fails, but may come back without a cluster."""
        try:
            config = load(settings.kubeconfig)
        except KubeconfigError as problem:
            reason = f"failed to parse kubeconfig data in `kubernetes:config:kubeconfig`- {problem}"
            return cls(settings, engine, settings.choice.namespace, unreachable=reason)
        namespace = default_namespace(config, settings.choice)
        try:
            cluster = Cluster(KubeClient(access(config, settings.choice)))
            cluster.check_reachable()
        except KubeconfigError as problem:
            return cls(settings, engine, namespace, unreachable=_NO_CLIENT + str(problem))
        except (ApiError, OSError) as problem:
            return cls(settings, engine, namespace, unreachable=_NO_SCHEMA + str(problem))
        return cls(settings, engine, namespace, _cluster=cluster)

    @property
    def cluster(self) -> Cluster:
        """The cluster. Raises `UnreachableClusterError`."""
        if self._cluster is None:
            raise UnreachableClusterError(f"configured Kubernetes cluster is unreachable: {self.unreachable}")
        return self._cluster

    def log(self, urn: str) -> OperationLog:
        """The log of one operation."""
        return OperationLog(self.engine, urn)

    def serves(self, kind: Kind) -> bool:
        """Whether there is a cluster and it serves `kind`."""
        return self._cluster is not None and self._cluster.serves(kind)

    def define(self, crd: Json) -> None:
        """Remember the kind that a custom resource definition of this program will define."""
        spec = crd.get("spec") or {}
        names = spec.get("names")
        if isinstance(names, dict):
            self._defined[str(spec.get("group")), str(names.get("kind"))] = spec.get("scope") == "Namespaced"

    def is_namespaced(self, kind: Kind) -> bool:
        """Whether objects of `kind` live in a namespace; assumed where nobody can tell yet."""
        name = kind.name.removesuffix("Patch") if kind.is_built_in else kind.name
        if kind.is_built_in and name in _WITHOUT_NAMESPACE:
            return False
        if (defined := self._defined.get((kind.group, name))) is not None:
            return defined
        looked_up = Kind(kind.group, kind.version, name)
        if kind.is_built_in or self._cluster is None or not self._cluster.serves(looked_up):
            return True
        return self._cluster.served(looked_up).is_namespaced
