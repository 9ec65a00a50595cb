"""The table and the pins in lab/tools say the same."""

import re

import pytest

from lab.toolchain.table import GO_TOOLS, NAMES, GoTool, tagged_podinfo
from lab.toolchain.versions import first_version, required_go

BY_NAME = {source.name: source for source in GO_TOOLS}


@pytest.mark.parametrize("source", GO_TOOLS, ids=lambda source: source.name)
def test_every_built_tool_is_pinned_by_checksum(source: GoTool) -> None:
    assert source.pinned_by in (source.directory / "go.sum").read_text()
    assert required_go(source.directory / "go.mod") >= (1, 26)


def test_every_tool_the_lab_runs_is_in_the_table() -> None:
    needed = "pulumi kube-apiserver kube-controller-manager kubectl etcd envoy prometheus coredns hey loadtester"
    assert set(needed.split()) <= set(NAMES)


def test_stamps_follow_the_pinned_version() -> None:
    flags = BY_NAME["kube-apiserver"].linker_flags
    assert re.search(r"component-base/version.gitVersion=v1\.34\.\d+ ", flags)
    assert "gitMajor=1 " in flags
    assert "gitMinor=34 " in flags


def test_prometheus_is_stamped_with_its_release_not_with_its_go_module_version() -> None:
    assert BY_NAME["prometheus"].version.startswith("3.")


def test_a_tagged_podinfo_reports_its_tag() -> None:
    assert tagged_podinfo("2.1.0").linker_flags.endswith("version.VERSION=2.1.0")


@pytest.mark.parametrize(
    ("text", "version"),
    [("Kubernetes v1.34.4\n", (1, 34, 4)), ("go1.26", (1, 26)), ("CoreDNS-1.15.0", (1, 15, 0)), ("devel", None)],
)
def test_a_version_is_the_first_dotted_number(text: str, version: tuple[int, ...] | None) -> None:
    assert first_version(text) == version
