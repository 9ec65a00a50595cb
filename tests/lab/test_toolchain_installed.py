"""A program somebody installed is used only when nothing about it is doubtful."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lab.toolchain import installed
from lab.toolchain.errors import ToolchainError
from lab.toolchain.table import GoTool, OnPath, WheelTool

Install = Callable[[str, str], Path]
GREETER = GoTool(
    name="greeter",
    module="greeter",
    package="example.com/greeter",
    pinned_by="example.com/greeter",
    version_args=("--version",),
    on_path=OnPath(at_least=(1, 34), below=(1, 35)),
)
WITH_COMPANION = replace(
    GREETER,
    on_path=OnPath(at_least=(1, 34), below=(1, 35), companions=("greeter-language-python",)),
)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CANARY_LAB_CACHE", "/nonexistent")
    installed._accepted.cache_clear()

    def put(name: str, body: str) -> Path:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
        return program

    return put


def test_a_suitable_version_on_path_is_used(install: Install) -> None:
    program = install("greeter", "echo greeter v1.34.9")

    assert installed.on_path(GREETER) == program


@pytest.mark.parametrize("body", ["echo v1.33.9", "echo v1.35.0", "echo hello", "echo v1.34.1; exit 1"])
def test_an_unsuitable_doubtful_or_broken_one_is_not_used(install: Install, body: str) -> None:
    install("greeter", body)

    assert installed.on_path(GREETER) is None


def test_one_without_its_companion_beside_it_is_not_used(install: Install) -> None:
    program = install("greeter", "echo v1.34.1")
    assert installed.on_path(WITH_COMPANION) is None

    installed._accepted.cache_clear()
    install("greeter-language-python", "true")
    assert installed.on_path(WITH_COMPANION) == program


def test_what_the_lab_put_on_path_itself_is_not_taken_for_an_installed_one(
    install: Install, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install("greeter", "echo v1.34.1")
    monkeypatch.setenv("CANARY_LAB_CACHE", str(tmp_path))

    assert installed.on_path(GREETER) is None


def test_a_missing_wheel_is_named_with_the_remedy() -> None:
    absent = WheelTool(name="etcd", distribution="no-such-distribution", location="x/etcd")

    with pytest.raises(ToolchainError, match=r"etcd comes with the Python package no-such-distribution.*make setup"):
        installed.in_wheel(absent)


def test_a_wheel_without_its_program_is_named_with_where_it_was_sought() -> None:
    hollow = WheelTool(name="no-such-program", distribution="pytest", location="x/no-such-program")

    with pytest.raises(ToolchainError, match=r"should be in pytest .*x/no-such-program.*make setup"):
        installed.in_wheel(hollow)
