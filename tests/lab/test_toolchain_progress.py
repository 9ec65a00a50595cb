"""A long build is seen to be alive, on a terminal and in a log."""

import io

from lab.toolchain.progress import Console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told_to(stream: io.StringIO) -> str:
    console = Console(stream)
    console.started("etcd", "building 3.5")
    console.beat("etcd", 1, "7 packages compiled")
    console.beat("etcd", 2, "9 packages compiled")
    console.finished("etcd", 2.5, "ready")
    return stream.getvalue()


def test_in_a_log_every_heartbeat_is_a_line() -> None:
    assert told_to(io.StringIO()).splitlines() == [
        "toolchain: etcd: building 3.5",
        "toolchain: etcd: 1 s, 7 packages compiled",
        "toolchain: etcd: 2 s, 9 packages compiled",
        "toolchain: etcd: ready in 2.5 s",
    ]


def test_on_a_terminal_heartbeats_overwrite_each_other() -> None:
    lines = told_to(Terminal()).removesuffix("\n").split("\n")
    assert [line.rsplit("\r\x1b[K", 1)[-1] for line in lines] == [
        "toolchain: etcd: building 3.5",
        "toolchain: etcd: ready in 2.5 s",
    ]


def test_a_terminal_is_told_more_often_than_a_log() -> None:
    assert Console(Terminal()).interval_s < Console(io.StringIO()).interval_s
