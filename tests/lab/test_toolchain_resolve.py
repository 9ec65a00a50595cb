"""From a name to a program: what is built again, what is refused, and what the messages say."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lab.toolchain import errors, golang, podinfo, resolve, tool
from lab.toolchain.progress import Silent
from lab.toolchain.table import GoTool

SILENT = Silent()


@dataclass(frozen=True)
class FakeGo:
    """A `go` on PATH that takes no time: its "compiler" writes a shell script that prints `prints`."""

    directory: Path

    def install(self, *, version: str = "go1.26.8", prints: str = "greeter 1.2.3", fails: str = "") -> None:
        build = (
            f"echo '{fails}' >&2; exit 1" if fails else f"printf '#!/bin/sh\\necho {prints}\\n' >$out; chmod +x $out"
        )
        self._write(
            f'echo "$@" >>{self.log}\n'
            f'[ "$1" = env ] && {{ echo {version}; exit; }}\n'
            'while [ "$1" != -o ]; do shift; done; out=$2\n'
            f"echo some/package >&2\n{build}\n",
        )
        golang.go_version.cache_clear()

    @property
    def log(self) -> Path:
        return self.directory / "calls"

    def builds(self) -> int:
        return sum(line.startswith("build") for line in self.log.read_text().splitlines())

    def _write(self, body: str) -> None:
        program = self.directory / "go"
        program.write_text(f"#!/bin/sh\n{body}")
        program.chmod(0o755)


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGo:
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", f"{directory}{os.pathsep}/usr/bin:/bin")
    monkeypatch.setenv("CANARY_LAB_CACHE", str(tmp_path / "cache"))
    fake = FakeGo(directory)
    fake.install()
    return fake


@pytest.fixture(autouse=True)
def forget_the_fake() -> Iterator[None]:
    golang.go_version.cache_clear()
    yield
    golang.go_version.cache_clear()


@pytest.fixture
def greeter(tmp_path: Path) -> GoTool:
    module = tmp_path / "greeter"
    module.mkdir()
    (module / "go.mod").write_text("module x\n\ngo 1.26\n\nrequire example.com/greeter v1.2.3 // indirect\n")
    (module / "go.sum").write_text("example.com/greeter v1.2.3 h1:AAAA=\n")
    return GoTool(
        name="greeter",
        module=str(module),
        package="example.com/greeter/cmd",
        pinned_by="example.com/greeter",
        version_args=("--version",),
    )


def test_a_tool_is_built_once(go: FakeGo, greeter: GoTool) -> None:
    first, second = resolve.built(greeter, SILENT), resolve.built(greeter, SILENT)

    assert first == second
    assert os.access(first, os.X_OK)
    assert go.builds() == 1


@pytest.mark.usefixtures("go")
def test_other_pins_are_another_build(greeter: GoTool) -> None:
    before = resolve.slot_of(greeter).key
    (greeter.directory / "go.sum").write_text("example.com/greeter v1.2.3 h1:BBBB=\n")
    after_sum = resolve.slot_of(greeter).key
    go_mod = greeter.directory / "go.mod"
    go_mod.write_text(go_mod.read_text() + "// another\n")

    assert len({before, after_sum, resolve.slot_of(greeter).key}) == 3


@pytest.mark.usefixtures("go")
def test_other_flags_tags_or_package_are_another_build(greeter: GoTool) -> None:
    others = (
        replace(greeter, stamps=(("main.version", "{version}"),)),
        replace(greeter, tags=("small",)),
        replace(greeter, package="example.com/greeter/other"),
    )

    assert len({resolve.slot_of(each).key for each in (greeter, *others)}) == 4


def test_another_compiler_is_another_build(go: FakeGo, greeter: GoTool) -> None:
    before = resolve.slot_of(greeter).key
    go.install(version="go1.27.0")

    assert resolve.slot_of(greeter).key != before


def test_a_failed_build_shows_what_the_compiler_said_and_leaves_nothing(go: FakeGo, greeter: GoTool) -> None:
    go.install(fails="greeter.go:7: undefined: hello there")

    with pytest.raises(errors.BuildError, match=r"Building greeter 1.2.3 failed(?s:.*)greeter.go:7: undefined: hello"):
        resolve.built(greeter, SILENT)
    assert not resolve.slot_of(greeter).directory.exists()


def test_a_program_that_reports_another_version_is_not_kept(go: FakeGo, greeter: GoTool) -> None:
    go.install(prints="greeter 9.9.9")

    with pytest.raises(errors.BuildError, match=r"`greeter --version` says: 'greeter 9.9.9'"):
        resolve.built(greeter, SILENT)
    assert not resolve.slot_of(greeter).directory.exists()


def test_each_podinfo_tag_is_a_program_of_its_own(go: FakeGo) -> None:
    go.install(prints="2.1.0 2.1.1")

    assert podinfo("2.1.0", SILENT) != podinfo("2.1.1", SILENT)
    assert "pkg/version.VERSION=2.1.1" in go.log.read_text()


@pytest.mark.parametrize("tag", ["", "2.1.0 -X main.x=1", "-s", "a/b", "x" * 129])
def test_what_is_no_image_tag_never_reaches_the_linker(go: FakeGo, tag: str) -> None:
    with pytest.raises(errors.ToolchainError, match="is not an image tag"):
        podinfo(tag, SILENT)
    assert "build" not in (go.log.read_text() if go.log.exists() else "")


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(errors.UnknownToolError, match=r"no tool 'etdc'.*etcd, envoy, kubectl"):
        tool("etdc")


def test_no_go_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, greeter: GoTool) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(errors.GoError, match=r"no `go` on PATH. Install Go 1.26 or newer"):
        resolve.built(greeter, SILENT)


def test_an_old_go_says_which_it_is_and_what_to_install(go: FakeGo, greeter: GoTool) -> None:
    go.install(version="go1.22.2")

    with pytest.raises(errors.GoError, match=r"`go` on PATH is go1.22.2. Install Go 1.26 or newer"):
        resolve.built(greeter, SILENT)


def test_a_local_go_is_kept_unless_it_is_too_old_for_the_module(greeter: GoTool) -> None:
    go_mod = greeter.directory / "go.mod"
    local = {"GOTOOLCHAIN": "local"}
    assert golang.environment(go_mod, "go1.26.0", local)["GOTOOLCHAIN"] == "local"

    go_mod.write_text(go_mod.read_text().replace("go 1.26", "go 1.26.7"))
    assert golang.environment(go_mod, "go1.26.0", local)["GOTOOLCHAIN"] == "auto"


def test_the_users_go_settings_cannot_change_what_is_built(greeter: GoTool) -> None:
    strange = {"GOFLAGS": "-mod=vendor", "GOOS": "plan9", "CGO_ENABLED": "1", "HOME": "/home/me"}
    built_in = golang.environment(greeter.directory / "go.mod", "go1.26.8", strange)

    assert built_in == {"HOME": "/home/me", **golang.RECIPE}


def test_the_build_cache_lies_below_the_labs_own_unless_the_user_has_one(
    greeter: GoTool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    go_mod, chosen = greeter.directory / "go.mod", {"CANARY_LAB_CACHE": str(tmp_path)}
    monkeypatch.setenv("CANARY_LAB_CACHE", str(tmp_path))

    assert golang.environment(go_mod, "go1.26.8", chosen)["GOCACHE"] == str(tmp_path / "go-build")
    assert golang.environment(go_mod, "go1.26.8", {**chosen, "GOCACHE": "/own"})["GOCACHE"] == "/own"
    assert "GOCACHE" not in golang.environment(go_mod, "go1.26.8", {})
