"""What a kubelet asks a guard: is it alive, is it ready. Knows nothing of releases."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE_S = 60.0  # several passes, each with its retries, may take long while the API server is slow


class Health:
    """Alive: the loop turned within the last minute. Ready: the cluster answered within the last minute."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._turned, self._answered = monotonic(), -PATIENCE_S * 2

    def turned(self) -> None:
        """The loop is at work."""
        self._turned = self._monotonic()

    def answered(self) -> None:
        """The cluster answered."""
        self._answered = self._monotonic()

    def status(self, path: str) -> int:
        """The HTTP status for a probe of `path`: /healthz or /readyz."""
        asked = {"/healthz": self._turned, "/readyz": self._answered}
        if path not in asked:
            return 404
        return 200 if self._monotonic() - asked[path] <= PATIENCE_S else 503

    def serve(self, port: int) -> int:
        """Answer probes from now on, in the background; the port, chosen by the system for 0."""
        health = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(health.status(self.path))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
                """Probes are not worth a line."""

        server = ThreadingHTTPServer(("", port), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
        return int(server.server_address[1])
