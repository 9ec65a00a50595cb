"""Gives a pod a network card: a veth pair, an address and routes, by messages to the kernel instead of the ``ip`` tool.

Standard library only, because the launcher runs it inside the pod's network namespace. It refuses to know about pods:
interfaces, addresses and namespaces (by process id) are all there is.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import socket
import struct
from typing import Final

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1
_NEWLINK, _DELLINK, _NEWADDR, _NEWROUTE, _ERROR = 16, 17, 20, 24, 2
_REQUEST, _ACK, _EXCL, _CREATE = 0x1, 0x4, 0x200, 0x400
_IFLA_IFNAME, _IFLA_LINKINFO, _IFLA_NET_NS_PID, _INFO_KIND, _INFO_DATA, _VETH_PEER = 3, 18, 19, 1, 2, 1
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PREFSRC = 1, 4, 5, 7
_UNICAST, _BOOT, _SCOPE_UNIVERSE, _SCOPE_LINK = 1, 3, 0, 253
MAIN: Final = 254
# The table the kernel asks first. A pod's own route must be there: a wider AnyIP route of the lab is in it too.
LOCAL: Final = 255


def up(interface: str) -> None:
    """Set an interface up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sH14x", interface.encode(), 0)
        _, flags = struct.unpack("16sH14x", fcntl.ioctl(sock, _SIOCGIFFLAGS, request))
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sH14x", interface.encode(), flags | _IFF_UP))


def add_veth(name: str, peer: str, peer_pid: int) -> None:
    """Create ``name`` here, and ``peer`` at its other end in the network namespace of process ``peer_pid``."""
    link = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, 0, 0, 0)
    other = link + _attribute(_IFLA_IFNAME, _text(peer)) + _attribute(_IFLA_NET_NS_PID, struct.pack("=I", peer_pid))
    info = _attribute(_INFO_KIND, b"veth") + _attribute(_INFO_DATA, _attribute(_VETH_PEER, other))
    body = link + _attribute(_IFLA_IFNAME, _text(name)) + _attribute(_IFLA_LINKINFO, info)
    _ask(_NEWLINK, _CREATE | _EXCL, body, f"creating the interfaces {name} and {peer}")


def delete_link(name: str) -> None:
    """Remove an interface of this namespace; none of that name is all right."""
    try:
        index = socket.if_nametoindex(name)
    except OSError:
        return
    _ask(_DELLINK, 0, struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, 0, 0), f"removing the interface {name}")


def add_address(interface: str, address: str) -> None:
    """Give ``interface`` one address, with no network around it."""
    packed = ipaddress.IPv4Address(address).packed
    head = struct.pack("=BBBBI", socket.AF_INET, 32, 0, _SCOPE_UNIVERSE, socket.if_nametoindex(interface))
    body = head + _attribute(_IFA_LOCAL, packed) + _attribute(_IFA_ADDRESS, packed)
    _ask(_NEWADDR, _CREATE | _EXCL, body, f"giving {interface} the address {address}")


def add_route(
    destination: str, interface: str, gateway: str | None = None, source: str | None = None, table: int = MAIN
) -> None:
    """Send what goes to ``destination`` (a CIDR) out of ``interface``, from ``source`` if nothing else was chosen."""
    network = ipaddress.IPv4Network(destination)
    scope = _SCOPE_UNIVERSE if gateway else _SCOPE_LINK
    body = struct.pack("=BBBBBBBBI", socket.AF_INET, network.prefixlen, 0, 0, table, _BOOT, scope, _UNICAST, 0)
    body += _attribute(_RTA_OIF, struct.pack("=I", socket.if_nametoindex(interface)))
    body += _attribute(_RTA_DST, network.network_address.packed) if network.prefixlen else b""
    body += _attribute(_RTA_GATEWAY, ipaddress.IPv4Address(gateway).packed) if gateway else b""
    body += _attribute(_RTA_PREFSRC, ipaddress.IPv4Address(source).packed) if source else b""
    _ask(_NEWROUTE, _CREATE | _EXCL, body, f"adding the route to {destination} through {interface}")


def _ask(kind: int, flags: int, body: bytes, what: str) -> None:
    """Send one request and wait for the kernel's answer; raises ``OSError`` that says what was being done."""
    message = struct.pack("=IHHII", 16 + len(body), kind, _REQUEST | _ACK | flags, 1, 0) + body
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        sock.bind((0, 0))
        sock.send(message)
        reply = sock.recv(65536)
    code = -struct.unpack_from("=i", reply, 16)[0] if struct.unpack_from("=H", reply, 4)[0] == _ERROR else 0
    if code:
        raise OSError(code, f"{what}: {os.strerror(code)}")


def _attribute(kind: int, payload: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(payload), kind) + payload + b"\0" * (-len(payload) % 4)


def _text(name: str) -> bytes:
    return name.encode() + b"\0"
