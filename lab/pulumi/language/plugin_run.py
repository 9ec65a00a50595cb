"""Runs a plugin that is itself a Python project: a policy pack or a provider written as a component package.

Its output streams back to the engine piece by piece, its exit code last. A policy pack expects the stack's
configuration in its environment, which the engine only sends by a call; so a proxy answers first, takes that call, and
then the pack starts behind it. This module refuses to know what the plugin does.
"""

import json
import os
import queue
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import grpc

from lab.pulumi.language.policy_proxy import PolicyProxy
from lab.pulumi.language.process import Child, Children
from lab.pulumi.language.toolchain import Python, ToolchainError
from lab.pulumi.protos import language_pb2

_ANALYZER = "analyzer"
_CHUNK_BYTES = 65536
_Piece = Any


def run(python: Python, request: Any, context: grpc.ServicerContext, children: Children) -> Iterator[Any]:
    """Yield `RunPluginResponse`s until the plugin has ended. Raises `ToolchainError` when it cannot be run."""
    if request.kind != _ANALYZER:
        environment = _environment(python, request)
        child = children.add(Child(_plugin_command(python, request), environment, Path(request.pwd), piped=True))
        yield from _stream(child, context, children, None)
        return
    proxy = PolicyProxy()
    context.add_callback(proxy.close)
    yield language_pb2.RunPluginResponse(stdout=f"{proxy.port}\n".encode())
    configuration = proxy.await_configuration()
    directory = Path(request.info.program_directory)
    command = [python.executable, "-u", "-m", "pulumi.policy", *request.args, str(directory)]
    environment = _environment(python, request) | _stack_environment(configuration)
    child = children.add(Child(command, environment, directory, piped=True))
    yield from _stream(child, context, children, proxy)


def _environment(python: Python, request: Any) -> dict[str, str]:
    sent = dict(entry.partition("=")[::2] for entry in request.env)
    return python.environ(dict(os.environ) | sent)


def _stack_environment(configuration: Any) -> dict[str, str]:
    if configuration is None:
        return {}
    named = {
        "PULUMI_ORGANIZATION": configuration.organization,
        "PULUMI_PROJECT": configuration.project,
        "PULUMI_STACK": configuration.stack,
        "PULUMI_DRY_RUN": "true" if configuration.dry_run else "false",
        "PULUMI_CONFIG": json.dumps(dict(configuration.config)),
    }
    return {name: value for name, value in named.items() if value}


def _plugin_command(python: Python, request: Any) -> list[str]:
    root = Path(request.info.root_directory)
    if (root / "__main__.py").is_file():
        return [python.executable, request.info.program_directory, *request.args]
    description = root / "pyproject.toml"
    if not description.is_file():
        raise ToolchainError(f"plugin in {root} is not runnable: it has neither __main__.py nor pyproject.toml")
    name = tomllib.loads(description.read_text(encoding="utf-8")).get("project", {}).get("name")
    if not name:
        raise ToolchainError(f"plugin in {root} is not runnable: {description} names no project")
    return [python.executable, "-m", "pulumi.run.plugin", name, *request.args]


def _stream(
    child: Child, context: grpc.ServicerContext, children: Children, proxy: PolicyProxy | None
) -> Iterator[_Piece]:
    if not context.add_callback(child.interrupt):
        child.interrupt()
    pieces: queue.Queue[_Piece | None] = queue.Queue()
    for pipe, field in ((child.stdout, "stdout"), (child.stderr, "stderr")):
        threading.Thread(target=_pump, args=(pipe, field, pieces, proxy), daemon=True).start()
    open_pipes = 2
    while open_pipes:
        piece = pieces.get()
        if piece is None:
            open_pipes -= 1
        else:
            yield piece
    code = child.wait()
    children.remove(child)
    if proxy is not None:
        proxy.close()
    yield language_pb2.RunPluginResponse(exitcode=code)


def _pump(pipe: IO[bytes], field: str, pieces: "queue.Queue[_Piece | None]", proxy: PolicyProxy | None) -> None:
    if proxy is not None and field == "stdout":
        # The pack's own port is for the proxy; the engine already has the proxy's.
        proxy.attach(pipe.readline())
    while data := os.read(pipe.fileno(), _CHUNK_BYTES):
        pieces.put(_piece(field, data))
    pieces.put(None)


def _piece(field: str, data: bytes) -> _Piece:
    if field == "stdout":
        return language_pb2.RunPluginResponse(stdout=data)
    return language_pb2.RunPluginResponse(stderr=data)
