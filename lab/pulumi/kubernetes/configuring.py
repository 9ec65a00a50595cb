"""Checks and compares the provider's own inputs.

A provider is replaced, and with it everything it made, only if another cluster is meant: a kubeconfig that merely reads
differently is an update. This module refuses to connect.
"""

from dataclasses import dataclass

from lab.pulumi.kubernetes.kubeconfig import Choice, KubeconfigError, active_cluster, load
from lab.pulumi.kubernetes.patches import merge_patch
from lab.pulumi.kubernetes.properties import UNKNOWN, Json, plain

_CLUSTER_INPUTS = ("kubeconfig", "context", "cluster")
_IDENTIFIER = "clusterIdentifier"


@dataclass(frozen=True, slots=True)
class ConfigDiff:
    """The inputs that differ, and those for which everything must be made anew."""

    changed: tuple[str, ...]
    replaces: tuple[str, ...]


def diff_config(old: Json, new: Json) -> ConfigDiff:
    """Compare a provider's old and new inputs."""
    old, new = plain(old), plain(new)
    changed = tuple(sorted(merge_patch(old, new)))
    identified = _IDENTIFIER in old and _IDENTIFIER in new
    if identified:
        return ConfigDiff(changed, (_IDENTIFIER,) if _IDENTIFIER in changed else ())
    unknown = tuple(name for name in _CLUSTER_INPUTS if new.get(name) is UNKNOWN)
    if unknown:
        return ConfigDiff(unknown[:1], unknown[:1])
    replaces = tuple(name for name in _CLUSTER_INPUTS if name in changed)
    before, after = _cluster(old), _cluster(new)
    if before is None or after is None or before == after:
        replaces = ()
    return ConfigDiff(changed, replaces)


def _cluster(inputs: Json) -> Json | None:
    kubeconfig = inputs.get("kubeconfig")
    if not isinstance(kubeconfig, str) or not kubeconfig:
        return None
    try:
        return active_cluster(load(kubeconfig), Choice(inputs.get("context") or "", inputs.get("cluster") or ""))
    except KubeconfigError:
        return None
