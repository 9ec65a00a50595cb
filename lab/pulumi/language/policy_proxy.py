"""Stands between the engine and a policy pack that can only start once the stack's configuration is known.

It answers the handshake and takes the configuration by itself; every other call is handed on, byte for byte, to the
pack. This module refuses to look into what it hands on.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import grpc

from lab.pulumi.protos import analyzer_pb2
from lab.pulumi.serving import channel_to, listen, new_server

_SERVICE = "pulumirpc.Analyzer"
_CONFIGURE = f"/{_SERVICE}/ConfigureStack"
_HANDSHAKE = f"/{_SERVICE}/Handshake"
# The engine asks about one resource at a time for each parallel operation.
_THREADS = 32


class PolicyProxy(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in its stubs only
    """A server on its own port until `close`."""

    def __init__(self) -> None:
        self._configuration: Future[Any] = Future()
        self._pack: Future[grpc.Channel] = Future()
        self._lock = threading.Lock()
        self._server = new_server(_THREADS)
        self._server.add_generic_rpc_handlers((self,))
        self.port = listen(self._server)

    def await_configuration(self) -> Any:
        """The engine's `AnalyzerStackConfigureRequest`, or `None` when it works without a stack. Blocks."""
        return self._configuration.result()

    def attach(self, port_line: bytes) -> None:
        """Hand on to the pack that printed `port_line`; anything but a number means that it did not start."""
        try:
            channel = channel_to(f"127.0.0.1:{int(port_line)}")
            if configuration := self._configuration.result():
                _configure(channel, configuration)
            self._pack.set_result(channel)
        except (ValueError, grpc.RpcError) as problem:
            self._pack.set_exception(RuntimeError(f"policy pack not started: could not read its port: {problem}"))

    def close(self) -> None:
        """Stop serving and let go of everyone who waits."""
        self._configured(None)
        with self._lock:
            if not self._pack.done():
                self._pack.set_exception(RuntimeError("policy pack not started: the engine is done with it"))
        self._server.stop(None)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes] | None":
        """Choose the answer to one call by its method's name."""
        method = handler_call_details.method
        if method == _HANDSHAKE:
            return grpc.unary_unary_rpc_method_handler(lambda *_: b"")
        if method == _CONFIGURE:
            return grpc.unary_unary_rpc_method_handler(self._take_configuration)
        return grpc.unary_unary_rpc_method_handler(self._hand_on(method))

    def _take_configuration(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        self._configured(analyzer_pb2.AnalyzerStackConfigureRequest.FromString(request))
        return b""

    def _configured(self, configuration: Any) -> None:
        with self._lock:
            if not self._configuration.done():
                self._configuration.set_result(configuration)

    def _hand_on(self, method: str) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        def handle(request: bytes, context: grpc.ServicerContext) -> bytes:
            # `policy publish` never configures a stack: any other call says that none will come.
            self._configured(None)
            try:
                return _raw(self._pack.result(), method)(request)
            except grpc.RpcError as refused:
                context.abort(refused.code(), refused.details() or "")
            except RuntimeError as problem:
                context.abort(grpc.StatusCode.UNKNOWN, str(problem))

        return handle


def _configure(channel: grpc.Channel, configuration: Any) -> None:
    try:
        _raw(channel, _CONFIGURE)(configuration.SerializeToString())
    except grpc.RpcError as refused:
        if refused.code() != grpc.StatusCode.UNIMPLEMENTED:
            raise


def _raw(channel: grpc.Channel, method: str) -> "grpc.UnaryUnaryMultiCallable[bytes, bytes]":
    return channel.unary_unary(method, request_serializer=_unchanged, response_deserializer=_unchanged)


def _unchanged(message: bytes) -> bytes:
    return message
