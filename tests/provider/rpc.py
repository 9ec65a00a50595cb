"""The other end of the line: a real gRPC engine that keeps what it is told, and a client of a provider process."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

DEADLINE_S = 10.0


@dataclass
class Engine(engine_pb2_grpc.EngineServicer):
    """Pulumi's engine, as far as a provider process talks to it."""

    said: list[engine_pb2.LogRequest] = field(default_factory=list)
    heard: Event = field(default_factory=Event)
    server: grpc.Server = field(default_factory=lambda: grpc.server(ThreadPoolExecutor(2)))
    address: str = ""

    def leave(self) -> None:
        """Answer no more."""
        self.server.stop(None).wait(DEADLINE_S)

    def Log(self, request: engine_pb2.LogRequest, context: Any) -> empty_pb2.Empty:  # noqa: N802 - the protocol's name
        self.said.append(request)
        self.heard.set()
        return empty_pb2.Empty()


@contextmanager
def engine() -> Iterator[Engine]:
    """An engine that serves as long as the block runs."""
    found = Engine()
    engine_pb2_grpc.add_EngineServicer_to_server(found, found.server)
    found.address = f"127.0.0.1:{found.server.add_insecure_port('127.0.0.1:0')}"
    found.server.start()
    try:
        yield found
    finally:
        found.leave()


def closed_port() -> int:
    """A port where nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
