"""Which changes of an object need a new object, because the API server refuses them on the old one.

Paths are tuples; `*` stands for every element of a list. A name and a namespace are the object's identity, so their
change always replaces. Secrets and ConfigMaps are replaced rather than changed, unless the provider is told that they
are mutable: what mounts them would not notice a change. This module refuses to compare anything.
"""

from dataclasses import dataclass

from lab.pulumi.kubernetes.objects import Kind, is_core
from lab.pulumi.kubernetes.properties import Json

Path = tuple[str, ...]

IDENTITY: tuple[Path, ...] = (("metadata", "name"), ("metadata", "namespace"))

_SELECTOR: tuple[Path, ...] = (("spec", "selector"),)
_JOB = tuple(("spec", field) for field in ("completions", "parallelism", "selector", "template"))
_STATEFUL_SET = tuple(
    ("spec", field)
    for field in ("podManagementPolicy", "revisionHistoryLimit", "selector", "serviceName", "volumeClaimTemplates")
)
_CLAIM = tuple(("spec", field) for field in ("accessModes", "selector", "storageClassName", "volumeName"))
_VOLUME_SOURCES = (
    "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs "
    "hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume"
)
_POD_FIELDS = (
    "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork "
    "hostPID hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName "
    "readinessGates restartPolicy runtimeClassName schedulerName securityContext serviceAccount serviceAccountName "
    "shareProcessNamespace subdomain terminationGracePeriodSeconds volumes"
)
_CONTAINER_FIELDS = (
    "args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources securityContext "
    "stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir"
)
_POD = tuple(("spec", field) for field in _POD_FIELDS.split()) + tuple(
    ("spec", containers, "*", field)
    for containers in ("containers", "initContainers")
    for field in _CONTAINER_FIELDS.split()
)
_ROLE_BINDING: tuple[Path, ...] = (("roleRef",),)

_BY_KIND: dict[str, tuple[Path, ...]] = {
    "apps/v1/DaemonSet": _SELECTOR,
    "apps/v1/Deployment": _SELECTOR,
    "apps/v1/StatefulSet": _STATEFUL_SET,
    "batch/v1/Job": _JOB,
    "policy/v1beta1/PodDisruptionBudget": (("spec",),),
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": _ROLE_BINDING,
    "rbac.authorization.k8s.io/v1/RoleBinding": _ROLE_BINDING,
    "storage.k8s.io/v1/StorageClass": (("parameters",), ("provisioner",)),
    "v1/PersistentVolume": tuple(("spec", source) for source in _VOLUME_SOURCES.split()),
    "v1/PersistentVolumeClaim": _CLAIM,
    "v1/Pod": _POD,
    "v1/ResourceQuota": (("spec", "scopes"),),
    "v1/Service": (("spec", "clusterIP"),),
}


@dataclass(frozen=True, slots=True)
class Mutability:
    """Whether the provider's settings allow changing the data of Secrets and ConfigMaps in place."""

    secrets: bool = False
    config_maps: bool = False


def force_new_paths(obj: Json, mutability: Mutability) -> tuple[Path, ...]:
    """The paths of `obj` whose change needs a new object."""
    immutable = obj.get("immutable") is True
    if is_core(obj, "Secret"):
        replaced = immutable or not mutability.secrets
        return IDENTITY + ((("type",), ("stringData",), ("data",)) if replaced else (("type",),))
    if is_core(obj, "ConfigMap"):
        replaced = immutable or not mutability.config_maps
        return IDENTITY + ((("binaryData",), ("data",)) if replaced else ())
    return IDENTITY + _BY_KIND.get(str(Kind.of(obj)), ())
