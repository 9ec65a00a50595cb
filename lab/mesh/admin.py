"""Asking Envoy's admin address which configuration it has taken.

Knows two statistics of Envoy's and nothing of what the configuration says.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from lab.mesh.xds import XdsError

DEADLINE_SECONDS = 5.0
POLL_SECONDS = 0.005
_PREFIX = {"cds": "cluster_manager.cds", "lds": "listener_manager.lds"}


@dataclass(frozen=True, slots=True)
class _State:
    version: str
    rejected: int


class Admin:
    """Envoy's admin interface.

    Args:
        address, port: where it listens.
        running: whether there is an Envoy to ask; without one there is nothing to wait for.
    """

    def __init__(self, address: str, port: int, running: Callable[[], bool]) -> None:
        self._address, self._port, self._running = address, port, running
        self._rejected: dict[str, int] = {}

    def is_live(self) -> bool:
        """Whether an Envoy answers and serves."""
        try:
            return self._get("/ready").strip() == "LIVE"
        except (OSError, http.client.HTTPException):
            return False

    def await_version(self, kind: str, version: str) -> None:
        """See `xds.Acceptance`."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self._running():
            state = self._state(kind)
            if state and state.version == version:
                return
            self._refuse_rejection(kind, state)
            if time.monotonic() > deadline:
                raise XdsError(
                    f"Envoy did not take {kind} version {version} within {DEADLINE_SECONDS:g} s; see envoy.log"
                )
            time.sleep(POLL_SECONDS)

    def _refuse_rejection(self, kind: str, state: _State | None) -> None:
        """Rejections are counted since Envoy's start: only a rise is about what was just written."""
        if state is None:
            return
        seen, self._rejected[kind] = self._rejected.get(kind, state.rejected), state.rejected
        if state.rejected > seen:
            raise XdsError(f"Envoy rejected the {kind} configuration; the reason is the last line of envoy.log")

    def _state(self, kind: str) -> _State | None:
        """None while Envoy does not answer (it is starting)."""
        prefix = _PREFIX[kind]
        try:
            text = self._get(f"/stats?filter={quote('^' + prefix)}")
        except (OSError, http.client.HTTPException):
            return None
        values = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
        return _State(
            values.get(f"{prefix}.version_text", "").strip('"'), int(values.get(f"{prefix}.update_rejected", 0))
        )

    def _get(self, path: str) -> str:
        connection = http.client.HTTPConnection(self._address, self._port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()
