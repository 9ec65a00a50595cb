"""Where a lab's files are, and what is kept when its cluster goes."""

from pathlib import Path

import pytest

from lab.cluster import LabError, LabPaths


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CANARY_LAB_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("CANARY_LAB_NAME", raising=False)
    return tmp_path / "state"


def test_the_state_variable_wins_over_xdg_and_home(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/elsewhere")
    assert LabPaths("a").root == state / "a"


def test_xdg_is_followed_and_home_is_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CANARY_LAB_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", "/xdg")
    assert LabPaths("a").root == Path("/xdg/canary-lab/a")
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert LabPaths("a").root == Path("/home/somebody/.local/state/canary-lab/a")


def test_a_lab_without_a_name_has_the_name_from_the_environment_or_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LabPaths().name == "default"
    monkeypatch.setenv("CANARY_LAB_NAME", "other")
    assert LabPaths().name == "other"


@pytest.mark.parametrize("name", ["..", "a/b", "-a", "a-", "A", "a b", "a" * 41])
def test_a_name_that_could_leave_the_state_folder_is_refused(name: str) -> None:
    with pytest.raises(LabError, match="not usable"):
        LabPaths(name)


def test_only_this_user_can_read_the_folders() -> None:
    paths = LabPaths("a")
    paths.make()
    assert {folder.stat().st_mode & 0o777 for folder in (paths.root, paths.pki, paths.run)} == {0o700}


def test_wiping_takes_the_cluster_and_its_stacks_and_leaves_logs_and_ports() -> None:
    paths = LabPaths("a")
    paths.make()
    for file in (paths.kubeconfig, paths.ports, paths.log("etcd"), paths.pulumi_backend / "stack", paths.etcd / "wal"):
        file.write_text("x")
    paths.wipe()
    left = {str(file.relative_to(paths.root)) for file in paths.root.rglob("*") if file.is_file()}
    assert left == {"ports.json", "logs/etcd.log"}


def test_purging_leaves_nothing() -> None:
    paths = LabPaths("a")
    paths.make()
    paths.purge()
    assert not paths.root.exists()
