"""The files of ``/etc`` that a pod has of its own: where names are looked up, and what the pod is called.

Pure text. It refuses to know who answers the look-ups.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CLUSTER_DNS = "10.43.0.10"
CLUSTER_DOMAIN = "cluster.local"


def files(pod: Mapping[str, Any], host_name: str, pod_ip: str, hosts_resolv_conf: str) -> dict[str, str]:
    """Contents by file name. ``hosts_resolv_conf`` is the node's own, for ``dnsPolicy: Default``."""
    return {
        "resolv.conf": _resolv_conf(pod, hosts_resolv_conf),
        "hosts": _hosts(pod, host_name, pod_ip),
        "hostname": f"{host_name}\n",
        # Whatever the host looks names up with, in a pod it is files and then the cluster's DNS.
        "nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\n",
    }


def _resolv_conf(pod: Mapping[str, Any], of_node: str) -> str:
    spec, namespace = pod["spec"], pod["metadata"]["namespace"]
    policy = spec.get("dnsPolicy") or "ClusterFirst"
    if policy == "ClusterFirst" and spec.get("hostNetwork"):
        policy = "Default"
    wanted = spec.get("dnsConfig") or {}
    extra = [_option(option) for option in wanted.get("options") or []]
    if policy == "Default" and not wanted:
        return of_node
    servers, searches, options = _cluster(namespace) if policy.startswith("ClusterFirst") else ([], [], [])
    servers, searches = [*servers, *(wanted.get("nameservers") or [])], [*searches, *(wanted.get("searches") or [])]
    lines = [f"nameserver {server}" for server in servers]
    lines += [f"search {' '.join(searches)}"] if searches else []
    lines += [f"options {' '.join([*options, *extra])}"] if [*options, *extra] else []
    return "\n".join(lines) + "\n"


def _cluster(namespace: str) -> tuple[list[str], list[str], list[str]]:
    searches = [f"{namespace}.svc.{CLUSTER_DOMAIN}", f"svc.{CLUSTER_DOMAIN}", CLUSTER_DOMAIN]
    return [CLUSTER_DNS], searches, ["ndots:5"]


def _option(written: Mapping[str, str]) -> str:
    return f"{written['name']}:{written['value']}" if written.get("value") else written["name"]


def _hosts(pod: Mapping[str, Any], host_name: str, pod_ip: str) -> str:
    subdomain, namespace = pod["spec"].get("subdomain"), pod["metadata"]["namespace"]
    full = f"{host_name}.{subdomain}.{namespace}.svc.{CLUSTER_DOMAIN}\t" if subdomain else ""
    lines = ["127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback", f"{pod_ip}\t{full}{host_name}"]
    aliases = pod["spec"].get("hostAliases") or []
    lines += [f"{alias['ip']}\t{' '.join(alias.get('hostnames') or [])}" for alias in aliases]
    return "\n".join(lines) + "\n"
