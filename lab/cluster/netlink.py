"""Bring up loopback and make whole address ranges local, in the network namespace of the calling process.

Two kernel messages replace the `ip` tool, so that the lab needs nothing installed. With such a route (AnyIP) any
process can bind any address of the range. It refuses to know what the ranges are for.
"""

import fcntl
import ipaddress
import os
import socket
import struct

from lab.cluster.errors import LabError

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1
_RTM_NEWROUTE, _NLMSG_ERROR = 24, 2
_NLM_F_REQUEST, _NLM_F_ACK, _NLM_F_EXCL, _NLM_F_CREATE = 0x1, 0x4, 0x200, 0x400
_RT_TABLE_LOCAL, _RTPROT_BOOT, _RT_SCOPE_HOST, _RTN_LOCAL = 255, 3, 254, 2
_RTA_DST, _RTA_OIF = 1, 4


def loopback_up() -> None:
    """Set the interface `lo` up (ioctl; harmless when it is up)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sH14x", b"lo", 0)
        _, flags = struct.unpack("16sH14x", fcntl.ioctl(sock, _SIOCGIFFLAGS, request))
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))


def _attribute(kind: int, payload: bytes) -> bytes:
    padding = b"\0" * (-len(payload) % 4)
    return struct.pack("=HH", 4 + len(payload), kind) + payload + padding


def local_route_message(network: ipaddress.IPv4Network, interface: int, sequence: int) -> bytes:
    """The RTM_NEWROUTE message of `ip route add local NETWORK dev INTERFACE`."""
    kind = (_RT_TABLE_LOCAL, _RTPROT_BOOT, _RT_SCOPE_HOST, _RTN_LOCAL)
    route = struct.pack("=BBBBBBBBI", socket.AF_INET, network.prefixlen, 0, 0, *kind, 0)
    destination, output = network.network_address.packed, struct.pack("=I", interface)
    body = route + _attribute(_RTA_DST, destination) + _attribute(_RTA_OIF, output)
    flags = _NLM_F_REQUEST | _NLM_F_ACK | _NLM_F_EXCL | _NLM_F_CREATE
    return struct.pack("=IHHII", 16 + len(body), _RTM_NEWROUTE, flags, sequence, 0) + body


def acknowledged_error(reply: bytes) -> int:
    """The errno in a netlink acknowledgement, 0 for success."""
    kind = struct.unpack_from("=H", reply, 4)[0]
    if kind != _NLMSG_ERROR:
        raise LabError(f"the kernel answered a route request with message type {kind}; this kernel is not understood")
    return -int(struct.unpack_from("=i", reply, 16)[0])


def add_local_network(cidr: str) -> None:
    """Make every address of `cidr` (IPv4) local to this network namespace.

    Raises:
        LabError: the kernel refused.
    """
    network = ipaddress.IPv4Network(cidr)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        sock.send(local_route_message(network, socket.if_nametoindex("lo"), sequence=1))
        error = acknowledged_error(sock.recv(4096))
    if error:
        raise LabError(f"adding the local route {cidr} to the lab's network failed: {os.strerror(error)}")
