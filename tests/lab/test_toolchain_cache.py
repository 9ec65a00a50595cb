"""A slot of the tool cache is complete or absent."""

import threading
from pathlib import Path

import pytest

from lab.toolchain.cache import Slot, cache_root, key_of
from lab.toolchain.errors import ToolchainError


def nobody_waits() -> None:
    pytest.fail("waited for a lock that nobody holds")


def put_program(directory: Path) -> None:
    (directory / "program").write_text("complete")


@pytest.fixture
def slot(tmp_path: Path) -> Slot:
    return Slot(tmp_path, "program", "k1")


def test_what_the_work_leaves_is_the_slot(slot: Slot) -> None:
    directory = slot.filled(put_program, nobody_waits)

    assert directory == slot.directory
    assert (directory / "program").read_text() == "complete"


def test_a_full_slot_is_not_filled_again(slot: Slot) -> None:
    slot.filled(put_program, nobody_waits)

    def again(_: Path) -> None:
        pytest.fail("built twice")

    assert slot.filled(again, nobody_waits) == slot.directory


def test_a_failed_build_leaves_nothing_and_the_next_one_starts_afresh(slot: Slot) -> None:
    def breaks(directory: Path) -> None:
        (directory / "program").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        slot.filled(breaks, nobody_waits)
    assert not slot.directory.exists()
    assert not list(slot.directory.parent.glob(".*partial*"))

    assert (slot.filled(put_program, nobody_waits) / "program").read_text() == "complete"


def test_what_a_killed_build_left_is_never_used_and_is_swept(slot: Slot) -> None:
    left_behind = slot.directory.parent / ".k1.partial.killed"
    left_behind.mkdir(parents=True)
    (left_behind / "program").write_text("half")

    assert (slot.filled(put_program, nobody_waits) / "program").read_text() == "complete"
    assert not left_behind.exists()


def test_another_builds_half_result_of_the_same_tool_is_left_alone(slot: Slot) -> None:
    others = slot.directory.parent / ".k2.partial.running"
    others.mkdir(parents=True)

    slot.filled(put_program, nobody_waits)

    assert others.exists()


def test_two_that_need_the_same_at_once_build_it_once(slot: Slot) -> None:
    building, second_waits = threading.Event(), threading.Event()
    builds: list[str] = []

    def slow(directory: Path) -> None:
        builds.append("first")
        building.set()
        assert second_waits.wait(timeout=10)
        put_program(directory)

    first = threading.Thread(target=slot.filled, args=(slow, nobody_waits))
    first.start()
    assert building.wait(timeout=10)
    directory = slot.filled(lambda _: builds.append("second"), second_waits.set)
    first.join(timeout=10)

    assert builds == ["first"]
    assert (directory / "program").read_text() == "complete"


def test_a_cache_that_cannot_be_written_says_which_and_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "tools").write_text("a file in the way")

    with pytest.raises(ToolchainError, match=rf"cannot write the tool cache at {tmp_path}.*CANARY_LAB_CACHE"):
        Slot(tmp_path, "program", "k1").filled(put_program, nobody_waits)


def test_the_borders_between_the_parts_of_a_key_count() -> None:
    assert key_of(["ab", "c"]) != key_of(["a", "bc"])
    assert key_of(["ab", b"c"]) == key_of([b"ab", "c"])


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CANARY_LAB_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_root() == tmp_path / "xdg" / "canary-lab"

    monkeypatch.setenv("CANARY_LAB_CACHE", str(tmp_path / "chosen"))
    assert cache_root() == tmp_path / "chosen"
