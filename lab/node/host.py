"""What every pod of this node shares: the way to the cluster, the addresses, the folder for state.

Only a bundle of collaborators, so that nothing is global; it refuses to do anything itself.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from lab.node import images
from lab.node.api import Api
from lab.node.downward import Placement
from lab.node.events import Recorder
from lab.node.network import NODE_IP, AddressPool

Pull = Callable[[str], images.Image]


@dataclass(frozen=True)
class Host:
    """The node as its pods see it. ``pull`` blocks, and so is only called on a thread."""

    name: str
    api: Api
    events: Recorder
    http: aiohttp.ClientSession
    folder: Path
    pull: Pull = images.pull
    ip: str = NODE_IP
    addresses: AddressPool = field(default_factory=AddressPool)

    async def image(self, reference: str) -> images.Image:
        """The image behind a reference; raises :class:`images.ImageError`."""
        return await asyncio.to_thread(self.pull, reference)

    def placement(self, pod_ip: str) -> Placement:
        """What the downward API tells a pod about where it is."""
        return Placement(pod_ip, self.ip, cpu_count(), memory_bytes())


def cpu_count() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0))


def memory_bytes() -> int:
    """The machine's memory."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
