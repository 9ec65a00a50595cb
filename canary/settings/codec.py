"""A `ReleaseSpec` as JSON and back, exactly: the form in which the program hands it to the provider's process.

Durations are ISO 8601 texts. Reading is tolerant of what transport does (whole numbers as 5.0,
nulls left out), and of nothing else.
"""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from canary.core.spec import ReleaseSpec
from canary.ports import CanaryError

_SPEC: TypeAdapter[ReleaseSpec] = TypeAdapter(ReleaseSpec)


class UnreadableSpec(CanaryError):
    """A stored spec cannot be read: it was written by another version of this library."""


def spec_to_json(spec: ReleaseSpec) -> dict[str, Any]:
    """`spec` as a JSON object."""
    document: dict[str, Any] = _SPEC.dump_python(spec, mode="json")
    return document


def spec_from_json(document: object) -> ReleaseSpec:
    """The spec that `spec_to_json` wrote. Raises UnreadableSpec."""
    try:
        return _SPEC.validate_python(document)
    except ValidationError as error:
        places = ", ".join(".".join(str(part) for part in one["loc"]) for one in error.errors()[:3])
        raise UnreadableSpec(
            f"the release's stored spec cannot be read ({places}); "
            "it was written by another version: run `pulumi up` again"
        ) from error
