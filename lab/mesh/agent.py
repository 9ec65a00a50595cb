"""The data plane's loop: whenever the cluster changes, publish what Envoy should do.

It joins the four reflectors, the pure snapshot, the publisher and Envoy's process, and decides nothing itself. A burst
of events is one publication, because they gather while the last one is being published.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.mesh import objects
from lab.mesh.admin import Admin
from lab.mesh.api import KubernetesApi
from lab.mesh.bootstrap import ADMIN_ADDRESS, ADMIN_PORT, bootstrap
from lab.mesh.envoy import EnvoyProcess, arguments
from lab.mesh.objects import World
from lab.mesh.snapshot import Snapshot, build
from lab.mesh.watch import Reflector
from lab.mesh.xds import Publisher, XdsError

log = logging.getLogger(__name__)

SYNC_SECONDS = 60.0
RETRY_SECONDS = 1.0
LIVE_POLL_SECONDS = 0.02


class MeshError(Exception):
    """The data plane cannot start."""


class ClusterView:
    """Everything routing depends on, followed at the API server."""

    def __init__(self, api: KubernetesApi, changed: threading.Event) -> None:
        notify = changed.set
        self._services = Reflector(api, lambda: "/api/v1/services", objects.service, notify)
        self._slices = Reflector(
            api, lambda: "/apis/discovery.k8s.io/v1/endpointslices", objects.endpoint_slice, notify
        )
        self._pods = Reflector(api, lambda: "/api/v1/pods", objects.pod, notify)
        self._splits = Reflector(api, api.locate_splits, objects.split, notify)

    def start(self, stop: threading.Event) -> None:
        """Follow all kinds and wait until each was listed once. Raises MeshError after 60 seconds."""
        kinds: dict[str, Reflector[Any]]
        kinds = {"services": self._services, "endpointslices": self._slices, "pods": self._pods, "splits": self._splits}
        for name, reflector in kinds.items():
            reflector.start(name, stop)
        for name, reflector in kinds.items():
            if not reflector.await_sync(SYNC_SECONDS) and not stop.is_set():
                raise MeshError(f"the API server gave no list of {name} within {SYNC_SECONDS:g} s; is it running?")

    def world(self) -> World:
        """The state of the cluster now."""
        return World(self._services.records(), self._slices.records(), self._pods.records(), self._splits.records())


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the data plane keeps its files, which Envoy it runs, and the file it makes once it serves."""

    state: Path
    envoy: Path
    ready_file: Path | None

    @property
    def run(self) -> Path:
        """Configuration and process id."""
        return self.state / "mesh"

    @property
    def log(self) -> Path:
        """Envoy's own log."""
        return self.state / "logs" / "envoy.log"


class Agent:
    """The data plane of one lab. `run()` returns after `stop` is set, with Envoy ended."""

    def __init__(self, settings: Settings, api: KubernetesApi, stop: threading.Event, changed: threading.Event) -> None:
        self._stop, self._changed = stop, changed
        self._view = ClusterView(api, changed)
        settings.run.mkdir(parents=True, exist_ok=True)
        settings.log.parent.mkdir(parents=True, exist_ok=True)
        config = settings.run / "bootstrap.json"
        self._ready_file = settings.ready_file
        self._envoy = EnvoyProcess(arguments(settings.envoy, config, settings.log), settings.run / "envoy.pid")
        self._admin = Admin(ADMIN_ADDRESS, ADMIN_PORT, self._envoy.is_running)
        self._publisher = Publisher(settings.run, self._admin)
        config.write_text(json.dumps(bootstrap(self._publisher.cds, self._publisher.lds)))

    def run(self) -> None:
        """Serve until stopped."""
        self._view.start(self._stop)
        if self._envoy.adopt():
            log.info("taken over: the running Envoy")
        self._publish()
        self._envoy.start()
        try:
            self._announce()
            while not self._stop.is_set():
                self._changed.wait(self._patience())
                self._changed.clear()
                self._publish()
        finally:
            self._envoy.stop()

    def _announce(self) -> None:
        """Say so once Envoy serves."""
        while not self._admin.is_live() and not self._stop.wait(LIVE_POLL_SECONDS):
            pass
        if self._ready_file and not self._stop.is_set():
            self._ready_file.touch()

    def _patience(self) -> float | None:
        """Seconds until a kept cluster may go; None (until something changes) if none is kept."""
        expiry = self._publisher.next_expiry()
        return None if expiry is None else max(0.0, expiry - time.monotonic())

    def _publish(self) -> None:
        began = time.monotonic()
        snapshot = build(self._view.world())
        try:
            if self._publisher.publish(snapshot):
                _report(snapshot, time.monotonic() - began)
        except XdsError as error:
            log.warning("%s; trying again in %g s", error, RETRY_SECONDS)
            self._stop.wait(RETRY_SECONDS)
            self._changed.set()


def _report(snapshot: Snapshot, seconds: float) -> None:
    routes, pods, milliseconds = len(snapshot.routes), len(snapshot.clusters), seconds * 1000
    log.info("published %d Service ports and %d pod ports in %.0f ms", routes, pods, milliseconds)
