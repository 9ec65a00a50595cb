"""What the supervisor runs: processes to keep, jobs to finish, conditions to await; and how each tells it is ready.

Only descriptions and probes live here. This module refuses to know when anything is started.
"""

import json
import socket
import ssl
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_PROBE_TIMEOUT_S = 2.0


Probe = Callable[[], bool]
"""Whether something is ready now. May block for about two seconds; OSError, ValueError and KeyError mean no."""


@dataclass(frozen=True)
class Unit:
    """One thing that a running lab consists of.

    Attributes:
        name: how `status`, `logs` and the fault tests call it.
        argv: the command, or None for a mere condition that is awaited.
        ready: when the unit counts as ready; None for a job, which is ready when it has exited with 0.
        after: the units that must be ready before this one starts.
        environment: variables added to the supervisor's own.
        descriptors: inherited file descriptors.
        stale: a file that says "ready"; removed before each start.
    """

    name: str
    argv: tuple[str, ...] | None
    ready: Probe | None
    after: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    descriptors: tuple[int, ...] = ()
    stale: Path | None = None


def tcp_answers(host: str, port: int) -> Probe:
    """Ready when a connection is accepted."""

    def probe() -> bool:
        with socket.create_connection((host, port), timeout=_PROBE_TIMEOUT_S):
            return True

    return probe


@dataclass(frozen=True)
class ApiReader:
    """Reads JSON from an HTTP address; for HTTPS it trusts only the certificate file `trust`, once that exists."""

    address: str
    trust: Path | None = None
    token: str = ""

    def text(self, path: str) -> str:
        """The body of `GET path`; raises OSError for every failure, incl. a status other than 2xx."""
        context = ssl.create_default_context(cafile=str(self.trust)) if self.trust else None
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        request = urllib.request.Request(self.address + path, headers=headers)  # noqa: S310 - addresses are constants
        handlers = [urllib.request.HTTPSHandler(context=context)] if context else []
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)
        with opener.open(request, timeout=_PROBE_TIMEOUT_S) as answer:
            return str(answer.read().decode())

    def answers(self, path: str) -> Probe:
        """Ready when `GET path` succeeds."""
        return lambda: bool(self.text(path)) or True

    def shows(self, path: str, condition: Callable[[Any], bool]) -> Probe:
        """Ready when the JSON at `path` fulfils the condition."""
        return lambda: condition(json.loads(self.text(path)))


def is_available(deployment: Any) -> bool:
    """Whether a Deployment has all its pods ready in the present generation."""
    status = deployment.get("status", {})
    wanted = deployment["spec"].get("replicas", 1)
    seen = status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    return bool(seen and status.get("availableReplicas", 0) >= wanted)


def has_ready_node(nodes: Any) -> bool:
    """Whether a NodeList has a node whose condition Ready is True."""
    conditions = (c for node in nodes["items"] for c in node.get("status", {}).get("conditions", []))
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
