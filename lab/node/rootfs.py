"""What a container sees as its file system: its own root, the host's programs read-only, its image, its volumes.

A tree of paths is planned first and then mounted. Where a mount point does not exist on the host, the folders around it
are rebuilt in memory with the host's entries bound into them, so nothing is ever created on the host itself. Standard
library only: the launcher runs it. It refuses to know what the mounts are for.
"""
# A path is text here: the same one names places in two trees, the host's and the new one. The temporary folders are the
# container's own, in memory.
# ruff: noqa: PTH103, PTH112, PTH114, PTH115, PTH120, PTH208, PTH211, S108

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.node import syscalls

# Host folders that programs need; everything else of the host (homes, /var, /work, ...) does not exist in a pod.
SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "nix", "sys")
PRIVATE = ("/tmp", "/run", "/var/tmp", "/dev/shm")
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "pts", "ptmx")
_LINKS = {
    "/var/run": "/run", "/var/lock": "/run/lock", "/dev/fd": "/proc/self/fd", "/dev/stdin": "/proc/self/fd/0",
    "/dev/stdout": "/proc/self/fd/1", "/dev/stderr": "/proc/self/fd/2",
}  # fmt: skip


@dataclass(frozen=True)
class Mount:
    """``source`` (an absolute host path) shown at ``target``; without a source, an empty folder in memory."""

    target: str
    source: str | None = None
    readonly: bool = False

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Mount:
        """From the JSON form of these three fields."""
        return cls(written["target"], written["source"], written["readonly"])


@dataclass
class Node:
    """One path of the plan: what is mounted there, and what lies below it."""

    mount: Mount | None = None
    children: dict[str, Node] = field(default_factory=dict)


def plan(mounts: Iterable[Mount]) -> Node:
    """The tree of all mounts, the private folders included; later mounts on the same path win."""
    root = Node()
    for mount in [*(Mount(path) for path in PRIVATE), *mounts]:
        node = root
        for name in where(mount.target).strip("/").split("/"):
            node = node.children.setdefault(name, Node())
        node.mount = mount
    return root


def where(target: str) -> str:
    """The path a mount really lands on once links (``/var/run``, ``/lib``) are followed."""
    path = os.path.normpath("/" + target.lstrip("/"))
    for alias, real in _LINKS.items():
        if path == alias or path.startswith(alias + "/"):
            path = real + path.removeprefix(alias)
    top = path.split("/")[1]
    return os.path.realpath(path) if top in SYSTEM else path


def build(root: str, tree: Node) -> None:
    """Mount the plan on the existing folder ``root``, in this process's (private) mount namespace."""
    syscalls.mount("tmpfs", root, "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "mode=755")
    for name in SYSTEM:
        if name not in tree.children and os.path.lexists(f"/{name}"):
            _reflect(f"/{name}", f"{root}/{name}")
    for name, node in tree.children.items():
        _place(f"/{name}" if name in SYSTEM else None, f"{root}/{name}", node)
    for name in ("proc", "var", "var/tmp", "home", "root"):
        os.makedirs(f"{root}/{name}", exist_ok=True)
    for device in _DEVICES:
        _bind(f"/dev/{device}", f"{root}/dev/{device}", readonly=False)
    for alias, real in _LINKS.items():
        os.symlink(real, root + alias)


def _place(host: str | None, here: str, node: Node) -> None:
    if node.mount is not None:
        _mount(node.mount, here)
    else:
        os.makedirs(here, exist_ok=True)
        if host is not None and os.path.isdir(host):
            _rebuild(host, here, leave_out=node.children)
    for name, child in node.children.items():
        inherited = f"{host}/{name}" if host and node.mount is None else None
        _place(inherited, f"{here}/{name}", child)


def _rebuild(host: str, here: str, leave_out: Mapping[str, Node]) -> None:
    for entry in os.listdir(host):
        if entry not in leave_out:
            _reflect(f"{host}/{entry}", f"{here}/{entry}")


def _reflect(host: str, here: str) -> None:
    if os.path.islink(host):
        os.symlink(os.readlink(host), here)
        return
    with contextlib.suppress(PermissionError):  # what this user may not see on the host is not there in the pod either
        _bind(host, here, readonly=True)


def _mount(mount: Mount, here: str) -> None:
    if mount.source is None:
        os.makedirs(here, exist_ok=True)
        syscalls.mount("tmpfs", here, "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "mode=1777")
    else:
        _bind(mount.source, here, readonly=mount.readonly)


def _bind(source: str, here: str, *, readonly: bool) -> None:
    if os.path.isdir(source):
        os.makedirs(here, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(here), exist_ok=True)
        os.close(os.open(here, os.O_CREAT | os.O_WRONLY, 0o644))
    syscalls.bind(source, here, readonly=readonly)
