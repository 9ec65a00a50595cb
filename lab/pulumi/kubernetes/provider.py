"""The `ResourceProvider` service: requests become operations, outcomes become answers, errors become gRPC errors.

Every operation is worked out elsewhere, in its own module. What an object that is there but not ready leaves behind
goes into the error's details, from where the engine stores it. This module refuses to know what Kubernetes is.
"""

# ruff: noqa: D102, N802  (the methods and their names are those of the `ResourceProvider` protocol)

import json
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2, empty_pb2
from google.rpc import status_pb2  # type: ignore[import-untyped]  # generated, without stubs

from lab.pulumi.kubernetes.checking import CheckError, Wish, check
from lab.pulumi.kubernetes.checkpoint import Checkpoint
from lab.pulumi.kubernetes.configuring import diff_config
from lab.pulumi.kubernetes.creating import Creation
from lab.pulumi.kubernetes.deleting import Deletion
from lab.pulumi.kubernetes.diffing import diff
from lab.pulumi.kubernetes.engine_log import EngineLog
from lab.pulumi.kubernetes.naming import NamingError
from lab.pulumi.kubernetes.operations import IncompleteError, OperationError
from lab.pulumi.kubernetes.patches import Change
from lab.pulumi.kubernetes.properties import decode, encode, plain
from lab.pulumi.kubernetes.property_paths import PathError
from lab.pulumi.kubernetes.reading import Reading
from lab.pulumi.kubernetes.session import Session, UnreachableClusterError
from lab.pulumi.kubernetes.settings import Settings, SettingsError
from lab.pulumi.kubernetes.updating import Update
from lab.pulumi.kubernetes.urns import UnknownTypeError, Urn
from lab.pulumi.kubernetes.yaml_decode import ManifestError, decode_yaml
from lab.pulumi.protos import plugin_pb2, provider_pb2_grpc
from lab.pulumi.protos import provider_pb2 as messages
from lab.pulumi.versions import kubernetes_version

_EXPECTED = (
    CheckError,
    ManifestError,
    NamingError,
    OperationError,
    PathError,
    SettingsError,
    UnknownTypeError,
    UnreachableClusterError,
)
_KINDS = {
    (Change.ADD, False): messages.PropertyDiff.ADD,
    (Change.ADD, True): messages.PropertyDiff.ADD_REPLACE,
    (Change.UPDATE, False): messages.PropertyDiff.UPDATE,
    (Change.UPDATE, True): messages.PropertyDiff.UPDATE_REPLACE,
    (Change.DELETE, False): messages.PropertyDiff.DELETE,
    (Change.DELETE, True): messages.PropertyDiff.DELETE_REPLACE,
}
_DECODE_YAML = "kubernetes:yaml:decode"


class KubernetesProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One provider process. `engine_address` is where messages to the user go."""

    def __init__(self, engine_address: str) -> None:
        self._engine = EngineLog(engine_address)
        self._session: Session | None = None

    def cancel(self) -> None:
        """End every wait at once; what was written is stored, with the reason why it is not ready."""
        if self._session is not None:
            self._session.cancelled.set()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=kubernetes_version())

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        return messages.GetSchemaResponse(schema=json.dumps({"name": "kubernetes", "version": kubernetes_version()}))

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine = EngineLog(request.address)
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.cancel()
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        return messages.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        found = diff_config(decode(request.olds), decode(request.news))
        changes = messages.DiffResponse.DIFF_SOME if found.changed else messages.DiffResponse.DIFF_NONE
        return messages.DiffResponse(changes=changes, diffs=found.changed, replaces=found.replaces)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _Errors(context):
            self._session = Session.open(Settings.parse(request.variables), self._engine)
        return messages.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        autonaming = request.autonaming if request.HasField("autonaming") else None
        wish = Wish(request.randomSeed, autonaming)
        with _Errors(context):
            inputs = check(self._configured, Urn(request.urn), decode(request.olds), decode(request.news), wish)
        return messages.CheckResponse(inputs=encode(inputs))

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _Errors(context):
            state, new = decode(request.olds), decode(request.news)
            found = diff(self._configured, Urn(request.urn), state, new, request.ignoreChanges)
        detailed = {
            difference.text: messages.PropertyDiff(
                kind=_KINDS[difference.change, difference.replaces], inputDiff=difference.change is Change.DELETE
            )
            for difference in found.differences
        }
        return messages.DiffResponse(
            changes=messages.DiffResponse.DIFF_SOME if detailed else messages.DiffResponse.DIFF_NONE,
            replaces=found.replaces,
            deleteBeforeReplace=found.delete_first,
            detailedDiff=detailed,
            hasDetailedDiff=True,
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _Errors(context):
            marked = decode(request.properties)
            outcome = Creation(self._configured, Urn(request.urn), marked, request.timeout, request.preview).run()
        return messages.CreateResponse(id=outcome.id, properties=encode(outcome.state))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _Errors(context):
            stored, marked = Checkpoint.parse(decode(request.properties)), decode(request.inputs)
            outcome = Reading(self._configured, Urn(request.urn), request.id, stored, marked).run()
        if not outcome.id:
            return messages.ReadResponse()
        return messages.ReadResponse(
            id=outcome.id, properties=encode(outcome.state), inputs=encode(outcome.inputs or {})
        )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _Errors(context):
            outcome = Update(
                session=self._configured,
                urn=Urn(request.urn),
                stored=Checkpoint.parse(decode(request.olds)),
                marked=decode(request.news),
                ignored=request.ignoreChanges,
                timeout=request.timeout,
                is_preview=request.preview,
            ).run()
        return messages.UpdateResponse(properties=encode(outcome.state))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _Errors(context):
            stored = Checkpoint.parse(decode(request.properties))
            Deletion(self._configured, Urn(request.urn), request.id, stored, request.timeout).run()
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        if request.tok != _DECODE_YAML:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, _not_offered(f"function {request.tok}"))
        arguments = plain(decode(request.args))
        with _Errors(context):
            text = arguments.get("text")
            if not isinstance(text, str):
                raise ManifestError("missing required field 'text' of type string")
            found = decode_yaml(self._configured, text, arguments.get("defaultNamespace") or "")
        answer = messages.InvokeResponse()
        # The field is named as the keyword is, so it cannot be written as an argument.
        getattr(answer, "return").CopyFrom(encode({"result": found}))
        return answer

    def Construct(self, request: Any, context: grpc.ServicerContext) -> Any:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, _not_offered(f"component {request.type}"))

    @property
    def _configured(self) -> Session:
        if self._session is None:
            raise OperationError("the provider is not configured yet; the engine must call Configure first")
        return self._session


class _Errors:
    """Turns the errors of an operation into the call's gRPC error, with the state to store where there is one."""

    def __init__(self, context: grpc.ServicerContext) -> None:
        self._context = context

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> None:
        if isinstance(problem, IncompleteError):
            _abort_with_state(self._context, problem)
        if isinstance(problem, _EXPECTED):
            self._context.abort(grpc.StatusCode.UNKNOWN, str(problem))


def _abort_with_state(context: grpc.ServicerContext, problem: IncompleteError) -> NoReturn:
    inputs = problem.outcome.inputs
    detail = any_pb2.Any()
    detail.Pack(
        messages.ErrorResourceInitFailed(
            id=problem.outcome.id,
            properties=encode(problem.outcome.state),
            reasons=problem.reasons,
            inputs=None if inputs is None else encode(inputs),
        )
    )
    code = grpc.StatusCode.UNKNOWN
    status = status_pb2.Status(code=code.value[0], message=str(problem), details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, str(problem))


def _not_offered(what: str) -> str:
    return f"this stand-in for the Kubernetes provider does not offer the {what}; install the official provider for it"
