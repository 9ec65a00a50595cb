"""The Node object of this machine, and the heartbeat that keeps it Ready.

It refuses to know about pods.
"""

from __future__ import annotations

import asyncio
import logging
import os
from datetime import UTC, datetime

from lab.node.api import Api, ApiError, Json
from lab.node.host import cpu_count, memory_bytes
from lab.node.network import NODE_IP, POD_CIDR
from lab.node.status import timestamp

log = logging.getLogger(__name__)

VERSION = "v1.34.4"
KUBELET_PORT = 10250
# The controller-manager gives a node 40 s between heartbeats; a kubelet renews every 10 s.
HEARTBEAT_SECONDS = 10
LEASE_SECONDS = 40
_RETRY_SECONDS = 0.25
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


def node(name: str) -> Json:
    """The Node as this machine makes it: Ready, with room for 250 pods."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": machine}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"podCIDR": POD_CIDR, "podCIDRs": [POD_CIDR]},
        "status": _status(name, machine),
    }


def _status(name: str, machine: str) -> Json:
    room = {"cpu": str(cpu_count()), "memory": str(memory_bytes() // 1024) + "Ki", "pods": "250"}
    unused = {"operatingSystem": "linux", "architecture": machine, "containerRuntimeVersion": "process://1"}
    system = {"kubeletVersion": VERSION, "kubeProxyVersion": "", "kernelVersion": os.uname().release}
    identity = {"machineID": name, "systemUUID": name, "bootID": name, "osImage": "the lab's host"}
    return {
        "capacity": room,
        "allocatable": room,
        "addresses": [{"type": "InternalIP", "address": NODE_IP}, {"type": "Hostname", "address": name}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": KUBELET_PORT}},
        "nodeInfo": unused | system | identity,
        "conditions": _conditions(),
    }


def _conditions() -> list[Json]:
    now = timestamp(datetime.now(UTC))
    times = {"lastHeartbeatTime": now, "lastTransitionTime": now}
    pressures = [
        {"type": f"{kind}Pressure", "status": "False", "reason": f"KubeletHasNo{kind}Pressure"} | times
        for kind in ("Memory", "Disk", "PID")
    ]
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "the node agent runs pods"}
    return [*pressures, ready | times]


async def register(api: Api, name: str) -> Json:
    """Create or renew the Node object, waiting for the API server as long as it takes; returns the Node."""
    wanted = node(name)
    while True:
        try:
            await _create_or_patch(api, "/api/v1/nodes", wanted)
            return await api.patch(f"/api/v1/nodes/{name}/status", {"status": wanted["status"]})
        except ApiError as error:
            log.info("registering waits: %s", error)
            await asyncio.sleep(_RETRY_SECONDS)


async def keep_alive(api: Api, name: str) -> None:
    """Renew the node's Lease for ever; a missed renewal is tried again at once a second."""
    while True:
        try:
            await _create_or_patch(api, _LEASES, _lease(name))
            await asyncio.sleep(HEARTBEAT_SECONDS)
        except ApiError as error:
            log.warning("the heartbeat was not taken: %s", error)
            await asyncio.sleep(1)


def _lease(name: str) -> Json:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": name, "namespace": "kube-node-lease"},
        "spec": {"holderIdentity": name, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": now},
    }


async def _create_or_patch(api: Api, path: str, wanted: Json) -> None:
    try:
        await api.patch(f"{path}/{wanted['metadata']['name']}", wanted)
    except ApiError as error:
        if not error.not_found:
            raise
        await api.create(path, wanted)
