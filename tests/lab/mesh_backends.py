"""Small real HTTP servers to stand for pods, and a real Envoy on loopback addresses in front of them."""

import http.client
import json
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

from lab.mesh.admin import Admin
from lab.mesh.bootstrap import bootstrap
from lab.mesh.envoy import EnvoyProcess, arguments
from lab.mesh.objects import World
from lab.mesh.snapshot import build
from lab.mesh.xds import Publisher
from lab.toolchain import tool
from tests.lab.mesh_world import PodState, canary_world


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Backend"

    def do_GET(self) -> None:
        """/status/N answers N, /delay/S answers after S seconds; the body is the pod's name."""
        self.server.requests += 1
        _, verb, value, *_ = [*self.path.split("/"), "", ""]
        if verb == "delay":
            time.sleep(float(value))
        body = self.server.name.encode()
        self.send_response(int(value) if verb == "status" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


class Backend(ThreadingHTTPServer):
    """A pod's process; `requests` counts what reached it."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, pod: PodState) -> None:
        super().__init__((pod.address, pod.port), _Handler)
        self.name, self.requests = pod.name, 0
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


class Mesh:
    """Envoy and the publisher over addresses 127.X.Y.*, so that several of them can run side by side."""

    def __init__(self, directory: Path) -> None:
        self.net = f"127.{secrets.randbelow(250) + 2}.{secrets.randbelow(250) + 2}"
        self.port = _free_port()
        self.directory = directory
        self.backends: dict[str, Backend] = {}
        admin_port = _free_port()
        config = directory / "bootstrap.json"
        command = arguments(tool("envoy"), config, directory / "envoy.log")
        self.envoy = EnvoyProcess(command, directory / "envoy.pid")
        self.admin = Admin("127.0.0.1", admin_port, self.envoy.is_running)
        self.publisher = Publisher(directory, self.admin)
        config.write_text(json.dumps(bootstrap(self.publisher.cds, self.publisher.lds, "127.0.0.1", admin_port)))

    def start(self, world: World) -> None:
        self.publisher.publish(build(world))
        self.envoy.start()
        until(self.admin.is_live)

    def stop(self) -> None:
        self.envoy.stop()
        for backend in self.backends.values():
            backend.shutdown()
            backend.server_close()

    def pod(self, deployment: str, number: int) -> PodState:
        """A new pod of this deployment with a process behind it."""
        pod = PodState(f"{deployment}-{number}", deployment, f"{self.net}.{number}", self.port)
        self.backends[pod.name] = Backend(pod)
        return pod

    def world(
        self, canary: Sequence[PodState], primary: Sequence[PodState], weights: tuple[int, int] | None = None
    ) -> World:
        return canary_world(canary, primary, weights, self.net, self.port)

    def publish(
        self, canary: Sequence[PodState], primary: Sequence[PodState], weights: tuple[int, int] | None = None
    ) -> None:
        self.publisher.publish(build(self.world(canary, primary, weights)))

    def get(self, path: str = "/", host: int = 50, times: int = 1) -> Counter[tuple[int, str]]:
        """Send requests over one connection to a Service (50 apex, 51 primary, 52 canary); (status, body) counted."""
        answers: Counter[tuple[int, str]] = Counter()
        with closing(http.client.HTTPConnection(f"{self.net}.{host}", self.port, timeout=20)) as connection:
            for _ in range(times):
                connection.request("GET", path)
                response = connection.getresponse()
                body = response.read().decode()
                # Envoy's own 503 has a text of its own
                answers[response.status, body if body in self.backends else ""] += 1
        return answers

    def metrics(self) -> dict[str, float]:
        """What Prometheus would scrape, by series."""
        pattern = quote(r"^cluster\.pod\|")
        text = self.admin._get(f"/stats/prometheus?usedonly&filter={pattern}")
        rows = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
        return {series: float(value) for series, value in rows}


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Poll until true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not so within {seconds} s")
        time.sleep(0.01)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
