"""The place one pod lives in: its folder, address, sandbox, volumes and ``/etc`` files, set up before any container.

It refuses to know containers' lives; it only says where they would run.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from lab.node import environment, network, resolver, rootfs
from lab.node.api import Json
from lab.node.downward import Placement
from lab.node.host import Host
from lab.node.images import Image
from lab.node.process import Process
from lab.node.volumes import Volumes


class Room:
    """Everything of a pod that outlives its containers. ``address`` is the pod's, once :meth:`open` has run."""

    def __init__(self, host: Host, pod: Json) -> None:
        meta = pod["metadata"]
        self.host = host
        self.pod = pod
        self._host_network = bool(pod["spec"].get("hostNetwork"))
        self._sandbox: Process | None = None
        self.folder = folder_of(host.folder, pod)
        self.address = ""
        self.host_name = host.name if self._host_network else environment.host_name(pod)
        self.name = f"{meta['namespace']}/{meta['name']}"

    @property
    def placement(self) -> Placement:
        """What the downward API tells about it."""
        return self.host.placement(self.address)

    async def open(self) -> None:
        """Take an address and make the sandbox; may be called again after an ``OSError``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._host_network:
            self.address = self.host.ip
        elif self._sandbox is None:
            # After a restart of the agent a pod keeps its address if it can.
            wished = (self.pod.get("status") or {}).get("podIP")
            self.address = self.address or self.host.addresses.take(wished)
            self._sandbox = await network.open_sandbox(self.address, self.host_name, self.folder / "sandbox.log")
        self._write_etc()
        self.volumes = Volumes(self.host.api, self.pod, self.folder / "volumes", self.placement)

    async def fill(self) -> None:
        """Create or update the volumes; raises :class:`ConfigError` while something they refer to is missing."""
        await self.volumes.refresh()

    async def close(self) -> None:
        """End the sandbox and give the address back."""
        if self._sandbox is not None:
            await self._sandbox.kill()
            self._sandbox = None
            self.host.addresses.give_back(self.address)

    def remove(self) -> None:
        """Remove the pod's files, logs included."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def order(self, container: Json, image: Image, argv: tuple[str, ...], values: dict[str, str]) -> Json:
        """What the launcher is told to run this container."""
        root = self.folder / "root" / container["name"]
        root.mkdir(parents=True, exist_ok=True)
        cwd = container.get("workingDir") or image.workdir
        mounts = [
            *(rootfs.Mount(f"/etc/{file.name}", str(file)) for file in (self.folder / "etc").iterdir()),
            *([rootfs.Mount(cwd)] if cwd not in {"/", *image.files} else []),
            *(rootfs.Mount(path, str(program), readonly=True) for path, program in image.files.items()),
            *self.volumes.mounts(container, values),
        ]
        return {
            "sandbox": self._sandbox.pid if self._sandbox else None,
            "root": str(root),
            "mounts": [{"target": m.target, "source": m.source, "readonly": m.readonly} for m in mounts],
            "argv": argv,
            "env": values,
            "cwd": cwd,
        }

    def log(self, container: str, life: int) -> Path:
        """Where the ``life``-th start of a container (0 is the first) writes."""
        return self.folder / "logs" / container / f"{life}.log"

    def _write_etc(self) -> None:
        of_node = Path("/etc/resolv.conf")
        text = of_node.read_text() if of_node.exists() else ""
        (self.folder / "etc").mkdir(exist_ok=True)
        for name, content in resolver.files(self.pod, self.host_name, self.address, text).items():
            (self.folder / "etc" / name).write_text(content)


def folder_of(root: Path, pod: Json) -> Path:
    """The folder of one pod under the agent's own."""
    meta = pod["metadata"]
    return root / "pods" / f"{meta['namespace']}_{meta['name']}_{meta['uid']}"
