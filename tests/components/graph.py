"""The graph that a program declares, recorded from the requests that the real engine would be sent."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import pulumi
from pulumi.runtime import mocks, rpc

DYNAMIC = "pulumi-python:dynamic/canary:"


@dataclass(frozen=True)
class Node:
    """One resource as it was asked for: `inputs` are plain values, `after` the names it depends on."""

    kind: str
    name: str
    inputs: dict[str, Any]
    after: frozenset[str] = frozenset()
    ignored: tuple[str, ...] = ()
    provider: str = ""
    parent: str = ""

    @property
    def spec(self) -> dict[str, Any]:
        """The `spec` of a Kubernetes object."""
        return dict(self.inputs["spec"])

    @property
    def metadata(self) -> dict[str, Any]:
        """The `metadata` of a Kubernetes object."""
        return dict(self.inputs["metadata"])


@dataclass
class Graph:
    """All nodes of one program."""

    nodes: list[Node] = field(default_factory=list)

    def of(self, kind: str) -> dict[str, Node]:
        """Nodes by name whose type ends in `kind`: `Deployment`, `Service`, `TrafficSplit`, `Rollout`..."""
        return {node.name: node for node in self.nodes if node.kind.endswith(f":{kind}")}

    def one(self, kind: str) -> Node:
        """The only node of a kind."""
        (node,) = self.of(kind).values()
        return node


class _Answers(mocks.Mocks):
    """The engine's answers: what was asked for exists."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        return {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        run = {"run": "run-1"} if args.typ == f"{DYNAMIC}Rollout" else {}
        return f"{args.name}-id", {**args.inputs, **run}


class _Recorder(mocks.MockMonitor):
    """A monitor that keeps each request whole: pulumi's own mocks drop dependencies and options."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(_Answers())
        self.graph = graph

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        if request.type != "pulumi:pulumi:Stack":
            self.graph.nodes.append(
                Node(
                    kind=request.type,
                    name=request.name,
                    inputs=rpc.deserialize_properties(request.object),
                    after=frozenset(_name(urn) for urn in request.dependencies),
                    ignored=tuple(request.ignoreChanges),
                    provider=_name(request.provider.rpartition("::")[0]) if request.provider else "",
                    parent=_name(request.parent),
                )
            )
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


@contextmanager
def _event_loops() -> Iterator[None]:
    """Pulumi makes an event loop for each of its threads and never closes one; here all are closed."""
    make, made = asyncio.new_event_loop, []

    def recorded() -> asyncio.AbstractEventLoop:
        made.append(make())
        return made[-1]

    with patch("asyncio.new_event_loop", recorded):
        asyncio.set_event_loop(recorded())
        try:
            yield
        finally:
            asyncio.set_event_loop(None)
            for loop in made:
                loop.close()


def declare(program: Callable[[], Any], *, preview: bool = False) -> Graph:
    """Run `program` as Pulumi would, to its end; what it declared. An exception of the program is raised here."""
    graph = Graph()
    with _event_loops():
        mocks.set_mocks(_Answers(), project="demo", stack="prod", preview=preview, monitor=_Recorder(graph))
        mocks.test(lambda: pulumi.Output.from_input(program()))()  # type: ignore[no-untyped-call]
    return graph
