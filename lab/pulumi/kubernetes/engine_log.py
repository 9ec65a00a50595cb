"""Tells the engine what the user should read, under the resource it belongs to.

A status is shown while the operation runs and not kept; a message is kept. Nothing is told twice in one operation. This
module refuses to fail: an engine that is gone can no longer be told anything.
"""

from contextlib import suppress
from typing import Any

import grpc

from lab.pulumi.protos import engine_pb2, engine_pb2_grpc
from lab.pulumi.serving import channel_to

INFO = engine_pb2.INFO
WARNING = engine_pb2.WARNING
_SECONDS = 10.0


class EngineLog:
    """The engine's log service at `address`; without an address everything is silent."""

    def __init__(self, address: str) -> None:
        self._stub: Any = engine_pb2_grpc.EngineStub(channel_to(address)) if address else None

    def send(self, severity: Any, urn: str, message: str, *, is_status: bool) -> None:
        """Show `message` under the resource `urn`."""
        if self._stub is None:
            return
        request = engine_pb2.LogRequest(severity=severity, urn=urn, message=message, ephemeral=is_status)
        with suppress(grpc.RpcError):
            self._stub.Log(request, timeout=_SECONDS)


class OperationLog:
    """What one operation on one resource tells the user."""

    def __init__(self, engine: EngineLog, urn: str) -> None:
        self._engine = engine
        self._urn = urn
        self._told: set[tuple[int, str]] = set()

    def tell(self, message: str) -> None:
        """Keep `message`."""
        self._engine.send(INFO, self._urn, message, is_status=False)

    def caution(self, message: str) -> None:
        """Keep `message` as a warning."""
        self._engine.send(WARNING, self._urn, message, is_status=False)

    def status(self, message: str, severity: Any = INFO) -> None:
        """Show `message` for now, unless it was shown before."""
        if (severity, message) not in self._told:
            self._told.add((severity, message))
            self._engine.send(severity, self._urn, message, is_status=True)

    def clear_status(self) -> None:
        """Show no status any more."""
        self._engine.send(INFO, self._urn, "", is_status=True)
