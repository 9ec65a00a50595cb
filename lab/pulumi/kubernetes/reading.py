"""Reads an object as it is: for a refresh, for an import by id, for a `get` in a program.

On a refresh only what the inputs named is compared later, so they are renewed from the live object. Without inputs they
are worked out from it. This module refuses to wait: an object that is not ready now is reported as such.
"""

import copy
from dataclasses import dataclass

from lab.pulumi.kubernetes.api_errors import ApiError, NoSuchKindError, RefusedError
from lab.pulumi.kubernetes.checkpoint import Checkpoint, checkpoint, mark_secrets
from lab.pulumi.kubernetes.naming import field_manager
from lab.pulumi.kubernetes.normalize import normalize
from lab.pulumi.kubernetes.objects import Kind, drop, name_of, namespace_of, parse_id, prune, set_metadata
from lab.pulumi.kubernetes.operations import IncompleteError, OperationError, Outcome
from lab.pulumi.kubernetes.properties import Json, nameable, plain
from lab.pulumi.kubernetes.session import Session
from lab.pulumi.kubernetes.urns import Urn
from lab.pulumi.kubernetes.waits.catalog import look_on_read
from lab.pulumi.kubernetes.waits.loop import UnreadyError, Wait
from lab.pulumi.kubernetes.waits.subject import Subject
from lab.pulumi.kubernetes.zeros import with_dropped_zeros

GONE = Outcome("", {})

_SERVER_METADATA = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")
_SERVER_ANNOTATIONS = ("deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration")
_UNREACHABLE = (
    "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this "
    "resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment "
    'variable set to "true"'
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One read. `marked` are the stored inputs with their secrets; empty when nothing but the id is known."""

    session: Session
    urn: Urn
    id: str
    stored: Checkpoint
    marked: Json

    def run(self) -> Outcome:
        """The object's state and inputs, or `GONE`. Raises `OperationError` and `IncompleteError`."""
        if self.session.unreachable:
            return self._give_up()
        namespace, name = parse_id(self.id)
        if not name:
            raise OperationError(
                f"failed to read resource because of a failure to parse resource name from request ID: {self.id}"
            )
        old, is_new = self._old_inputs(namespace, name)
        try:
            live, unready = self._look(old, name, is_new=is_new)
        except NoSuchKindError:
            return GONE
        except ApiError as problem:
            if isinstance(problem, RefusedError) and problem.is_not_found:
                return GONE
            raise OperationError(str(problem)) from problem
        outcome = self._outcome(old, live, is_new=is_new)
        if unready is not None:
            raise IncompleteError(str(unready), outcome, unready.problems) from unready
        return outcome

    def _old_inputs(self, namespace: str, name: str) -> tuple[Json, bool]:
        """The inputs to compare with, and whether they had to be made up."""
        old = normalize(plain(self.marked))
        if old.get("kind"):
            return old, False
        kind = Kind.of(self.stored.live) if self.stored.live.get("kind") else self.urn.kind
        old |= {"apiVersion": kind.api_version, "kind": kind.name}
        set_metadata(old, "name", name_of(old) or name)
        if namespace:
            set_metadata(old, "namespace", namespace_of(old) or namespace)
        return old, not self.stored.live.get("kind")

    def _look(self, old: Json, name: str, *, is_new: bool) -> tuple[Json, UnreadyError | None]:
        live = self.session.cluster.read(Kind.of(old), namespace_of(old), name)
        subject = Subject(self.session.cluster, live)
        look = None if is_new else look_on_read(subject, old)
        if look is None:
            return live, None
        try:
            return Wait(subject, self.session.log(str(self.urn)), self.session.cancelled).once(look), None
        except UnreadyError as unready:
            return unready.live or live, unready

    def _outcome(self, old: Json, live: Json, *, is_new: bool) -> Outcome:
        inputs = with_dropped_zeros(prune(live, old), old)
        if is_new:
            inputs = _inputs_of(live, inputs)
        manager = field_manager(self.stored.raw, old)
        state = checkpoint(
            inputs, live, self.marked, self.stored.initial_api_version or str(old["apiVersion"]), manager
        )
        return Outcome(self.id, state, mark_secrets(nameable(inputs), self.marked))

    def _give_up(self) -> Outcome:
        log = self.session.log(str(self.urn))
        log.caution(f"configured Kubernetes cluster is unreachable: {self.session.unreachable}")
        if self.session.settings.delete_unreachable:
            log.tell(
                "configured Kubernetes cluster is unreachable and the `deleteUnreachable` option is enabled. "
                "Deleting the unreachable resource from Pulumi state"
            )
            return GONE
        if self.session.settings.skip_update_unreachable:
            log.tell(
                "configured Kubernetes cluster is unreachable and the `skipUnreachable` option is enabled. "
                "Returned data could not reflect the actual cluster configuration."
            )
            return Outcome(self.id, self.stored.raw, self.marked)
        raise OperationError(_UNREACHABLE)


def _inputs_of(live: Json, named: Json) -> Json:
    """Inputs that would make `live`: all it has but what the server writes. A custom resource only has its name."""
    if not Kind.of(live).is_built_in:
        return named
    inputs = copy.deepcopy({key: value for key, value in live.items() if key != "status"})
    for key in _SERVER_METADATA:
        drop(inputs, "metadata", key)
    for key in _SERVER_ANNOTATIONS:
        drop(inputs, "metadata", "annotations", key)
    return inputs
