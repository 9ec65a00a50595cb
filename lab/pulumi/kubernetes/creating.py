"""Creates an object and waits until it is ready; in a preview, asks the API server what it would create.

What may only be missing for a moment (the namespace, the kind's definition) is waited for, since both may be made by
the same program. This module refuses to touch an object that exists, unless the provider is told to.
"""

from dataclasses import dataclass

from lab.pulumi.kubernetes.api_errors import ApiError, NoSuchKindError, RefusedError
from lab.pulumi.kubernetes.checkpoint import checkpoint
from lab.pulumi.kubernetes.engine_log import OperationLog
from lab.pulumi.kubernetes.naming import field_manager
from lab.pulumi.kubernetes.objects import Kind, annotation, drop, id_of
from lab.pulumi.kubernetes.operations import IncompleteError, OperationError, Outcome
from lab.pulumi.kubernetes.properties import Json, has_unknown, plain
from lab.pulumi.kubernetes.session import Session
from lab.pulumi.kubernetes.urns import Urn
from lab.pulumi.kubernetes.waits.catalog import look_after_write
from lab.pulumi.kubernetes.waits.conditions import WaitForError
from lab.pulumi.kubernetes.waits.loop import UnreadyError, Wait
from lab.pulumi.kubernetes.waits.subject import Subject
from lab.pulumi.kubernetes.writing import ConflictError, Writer

DEFAULT_TIMEOUT_SECONDS = 600.0
_TIMEOUT_ANNOTATION = "pulumi.com/timeoutSeconds"
_FIRST_RETRY_SECONDS = 1.0
_RETRIES = 5
_EXISTS = """

The resource already exists in the cluster. This can happen when:

  - Renaming a Pulumi resource: use an alias to preserve the identity,
    or use deleteBeforeReplace if the resource needs replacement.
  - Managing an existing resource: use a Patch resource (e.g. NamespacePatch)
    to manage specific fields without owning the resource lifecycle.
  - Adopting a resource into Pulumi: use `pulumi import`.
  - Intentional upsert: set upsertExistingObjects on the provider."""


@dataclass(frozen=True, slots=True)
class Creation:
    """One creation. `timeout` in seconds; 0 means that the program sets none."""

    session: Session
    urn: Urn
    marked: Json
    timeout: float
    is_preview: bool

    def run(self) -> Outcome:
        """The object's id and state. Raises `OperationError`, `IncompleteError` and `UnreachableClusterError`."""
        inputs: Json = plain(self.marked)
        if self.is_preview and self._cannot_preview(inputs):
            return Outcome("", self.marked)
        log = self.session.log(str(self.urn))
        manager = field_manager({}, inputs)
        try:
            written = self._write(inputs, manager, log)
        except (ApiError, ConflictError) as problem:
            if self.is_preview and _is_no_obstacle(problem):
                return Outcome("", self.marked)
            raise OperationError(self._explain(problem)) from problem
        if self.is_preview:
            drop(written, "status")
            return Outcome("", self._state(inputs, written, manager))
        return self._wait(inputs, written, manager, log)

    def _cannot_preview(self, inputs: Json) -> bool:
        kind = Kind.of(inputs)
        return has_unknown(inputs) or self.urn.is_patch_of(kind.name) or not self.session.serves(kind)

    def _write(self, inputs: Json, manager: str, log: OperationLog) -> Json:
        settings = self.session.settings
        is_patch = self.urn.is_patch_of(Kind.of(inputs).name)
        writer = Writer(self.session.cluster, manager, self.is_preview, is_patch, settings.force_patches)
        write = writer.upsert if is_patch or settings.upsert_existing else writer.create
        pause = _FIRST_RETRY_SECONDS
        for attempt in range(_RETRIES + 1):
            try:
                return write(inputs)
            except (RefusedError, NoSuchKindError) as problem:
                may_come = isinstance(problem, NoSuchKindError) or problem.is_not_found
                if not may_come or self.is_preview or attempt == _RETRIES or self.session.cancelled.is_set():
                    raise
                log.status(f"Retry #{attempt}; creation failed: {problem}")
            self.session.cancelled.wait(pause)
            pause *= 2
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _wait(self, inputs: Json, written: Json, manager: str, log: OperationLog) -> Outcome:
        subject = Subject(self.session.cluster, written)
        live = written
        try:
            log.clear_status()
            if look := look_after_write(subject, inputs):
                live = Wait(subject, log, self.session.cancelled).until_ready(look, seconds(self.timeout, inputs))
                log.clear_status()
        except (UnreadyError, WaitForError) as problem:
            live = (problem.live if isinstance(problem, UnreadyError) else None) or written
            message = (
                f'resource "{self.urn}" was successfully created, but the Kubernetes API server '
                f"reported that it failed to fully initialize or become live: {problem}"
            )
            outcome = Outcome(id_of(live), self._state(inputs, live, manager))
            raise IncompleteError(message, outcome, getattr(problem, "problems", ())) from problem
        return Outcome(id_of(live), self._state(inputs, live, manager))

    def _state(self, inputs: Json, live: Json, manager: str) -> Json:
        return checkpoint(inputs, live, self.marked, str(inputs.get("apiVersion", "")), manager)

    def _explain(self, problem: Exception) -> str:
        if isinstance(problem, NoSuchKindError):
            return (
                f'creation of resource "{self.urn}" with kind {self.urn.kind} failed because the Kubernetes API server '
                "reported that the apiVersion for this resource does not exist. Verify that any required CRDs have "
                f"been created: {problem}"
            )
        hint = _EXISTS if isinstance(problem, RefusedError) and problem.already_exists else ""
        return f'resource "{self.urn}" was not successfully created by the Kubernetes API server: {problem}{hint}'


def seconds(timeout: float, inputs: Json) -> float:
    """How long to wait: the program's own timeout, else the object's annotation, else ten minutes."""
    if timeout:
        return timeout
    annotated = annotation(inputs, _TIMEOUT_ANNOTATION)
    return float(annotated) if annotated.isdigit() else DEFAULT_TIMEOUT_SECONDS


def _is_no_obstacle(problem: Exception) -> bool:
    """Whether a failed preview says nothing about the update itself."""
    return isinstance(problem, RefusedError) and (
        problem.is_forbidden or problem.refuses_dry_run or problem.already_exists or problem.is_namespace_missing
    )
