"""What whoever has to revert a release needs to know of it, kept in its journal: no more, and nothing that is secret.

The specification itself stays in Pulumi's state: hooks and backends may carry credentials.
"""

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from canary.core.spec import Limits, ReleaseSpec, Retreat, RouterRef, Target

RECORD = "release"
"""The key of the journal's ConfigMap under which it is kept."""


@dataclass(frozen=True, slots=True)
class Record:
    """The objects of a release, and how its traffic goes home. `primary_ready_percent` of its pods make it ready."""

    target: Target
    router: RouterRef
    retreat: Retreat
    primary_ready_percent: int


_ADAPTER = TypeAdapter(Record)


def record_of(spec: ReleaseSpec) -> Record:
    """What of `spec` is worth keeping."""
    return Record(spec.target, spec.router, spec.retreat, spec.limits.primary_ready_percent)


def record_to_json(record: Record) -> str:
    """Its text in the journal."""
    return _ADAPTER.dump_json(record).decode()


def record_from_json(text: str, name: str, namespace: str) -> Record:
    """The record of the release `name`; with the usual names when the journal holds none that can be read."""
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError:
        # an empty version: whichever the cluster serves
        router, usual = RouterRef(version="", name=name), Limits()
        return Record(Target(name, namespace, name, port=0), router, Retreat(), usual.primary_ready_percent)
