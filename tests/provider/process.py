"""A provider process as Pulumi starts one, and the calls that Pulumi makes to it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.provider.probe import Probe
from tests.provider.rpc import DEADLINE_S

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Process:
    """One running `pulumi.dynamic` of the installed SDK."""

    process: "subprocess.Popen[str]"
    stub: provider_pb2_grpc.ResourceProviderStub

    def create(self, **props: Any) -> Any:
        """The future answer to Create of a `Probe`."""
        properties = asyncio.run(rpc.serialize_properties({**props, "__provider": serialize_provider(Probe())}, {}))
        return self.stub.Create.future(provider_pb2.CreateRequest(properties=properties), timeout=2 * DEADLINE_S)

    def cancel(self) -> None:
        """What Pulumi calls at Ctrl-C."""
        self.stub.Cancel(empty_pb2.Empty(), timeout=DEADLINE_S)

    def leave(self) -> None:
        """What happens to the process's stdin when Pulumi is killed."""
        assert self.process.stdin
        self.process.stdin.close()


@contextmanager
def provider_process(engine_address: str) -> Iterator[Process]:
    """Start one whose engine is at `engine_address`; end it after the block."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.dynamic", engine_address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout
    assert process.stdin
    try:
        port = process.stdout.readline().strip()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Process(process, provider_pb2_grpc.ResourceProviderStub(channel))
    finally:
        process.kill()
        process.wait(DEADLINE_S)
        process.stdin.close()
        process.stdout.close()
