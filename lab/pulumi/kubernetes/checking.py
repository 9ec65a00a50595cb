"""Completes and checks the inputs of a resource, before anything is compared or written.

An object without a name gets one, an object without a namespace the default one. This module refuses to validate
fields: the API server does that, in a dry run during the preview.
"""

from dataclasses import dataclass
from typing import Any

from lab.pulumi.kubernetes.checkpoint import mark_secrets
from lab.pulumi.kubernetes.naming import adopt_name, assign_name, generates_name
from lab.pulumi.kubernetes.normalize import normalize
from lab.pulumi.kubernetes.objects import is_crd, metadata_of, name_of, namespace_of, set_metadata
from lab.pulumi.kubernetes.properties import UNKNOWN, Json, nameable, plain
from lab.pulumi.kubernetes.session import Session
from lab.pulumi.kubernetes.urns import Urn

_MANAGED_BY = "app.kubernetes.io/managed-by"
_GENERATE_NAME = "the `.metadata.generateName` field is not supported in Server-Side Apply mode"


class CheckError(Exception):
    """Inputs no object can be made of; the message names the field."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the engine says about names: a seed for random ones, and the project's own rules (`None`: none)."""

    seed: bytes
    autonaming: Any


def check(session: Session, urn: Urn, old: Json, new: Json, wish: Wish) -> Json:
    """The completed inputs, secrets marked. Raises `CheckError` and `NamingError`."""
    if session.unreachable and session.settings.skip_update_unreachable:
        session.log(str(urn)).caution(
            "Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping..."
        )
        return old
    inputs, old_inputs = normalize(plain(new)), plain(old)
    is_patch = urn.is_patch_of(str(inputs.get("kind")))
    if is_patch and not name_of(inputs) and metadata_of(inputs).get("name") is not UNKNOWN:
        raise CheckError("patch resources require the `.metadata.name` field to be set")
    _name(inputs, old_inputs, urn, wish)
    if generates_name(inputs):
        raise CheckError(_GENERATE_NAME)
    _place(session, urn, inputs)
    if is_crd(inputs):
        session.define(inputs)
    return mark_secrets(nameable(inputs), new)


def _name(inputs: Json, old: Json, urn: Urn, wish: Wish) -> None:
    if not old:
        assign_name(inputs, urn.name, wish.seed, wish.autonaming)
        return
    adopt_name(inputs, old)
    # A label of former client-side days is kept, but no longer given.
    if (metadata_of(old).get("labels") or {}).get(_MANAGED_BY) == "pulumi":
        labels = metadata_of(inputs).get("labels")
        if labels is not UNKNOWN:
            set_metadata(inputs, "labels", {**(labels or {}), _MANAGED_BY: "pulumi"})


def _place(session: Session, urn: Urn, inputs: Json) -> None:
    has_namespace = namespace_of(inputs) or metadata_of(inputs).get("namespace") is UNKNOWN
    if session.namespace and not has_namespace and session.is_namespaced(urn.kind):
        set_metadata(inputs, "namespace", session.namespace)
