"""Which local program plays the part of which image: the only place that knows repositories.

Pulling an image means making sure its program exists on this machine (the toolchain builds it, podinfo with the tag as
its version). An image brings what a real one brings: files at their usual places, a working folder, an entry point,
default arguments. It refuses to know what a pod is.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab import toolchain

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ImageError(Exception):
    """There is no such image here, or its program cannot be had; the message goes into the pod's status."""


class InvalidImageName(ImageError):
    """What is written is no image reference at all."""


@dataclass(frozen=True)
class Reference:
    """An image reference, spelled out: ``repository`` with its registry, ``tag`` (default ``latest``)."""

    repository: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Raises :class:`InvalidImageName`; a digest is only accepted beside a tag, which then decides."""
        name, _, digest = text.partition("@")
        path, colon, tag = name.rpartition(":")
        if not colon or "/" in tag:
            path, tag = name, ""
        if not path or path != path.lower() or any(not part for part in path.split("/")):
            raise InvalidImageName(f"couldn't parse image name {text!r}: expected [REGISTRY/]REPOSITORY[:TAG]")
        if digest and not tag:
            raise ImageError(f"{text!r} names an image by digest alone; the lab finds programs by tag: add :TAG")
        return cls(_with_registry(path), tag or "latest")


def _with_registry(path: str) -> str:
    first, slash, _ = path.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return path
    return f"docker.io/{path}" if slash else f"docker.io/library/{path}"


@dataclass(frozen=True)
class Image:
    """What a pulled image brings. ``files`` maps a path inside to the program (or folder) on this machine."""

    identity: str
    entrypoint: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)
    workdir: str = "/"
    path: str = PATH


def _podinfo(tag: str) -> Image:
    program = toolchain.podinfo(tag)
    files = {"/home/app/podinfo": program}
    if "podcli" in toolchain.NAMES:
        files["/usr/local/bin/podcli"] = toolchain.tool("podcli")
    return Image(str(program), (), ("./podinfo",), files, workdir="/home/app")


def _loadtester(_tag: str) -> Image:
    program = toolchain.tool("loadtester")
    helpers = {f"/usr/local/bin/{name}": toolchain.tool(name) for name in ("hey", "kubectl")}
    return Image(str(program), ("./loadtester",), (), {"/home/app/loadtester": program} | helpers, "/home/app")


def _prometheus(_tag: str) -> Image:
    program = toolchain.tool("prometheus")
    arguments = ("--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus")
    return Image(str(program), ("/bin/prometheus",), arguments, {"/bin/prometheus": program}, "/prometheus")


def _shell(_tag: str) -> Image:
    return Image(shutil.which("sh") or "/bin/sh", (), ("sh",))


def _python(_tag: str) -> Image:
    home = Path(sys.base_prefix)
    return Image(sys.executable, (), ("python3",), {str(home): home}, path=f"{home}/bin:{PATH}")


def _canary(_tag: str) -> Image:
    """The checkout that the lab runs from, as its Dockerfile would pack it: the interpreter, the packages, the code."""
    folders = {str(path): path for path in (Path(sys.base_prefix), Path(sys.prefix))}
    program = f"{sys.prefix}/bin/python3"
    return Image(program, (program, "-m", "canary"), ("--help",), folders | {"/app/canary": _CANARY}, "/app")


_CANARY = Path(__file__).resolve().parents[2] / "canary"
_TABLE: Mapping[str, Callable[[str], Image]] = {
    "docker.io/stefanprodan/podinfo": _podinfo,
    "ghcr.io/stefanprodan/podinfo": _podinfo,
    "ghcr.io/fluxcd/flagger-loadtester": _loadtester,
    "docker.io/weaveworks/flagger-loadtester": _loadtester,
    "docker.io/prom/prometheus": _prometheus,
    "quay.io/prometheus/prometheus": _prometheus,
    "docker.io/library/busybox": _shell,
    "docker.io/library/alpine": _shell,
    "docker.io/library/bash": _shell,
    "docker.io/library/python": _python,
    "docker.io/library/pulumi-canary": _canary,
}


def pull(text: str) -> Image:
    """Find the program behind an image reference, building it if need be (blocking: up to minutes for a cold cache).

    Raises :class:`ImageError`.
    """
    reference = Reference.parse(text)
    found = _TABLE.get(reference.repository)
    if found is None:
        raise ImageError(
            f"failed to pull {text!r}: the lab runs local programs and has none for {reference.repository}; "
            f"it has {', '.join(sorted(_TABLE))}"
        )
    try:
        return found(reference.tag)
    except toolchain.ToolchainError as error:
        raise ImageError(f"failed to pull {text!r}: {error}") from error


def command_line(image: Image, container: Mapping[str, list[str]]) -> tuple[str, ...]:
    """What runs: ``command`` replaces the entry point and drops the image's arguments, ``args`` replaces those."""
    command, args = container.get("command") or [], container.get("args") or []
    if command:
        return (*command, *args)
    if args:
        return (*image.entrypoint, *args)
    return (*image.entrypoint, *image.arguments)
