"""The stand-ins give way to official plugins, and become the plugin themselves instead of keeping a shell around."""

import subprocess
from pathlib import Path

import pytest

from lab.pulumi import install, install_into_home

NAMES = ("pulumi-language-python", "pulumi-resource-pulumi-python", "pulumi-resource-kubernetes")


def script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bin_dir(tmp_path: Path) -> Path:
    install(tmp_path / "bin")
    return tmp_path / "bin"


def run(program: Path, tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **variables}
    return subprocess.run(
        [str(program), "--version"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", NAMES)
def test_an_official_plugin_further_down_the_path_is_used(name: str, bin_dir: Path, tmp_path: Path) -> None:
    official = script(tmp_path / "official" / name, 'echo "official $@"')
    answer = run(bin_dir / name, tmp_path, PATH=f"{bin_dir}:{official.parent}:/usr/bin:/bin")
    assert answer.stdout == "official --version\n"


def test_an_official_plugin_that_pulumi_has_downloaded_is_used(bin_dir: Path, tmp_path: Path) -> None:
    script(tmp_path / "home" / "plugins" / "resource-kubernetes-v4.1.0" / NAMES[2], "echo official")
    assert run(bin_dir / NAMES[2], tmp_path, PULUMI_HOME=str(tmp_path / "home")).stdout == "official\n"


@pytest.mark.parametrize(("name", "version"), [(NAMES[0], "3."), (NAMES[2], "4.")])
def test_without_an_official_plugin_the_stand_in_answers(
    name: str, version: str, bin_dir: Path, tmp_path: Path
) -> None:
    assert run(bin_dir / name, tmp_path, PATH=f"{bin_dir}:/usr/bin:/bin").stdout.startswith(version)


def test_a_second_stand_in_is_not_taken_for_an_official_plugin(bin_dir: Path, tmp_path: Path) -> None:
    install(tmp_path / "other")
    answer = run(bin_dir / NAMES[0], tmp_path, PATH=f"{bin_dir}:{tmp_path / 'other'}:/usr/bin:/bin")
    assert answer.stdout.startswith("3.")


def test_an_official_plugin_in_pulumis_own_folder_is_left_alone(tmp_path: Path) -> None:
    install_into_home(tmp_path)
    ours = next((tmp_path / "plugins").glob("resource-kubernetes-v*/pulumi-resource-kubernetes"))
    script(ours, "echo official")
    install_into_home(tmp_path)
    assert "official" in ours.read_text()


def test_the_dynamic_launcher_becomes_the_projects_python(bin_dir: Path, tmp_path: Path) -> None:
    script(tmp_path / "venv" / "bin" / "python", 'echo "$$ $@"')
    launcher = subprocess.Popen(
        [str(bin_dir / NAMES[1]), "127.0.0.1:1"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PULUMI_RUNTIME_VIRTUALENV": "venv/"},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    output, _ = launcher.communicate(timeout=10)
    assert output == f"{launcher.pid} -u -m pulumi.dynamic 127.0.0.1:1\n"


def test_the_dynamic_launcher_says_which_virtual_environment_is_missing(bin_dir: Path, tmp_path: Path) -> None:
    answer = run(bin_dir / NAMES[1], tmp_path, PULUMI_RUNTIME_VIRTUALENV="nowhere")
    assert answer.returncode == 1
    assert f"{tmp_path}/nowhere" in answer.stderr


def test_the_lab_is_found_from_any_directory_and_not_shadowed_by_it(bin_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "lab.py").write_text("raise SystemExit('shadowed')")
    assert run(bin_dir / NAMES[0], tmp_path).stdout.startswith("3.")
