"""Addresses for pods, and each pod's own network namespace ("sandbox") joined to the lab's network by a veth pair.

A pod owns its address and all its ports, as in any cluster: two podinfos may both listen on every address at 9898. It
refuses to know what listens.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path

from lab.node import netlink
from lab.node.process import Process

NODE_IP = "10.44.0.1"
POD_CIDR = "10.42.0.0/16"


class AddressPool:
    """Hands out pod addresses, the least recently used first, so that a late packet does not reach a new pod."""

    def __init__(self, cidr: str = POD_CIDR) -> None:
        self._taken: set[str] = set()
        self._hosts = self._endlessly(ipaddress.IPv4Network(cidr))

    def take(self, wished: str | None = None) -> str:
        """A free address; ``wished`` if that is free."""
        if wished and wished not in self._taken:
            address = wished
        else:
            address = next(host for host in self._hosts if host not in self._taken)
        self._taken.add(address)
        return address

    def give_back(self, address: str) -> None:
        """Make an address free again; one that was not taken is all right."""
        self._taken.discard(address)

    @staticmethod
    def _endlessly(network: ipaddress.IPv4Network) -> Iterator[str]:
        while True:
            # The first host address is left to the node's side, by custom.
            yield from (str(host) for number, host in enumerate(network.hosts()) if number > 0)


def interface(address: str) -> str:
    """The name of the lab's end of a pod's cable, at most 15 characters: the kernel's limit."""
    return f"pod{ipaddress.IPv4Address(address).packed.hex()}"


async def open_sandbox(address: str, host_name: str, log: Path) -> Process:
    """Start a pod's sandbox and route its address to it; raises ``OSError`` saying what the kernel refused."""
    name = interface(address)
    netlink.delete_link(name)
    order = {"hostname": host_name, "interface": name, "address": address, "gateway": NODE_IP}
    sandbox = await Process.start("sandbox", order, log)
    try:
        netlink.up(name)
        netlink.add_route(f"{address}/32", name, source=NODE_IP, table=netlink.LOCAL)
    except OSError:
        await sandbox.kill()
        raise
    return sandbox


def forward_between_pods() -> None:
    """Let the lab's network namespace pass packets from one pod to another."""
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def remove_left_over_links() -> None:
    """Cut the cables of pods of an agent that was killed; their processes died with it."""
    for _, name in socket.if_nameindex():
        if name.startswith("pod") and len(name) == len(interface(NODE_IP)):
            netlink.delete_link(name)
