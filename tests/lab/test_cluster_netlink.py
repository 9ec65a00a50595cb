"""The bytes sent to the kernel, checked against what `ip route add local 10.42.0.0/16 dev lo` sends."""

import errno
import ipaddress
import struct

import pytest

from lab.cluster import LabError, netlink

NETWORK = ipaddress.IPv4Network("10.42.0.0/16")


def test_the_message_states_its_own_length() -> None:
    message = netlink.local_route_message(NETWORK, interface=1, sequence=7)
    assert struct.unpack_from("=I", message)[0] == len(message)


def test_the_message_is_the_one_of_ip_route_add_local() -> None:
    message = netlink.local_route_message(NETWORK, interface=1, sequence=7)
    header = "2c000000 1800 0506 07000000 00000000"
    route = "02 10 00 00 ff 03 fe 02 00000000"
    destination, output = "0800 0100 0a2a0000", "0800 0400 01000000"
    assert message == bytes.fromhex(header + route + destination + output)


def test_an_acknowledgement_of_zero_is_success() -> None:
    assert netlink.acknowledged_error(struct.pack("=IHHIIi", 36, 2, 0, 1, 0, 0)) == 0


def test_an_acknowledgement_carries_the_errno() -> None:
    assert netlink.acknowledged_error(struct.pack("=IHHIIi", 36, 2, 0, 1, 0, -errno.EEXIST)) == errno.EEXIST


def test_anything_but_an_acknowledgement_is_refused() -> None:
    with pytest.raises(LabError, match="message type 3"):
        netlink.acknowledged_error(struct.pack("=IHHIIi", 36, 3, 0, 1, 0, 0))
