"""Applies a change to an object and waits until it is ready; in a preview, asks what would come of it.

Whatever goes wrong once the object is known to be there, its live state and the new inputs are stored, so that the next
update starts from what is. This module refuses to create what is gone.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile

from lab.pulumi.kubernetes.api_errors import ApiError, NoSuchKindError, RefusedError
from lab.pulumi.kubernetes.checkpoint import Checkpoint, checkpoint
from lab.pulumi.kubernetes.creating import seconds
from lab.pulumi.kubernetes.naming import field_manager
from lab.pulumi.kubernetes.normalize import normalize
from lab.pulumi.kubernetes.objects import Kind, id_of, name_of, namespace_of
from lab.pulumi.kubernetes.operations import IncompleteError, OperationError, Outcome
from lab.pulumi.kubernetes.properties import Json, has_unknown, plain
from lab.pulumi.kubernetes.property_paths import PathError, parse_path
from lab.pulumi.kubernetes.session import Session
from lab.pulumi.kubernetes.urns import Urn
from lab.pulumi.kubernetes.waits.catalog import look_after_write
from lab.pulumi.kubernetes.waits.conditions import WaitForError
from lab.pulumi.kubernetes.waits.loop import UnreadyError, Wait
from lab.pulumi.kubernetes.waits.subject import Subject
from lab.pulumi.kubernetes.writing import ConflictError, Writer


@dataclass(frozen=True, slots=True)
class Update:
    """One update. `timeout` in seconds; 0 means that the program sets none."""

    session: Session
    urn: Urn
    stored: Checkpoint
    marked: Json
    ignored: Sequence[str]
    timeout: float
    is_preview: bool

    def run(self) -> Outcome:
        """The object's id and state. Raises `OperationError`, `IncompleteError` and `UnreachableClusterError`."""
        inputs = normalize(plain(self.marked))
        if self.is_preview and (has_unknown(inputs) or not self.session.serves(Kind.of(inputs))):
            return Outcome("", self.marked)
        manager = field_manager(self.stored.raw, inputs)
        writer = self._writer(inputs, manager)
        try:
            live = self._apply(inputs, writer)
        except NoSuchKindError as problem:
            raise OperationError(
                f'update of resource "{self.urn}" failed because the Kubernetes API server reported that the '
                "apiVersion for this resource does not exist. Verify that any required CRDs have been created: "
                f"{problem}"
            ) from problem
        except (ApiError, ConflictError, UnreadyError, WaitForError) as problem:
            if self.is_preview and isinstance(problem, RefusedError) and problem.is_forbidden:
                return Outcome("", self.marked)
            raise self._incomplete(inputs, manager, problem) from problem
        self._drop_former_manager(writer, live)
        return Outcome(id_of(live), self._state(inputs, live, manager))

    def _writer(self, inputs: Json, manager: str) -> Writer:
        is_patch = self.urn.is_patch_of(Kind.of(inputs).name)
        return Writer(self.session.cluster, manager, self.is_preview, is_patch, self.session.settings.force_patches)

    def _apply(self, inputs: Json, writer: Writer) -> Json:
        before = self._read(Kind.of(inputs), namespace_of(inputs))
        written = writer.update(inputs, before, ignored_fields(self.ignored))
        if self.is_preview:
            return written
        log = self.session.log(str(self.urn))
        subject = Subject(self.session.cluster, written, before)
        look = look_after_write(subject, inputs)
        if look is None:
            return written
        live = Wait(subject, log, self.session.cancelled).until_ready(look, seconds(self.timeout, inputs))
        log.clear_status()
        return live

    def _read(self, kind: Kind, namespace: str) -> Json:
        return self.session.cluster.read(kind, namespace, name_of(self.stored.live))

    def _incomplete(self, inputs: Json, manager: str, problem: Exception) -> Exception:
        try:
            live = self._read(Kind.of(self.stored.live), namespace_of(self.stored.live))
        except ApiError as unreadable:
            return OperationError(
                f'update of resource "{self.urn}" failed: {problem}\nunable to get cluster state: {unreadable}'
            )
        message = (
            f'the Kubernetes API server reported that "{id_of(live)}" failed to fully initialize or become live: '
            f"{problem}"
        )
        outcome = Outcome(id_of(live), self._state(inputs, live, manager))
        return IncompleteError(message, outcome, getattr(problem, "problems", ()))

    def _drop_former_manager(self, writer: Writer, live: Json) -> None:
        former = field_manager(self.stored.raw, self.stored.inputs)
        if not self.is_preview and former != writer.manager:
            writer.relinquish(live, former)

    def _state(self, inputs: Json, live: Json, manager: str) -> Json:
        return checkpoint(inputs, live, self.marked, self.stored.initial_api_version, manager)


def ignored_fields(ignored: Sequence[str]) -> list[tuple[str, ...]]:
    """The paths that name fields only.

    As with the official provider, a path into a list changes nothing here: the engine has put the old inputs there.
    """
    fields = []
    for text in ignored:
        with suppress(PathError):
            steps = parse_path(text)
            names = tuple(takewhile(lambda step: isinstance(step, str), steps))
            if len(names) == len(steps) and "*" not in names:
                fields.append(tuple(str(name) for name in names))
    return fields
