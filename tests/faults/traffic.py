"""Steady users of one release, and what they met."""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.cluster import Lab
from tests.e2e.world import eventually

RATE = 20  # requests a second
LONGEST_S = 3600


@dataclass
class Traffic:
    """Written by the client once a second; final when the block around it is left."""

    out: Path
    forgiven: int = 0

    @property
    def tally(self) -> dict[str, Any]:
        """The counts so far: sent, failed, versions, failures."""
        return dict(json.loads(self.out.read_text()))

    @property
    def sent(self) -> int:
        """Requests made."""
        return int(self.tally["sent"])

    def forgive(self) -> None:
        """Failures so far do not count; waits until the client has written them down."""
        seen = self.sent
        eventually("the client has written", lambda: self.sent > seen)
        self.forgiven = int(self.tally["failed"])

    @property
    def missed(self) -> int:
        """Requests without a 200, but those forgiven."""
        return int(self.tally["failed"]) - self.forgiven

    def failed(self) -> list[str]:
        """The first requests that failed, with their moments; none when all that did are forgiven."""
        return list(self.tally["failures"]) if self.missed else []

    @classmethod
    @contextmanager
    def steady(cls, lab: Lab, namespace: str, folder: Path, service: str = "podinfo") -> Iterator["Traffic"]:
        """A client inside the lab while the block runs."""
        out = folder / f"traffic-{time.monotonic_ns()}.json"
        url = f"http://{service}.{namespace}:9898/version"
        how = ("--rate", str(RATE), "--seconds", str(LONGEST_S), "--out", str(out))
        client = lab.popen([sys.executable, "-m", "lab.demo.client", url, *how], env=dict(os.environ))
        try:
            eventually("the steady client is running", out.exists)
            yield cls(out)
        finally:
            client.send_signal(signal.SIGTERM)
            client.wait(30)
