"""The engine's protocol, without the SDK around it.

`import pulumi` costs a third of a second of CPU at every start of a plugin, and a plugin needs only the generated
messages. So the packages above them are entered as empty shells with the right search path, unless the SDK is loaded
already. This module refuses to know what the messages mean.
"""

import importlib.util
import sys
import types
from pathlib import Path


def _shell(name: str, location: Path) -> None:
    if name not in sys.modules:
        module = types.ModuleType(name)
        module.__path__ = [str(location)]
        sys.modules[name] = module


def _enter_shells() -> None:
    if "pulumi" in sys.modules:
        return
    spec = importlib.util.find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("the Pulumi SDK is not installed beside the lab; run `pip install pulumi` in its environment")
    root = Path(spec.submodule_search_locations[0])
    _shell("pulumi", root)
    _shell("pulumi.runtime", root / "runtime")
    _shell("pulumi.runtime.proto", root / "runtime" / "proto")


_enter_shells()

from pulumi.runtime.proto import (  # noqa: E402  (the shells must be there first)
    analyzer_pb2,
    engine_pb2,
    engine_pb2_grpc,
    language_pb2,
    language_pb2_grpc,
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
)

__all__ = [
    "analyzer_pb2",
    "engine_pb2",
    "engine_pb2_grpc",
    "language_pb2",
    "language_pb2_grpc",
    "plugin_pb2",
    "provider_pb2",
    "provider_pb2_grpc",
]
