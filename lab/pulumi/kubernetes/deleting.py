"""Deletes an object and waits until it is gone; a patch only lets go of the fields it owned.

What is gone already, or whose kind is, counts as deleted. This module refuses to remove finalizers.
"""

import threading
import time
from dataclasses import dataclass

from lab.pulumi.kubernetes.api_errors import ApiError, NoSuchKindError, RefusedError
from lab.pulumi.kubernetes.checkpoint import Checkpoint, checkpoint
from lab.pulumi.kubernetes.creating import seconds
from lab.pulumi.kubernetes.naming import field_manager
from lab.pulumi.kubernetes.objects import Kind, annotation, id_of, metadata_of, name_of, namespace_of, parse_id
from lab.pulumi.kubernetes.operations import IncompleteError, OperationError, Outcome
from lab.pulumi.kubernetes.properties import Json
from lab.pulumi.kubernetes.session import Session
from lab.pulumi.kubernetes.urns import Urn
from lab.pulumi.kubernetes.waits.catalog import skips_deletion_wait
from lab.pulumi.kubernetes.writing import Writer

_PROPAGATION = "pulumi.com/deletionPropagationPolicy"
_POLICIES = {"orphan": "Orphan", "background": "Background"}
_PAUSE_SECONDS = 0.2
_UNREACHABLE = (
    "configured Kubernetes cluster is unreachable. If the cluster was deleted, you can remove this resource from "
    "Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "
    '"true"'
)


@dataclass(frozen=True, slots=True)
class Deletion:
    """One deletion. `timeout` in seconds; 0 means that the program sets none."""

    session: Session
    urn: Urn
    id: str
    stored: Checkpoint
    timeout: float

    def run(self) -> None:
        """Return when the object is gone. Raises `OperationError` and `IncompleteError`."""
        if self.session.unreachable:
            self._give_up()
            return
        live, inputs = self.stored.live, self.stored.inputs
        try:
            if self.urn.is_patch_of(str(inputs.get("kind"))):
                self._relinquish(live, inputs)
            else:
                self._delete(live, inputs)
        except NoSuchKindError:
            return
        except RefusedError as refused:
            if not refused.is_not_found:
                raise OperationError(str(refused)) from refused
        except ApiError as problem:
            raise OperationError(str(problem)) from problem

    def _give_up(self) -> None:
        log = self.session.log(str(self.urn))
        log.caution(f"configured Kubernetes cluster is unreachable: {self.session.unreachable}")
        if not self.session.settings.delete_unreachable:
            raise OperationError(_UNREACHABLE)
        log.tell(
            "configured Kubernetes cluster is unreachable and the `deleteUnreachable` option is enabled. "
            "Deleting the unreachable resource from Pulumi state"
        )

    def _relinquish(self, live: Json, inputs: Json) -> None:
        manager = field_manager(self.stored.raw, inputs)
        writer = Writer(self.session.cluster, manager, is_preview=False, is_patch=True, force_always=False)
        try:
            writer.relinquish(live, manager)
        except RefusedError as refused:
            if refused.is_invalid and "Required value" in str(refused):
                raise OperationError(
                    "this Patch resource is currently managing a required field, so it can't be deleted directly. "
                    "Either set the `retainOnDelete` resource option, or transfer ownership of the field before "
                    f"deleting: {refused}"
                ) from refused
            raise

    def _delete(self, live: Json, inputs: Json) -> None:
        kind, name = Kind.of(live), parse_id(self.id)[1]
        policy = _POLICIES.get(annotation(inputs, _PROPAGATION).lower(), "Foreground")
        self.session.cluster.delete(kind, namespace_of(live), name, policy)
        if skips_deletion_wait(inputs):
            return
        last = _wait_until_gone(self.session, live, name, seconds(self.timeout, inputs))
        if last is None:
            return
        log = self.session.log(str(self.urn))
        finalizers = ", ".join(metadata_of(last).get("finalizers") or [])
        log.caution(f"finalizers might be preventing deletion ({finalizers})")
        manager = field_manager(self.stored.raw, inputs)
        state = checkpoint(inputs, last, self.stored.raw, self.stored.initial_api_version, manager)
        message = (
            f'Resource operation was cancelled for "{name}"'
            if self.session.cancelled.is_set()
            else f"'{name}' timed out waiting to be deleted"
        )
        raise IncompleteError(message, Outcome(id_of(last), state))


def _wait_until_gone(session: Session, live: Json, name: str, limit: float) -> Json | None:
    """The object as it was last seen, or `None` when it is gone or another one has taken its name."""
    deadline = time.monotonic() + limit
    cancelled: threading.Event = session.cancelled
    while True:
        now = session.cluster.read(Kind.of(live), namespace_of(live), name)
        if metadata_of(now).get("uid") != metadata_of(live).get("uid") and name_of(live) == name:
            return None
        if time.monotonic() > deadline or cancelled.wait(_PAUSE_SECONDS):
            return now
