"""Small pure parts: addresses, mounts, name resolution, the downward API, log tails, stream frames."""

import asyncio
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from lab.node import downward, logs, resolver, rootfs
from lab.node.network import AddressPool, interface
from lab.node.spdy import DICTIONARY, Connection

POD: dict[str, Any] = {
    "metadata": {"name": "web-1", "namespace": "prod", "uid": "u", "labels": {"app": "web", "tier": "x"}},
    "spec": {"nodeName": "lab", "serviceAccountName": "default", "containers": []},
}
HERE = downward.Placement("10.42.0.9", "10.44.0.1", cpus=2, memory=1 << 30)


def test_an_address_is_handed_out_once_until_it_is_given_back() -> None:
    pool = AddressPool("10.42.0.0/29")
    taken = [pool.take() for _ in range(5)]
    assert len(set(taken)) == 5
    pool.give_back(taken[2])
    assert pool.take() == taken[2]


def test_a_wished_address_is_kept_if_it_is_free() -> None:
    pool = AddressPool()
    assert pool.take("10.42.0.77") == "10.42.0.77"
    assert pool.take("10.42.0.77") != "10.42.0.77"


def test_an_address_just_given_back_is_not_the_next_one() -> None:
    pool = AddressPool()
    first = pool.take()
    pool.give_back(first)
    assert pool.take() != first


def test_an_interface_name_fits_the_kernel() -> None:
    assert len(interface("10.42.255.254")) <= 15


def test_a_mount_below_a_link_lands_where_the_link_points() -> None:
    assert rootfs.where("/var/run/secrets/x") == "/run/secrets/x"


def test_a_later_mount_on_the_same_path_wins() -> None:
    tree = rootfs.plan([rootfs.Mount("/data", "/a"), rootfs.Mount("/data", "/b")])
    assert tree.children["data"].mount == rootfs.Mount("/data", "/b")


def test_a_pod_looks_names_up_in_its_own_namespace_first() -> None:
    text = resolver.files(POD, "web-1", "10.42.0.9", "")["resolv.conf"]
    assert text == (
        "nameserver 10.43.0.10\nsearch prod.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"
    )


def test_dns_policy_none_uses_only_what_the_pod_says() -> None:
    config = {"nameservers": ["192.0.2.1"], "options": [{"name": "ndots", "value": "1"}]}
    pod = {**POD, "spec": {"dnsPolicy": "None", "dnsConfig": config}}
    assert resolver.files(pod, "h", "i", "")["resolv.conf"] == "nameserver 192.0.2.1\noptions ndots:1\n"


@pytest.mark.parametrize(
    ("path", "value"),
    [("metadata.name", "web-1"), ("metadata.labels['app']", "web"), ("status.podIP", "10.42.0.9"),
     ("metadata.labels", 'app="web"\ntier="x"'), ("spec.nodeName", "lab")],
)  # fmt: skip
def test_a_field_of_the_pod_is_found_by_its_path(path: str, value: str) -> None:
    assert downward.field(POD, path, HERE) == value


def test_a_field_kubernetes_does_not_offer_is_refused_with_those_it_does() -> None:
    with pytest.raises(downward.ConfigError, match=r"'spec\.volumes' is not supported: use one of metadata\.name"):
        downward.field(POD, "spec.volumes", HERE)


def test_a_limit_that_is_not_set_is_what_the_machine_has() -> None:
    assert downward.resource({}, {"resource": "limits.cpu"}, HERE) == "2"
    limited = {"resources": {"limits": {"cpu": "500m"}}}
    assert downward.resource(limited, {"resource": "limits.cpu", "divisor": "1m"}, HERE) == "500"


@pytest.mark.parametrize(("lines", "kept"), [(0, b""), (1, b"c"), (2, b"b\nc"), (99, b"a\nb\nc")])
def test_a_tail_is_the_last_lines(tmp_path: Path, lines: int, kept: bytes) -> None:
    file = tmp_path / "log"
    file.write_bytes(b"a\nb\nc")
    assert file.read_bytes()[logs.tail_offset(file, lines) :] == kept


def test_a_tail_longer_than_a_block_is_found(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(b"".join(b"%06d\n" % number for number in range(50_000)))
    assert file.read_bytes()[logs.tail_offset(file, 20_000) :].startswith(b"030000\n")


def test_a_stream_brings_its_headers_and_data_and_is_answered() -> None:
    asyncio.run(_speak_spdy())


async def _speak_spdy() -> None:
    answered, ended = asyncio.Queue[bytes](), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer)
        reading = asyncio.create_task(connection.run())
        stream = await connection.accept()
        data = b"".join([part async for part in stream.read()])
        answered.put_nowait(stream.headers["streamtype"].encode() + data)
        await stream.write(b"pong")
        await stream.close()
        await reading
        writer.close()
        await writer.wait_closed()
        ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(_opening({"StreamType": "stdin"}) + struct.pack(">II", 1, 0x01000004) + b"ping")
        assert await answered.get() == b"stdinping"
        reply = struct.unpack(">HHI", await reader.readexactly(8))
        assert reply[:2] == (0x8003, 2)
        await reader.readexactly(reply[2])
        assert await reader.readexactly(8 + 4 + 8) == (
            struct.pack(">II", 1, 4) + b"pong" + struct.pack(">II", 1, 0x01000000)
        )
        writer.close()
        await writer.wait_closed()
        await ended.wait()


def _opening(headers: dict[str, str]) -> bytes:
    words = [word.encode() for pair in headers.items() for word in pair]
    plain = struct.pack(">I", len(headers)) + b"".join(struct.pack(">I", len(word)) + word for word in words)
    deflate = zlib.compressobj(zdict=DICTIONARY)
    block = deflate.compress(plain) + deflate.flush(zlib.Z_SYNC_FLUSH)
    body = struct.pack(">IIH", 1, 0, 0) + block
    return struct.pack(">HHI", 0x8003, 1, len(body)) + body
