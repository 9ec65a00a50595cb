"""The line to the Pulumi engine from inside a provider process: live messages out, cancellation in.

A dynamic provider is given neither the URN it works for nor word of a cancellation, so the URN comes as an input, the
engine's address is the last argument of the process, and the servicer's empty `Cancel` is replaced by ours. The
tests hold both against the installed SDK.
"""

import contextlib
import os
import select
import sys
import threading
import time
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

DEBUG, INFO, WARNING = engine_pb2.DEBUG, engine_pb2.INFO, engine_pb2.WARNING
GONE_AFTER = 3.0  # seconds for which the engine must be out of reach before it counts as dead
RPC_TIMEOUT = 2.0  # seconds; a message is never worth a late revert


class Interrupts:
    """Why this process should stop, known to all releases in it; thread-safe."""

    def __init__(self) -> None:
        self._flag = threading.Event()
        self._reason = ""

    @property
    def reason(self) -> str:
        """An empty string while nothing asks to stop."""
        return self._reason

    def stop(self, reason: str) -> None:
        """Ask every release in this process to go home. The first reason is kept."""
        self._reason = self._reason or reason
        self._flag.set()

    def wait(self, seconds: float) -> None:
        """Sleep, but not beyond an interrupt that was not there before; never longer than asked."""
        if self._flag.is_set():
            time.sleep(seconds)
        else:
            self._flag.wait(seconds)


INTERRUPTS = Interrupts()


class EngineLog:
    """Messages under one resource of the running update. Never raises; outside an engine it is silent."""

    def __init__(self, urn: str, address: str | None = None) -> None:
        self.urn = urn
        self.address = _engine_address() if address is None else address
        self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(self.address)) if self.address else None
        self._silent_since: float | None = None

    def say(self, message: str, severity: int = INFO, *, ephemeral: bool = False) -> None:
        """Show `message` under the resource; an ephemeral one replaces the last on a terminal and leaves no trace."""
        if self._stub is None:
            return
        request = engine_pb2.LogRequest(severity=severity, message=message, urn=self.urn, ephemeral=ephemeral)  # type: ignore[arg-type]
        try:
            self._stub.Log(request, timeout=RPC_TIMEOUT)
            self._silent_since = None
        except grpc.RpcError:
            self._missed(time.monotonic())

    def _missed(self, now: float) -> None:
        self._silent_since = self._silent_since or now
        if now - self._silent_since >= GONE_AFTER:
            INTERRUPTS.stop("the Pulumi engine is gone")


def _engine_address() -> str:
    """The provider process is started as `... -m pulumi.dynamic ENGINE_ADDRESS`."""
    last = sys.argv[-1] if len(sys.argv) > 1 else ""
    return last if ":" in last and last.rpartition(":")[2].isdigit() else ""


def listen() -> None:
    """Hear of cancellations in this process; harmless when called often."""
    servicer = getattr(sys.modules["__main__"], "DynamicResourceProviderServicer", None)
    if servicer is None or getattr(servicer.Cancel, "is_ours", False):
        return
    _replace_cancel(servicer)
    threading.Thread(target=_watch_stdin, name="engine-alive", daemon=True).start()


def _replace_cancel(servicer: Any) -> None:
    """The RPC server holds the bound method already, so the code inside the function is what must change."""

    def cancel(self, request, context):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        from canary.provider.engine import cancelled  # noqa: PLC0415  # runs with the globals of pulumi.dynamic

        return cancelled()

    servicer.Cancel.__code__ = cancel.__code__
    servicer.Cancel.__dict__["is_ours"] = True


def cancelled() -> Any:
    """What `Cancel` does in a provider process: ask every release to go home."""
    from google.protobuf import empty_pb2  # noqa: PLC0415

    INTERRUPTS.stop("cancelled (Ctrl-C or SIGTERM)")
    return empty_pb2.Empty()


def _watch_stdin() -> None:
    """The engine holds our stdin open for as long as it lives. A stdin that is closed from the start says nothing."""
    with contextlib.suppress(OSError, ValueError):
        descriptor = sys.stdin.fileno()
        if select.select([descriptor], [], [], 0)[0]:
            return
        while os.read(descriptor, 4096):
            pass
        INTERRUPTS.stop("the Pulumi engine is gone")
