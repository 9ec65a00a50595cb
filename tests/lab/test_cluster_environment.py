"""The variables of a shell, as a real shell reads them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.cluster import LabPaths, environment

PORTS = {"api": 1, "prometheus": 4711}


@pytest.fixture(params=["plain", 'it\'s a "dir" with $HOME `x`'])
def paths(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LabPaths:
    monkeypatch.setenv("CANARY_LAB_STATE", str(tmp_path / request.param))
    return LabPaths("a")


def in_shell(script: str, variable: str) -> str:
    return subprocess.run(
        ["/bin/sh", "-c", f'{script}printf %s "${variable}"'], check=True, capture_output=True, text=True
    ).stdout


def test_a_shell_reads_every_value_as_it_was_meant(paths: LabPaths) -> None:
    values = environment.variables(paths, PORTS)
    script = environment.export_lines(values)
    assert {name: in_shell(script, name) for name in values} == values


def test_the_backend_is_in_the_state_folder_and_prometheus_is_the_relay(paths: LabPaths) -> None:
    values = environment.variables(paths, PORTS)
    assert values["PULUMI_BACKEND_URL"] == f"file://{paths.root}/pulumi"
    assert values["LAB_PROMETHEUS_URL"] == "http://127.0.0.1:4711"


def test_entering_twice_does_not_lengthen_the_path(paths: LabPaths) -> None:
    once = environment.search_path(paths.bin, "/usr/bin:/bin")
    assert environment.search_path(paths.bin, once) == once
    assert once == f"{paths.bin}:{Path(sys.executable).parent}:/usr/bin:/bin"


def test_another_labs_tools_leave_the_path(paths: LabPaths) -> None:
    other = LabPaths("b")
    assert str(other.bin) not in environment.search_path(paths.bin, f"{other.bin}:/bin")


def test_unset_takes_back_what_env_gave(paths: LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    values = environment.variables(paths, PORTS)
    monkeypatch.setenv("PATH", values["PATH"])
    script = environment.export_lines(values) + environment.unset_lines(values, paths)
    assert in_shell(script, "KUBECONFIG") == ""
    assert str(paths.bin) not in in_shell(script, "PATH")


def test_inside_no_proxy_of_the_host_is_used_and_kubectl_finds_the_inner_address(paths: LabPaths) -> None:
    base = {"HTTPS_PROXY": "http://p", "no_proxy": "x", "PATH": "/bin", "HOME": "/h"}
    inside = environment.inside_variables(paths, base)
    assert not [name for name in inside if name.lower().endswith("_proxy")]
    assert inside["KUBECONFIG"] == str(paths.inside_kubeconfig)
    assert inside["HOME"] == "/h"


def test_modules_of_this_checkout_are_found_before_anything_else(paths: LabPaths) -> None:
    found = environment.module_variables(paths, {"PYTHONPATH": "/x"})["PYTHONPATH"].split(os.pathsep)
    assert (Path(found[0]) / "lab" / "cluster").is_dir()
    assert found[1:] == ["/x"]
