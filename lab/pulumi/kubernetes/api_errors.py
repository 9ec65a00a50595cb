"""What can go wrong between the provider and the API server, each kind its own type.

The message of a refusal is the API server's own, for that is what the official provider shows. This module refuses to
decide what is done about an error.
"""

from dataclasses import dataclass, field
from http import HTTPStatus

from lab.pulumi.kubernetes.objects import Kind
from lab.pulumi.kubernetes.properties import Json


class ApiError(Exception):
    """The root of this tree."""


class UnreachableError(ApiError):
    """No answer from the API server; the message holds the address and the cause."""


@dataclass
class NoSuchKindError(ApiError):
    """The API server serves no such kind: a custom resource without its definition, or a removed version."""

    kind: Kind

    def __str__(self) -> str:
        return f'no matches for kind "{self.kind.name}" in version "{self.kind.api_version}"'


@dataclass
class RefusedError(ApiError):
    """The API server answered with an error; `status` is its `Status` object."""

    code: int
    status: Json = field(default_factory=dict)

    def __str__(self) -> str:
        message = self.status.get("message")
        return message if isinstance(message, str) and message else f"the API server answered {self.code}"

    @property
    def reason(self) -> str:
        """The machine-readable reason, such as `AlreadyExists`."""
        return str(self.status.get("reason", ""))

    @property
    def is_not_found(self) -> bool:
        """The object, its namespace or its kind is not there."""
        return self.code == HTTPStatus.NOT_FOUND

    @property
    def is_namespace_missing(self) -> bool:
        """It is the namespace that is not there."""
        details = self.status.get("details") or {}
        return self.is_not_found and details.get("kind") == "namespaces"

    @property
    def is_conflict(self) -> bool:
        """Another manager owns a field, or the object changed meanwhile."""
        return self.code == HTTPStatus.CONFLICT and self.reason != "AlreadyExists"

    @property
    def already_exists(self) -> bool:
        """There is an object of this name already."""
        return self.reason == "AlreadyExists"

    @property
    def is_forbidden(self) -> bool:
        """The credentials do not allow it."""
        return self.code == HTTPStatus.FORBIDDEN

    @property
    def is_invalid(self) -> bool:
        """The object breaks a rule of its kind."""
        return self.reason == "Invalid"

    @property
    def refuses_dry_run(self) -> bool:
        """The API server, or a webhook of it, cannot do dry runs."""
        return self.code == HTTPStatus.BAD_REQUEST and "does not support dry run" in str(self)
