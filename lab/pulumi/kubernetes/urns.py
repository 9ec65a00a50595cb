"""What a resource's URN says: its type, and through it the Kubernetes kind.

`urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`, where TYPE is `kubernetes:GROUP/VERSION:KIND`. This module refuses to
know of anything but names.
"""

from dataclasses import dataclass

from lab.pulumi.kubernetes.objects import Kind

_PACKAGE = "kubernetes"
_TOKEN_PARTS = 3


class UnknownTypeError(Exception):
    """A resource type that is not `kubernetes:GROUP/VERSION:KIND`; the message names it."""


@dataclass(frozen=True, slots=True)
class Urn:
    """A URN taken apart; `str()` gives it back whole."""

    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.text.split("::", 3)[-1]

    @property
    def token(self) -> str:
        """The resource's own type, without those of its parents."""
        return self.text.split("::", 3)[2].rpartition("$")[2]

    @property
    def kind(self) -> Kind:
        """The kind the type names; a patch keeps its `Patch`. Raises `UnknownTypeError`."""
        parts = self.token.split(":")
        if len(parts) != _TOKEN_PARTS or parts[0] != _PACKAGE:
            raise UnknownTypeError(f'unrecognized resource type: "{self.token}" for this provider')
        if parts[1].count("/") != 1:
            raise UnknownTypeError(f'apiVersion does not have both a group and a version: "{parts[1]}"')
        return Kind.parse(parts[1], parts[2])

    def is_patch_of(self, kind_name: str) -> bool:
        """Whether this is a patch of an existing object: `DeploymentPatch` for inputs of kind `Deployment`."""
        return self.token.rpartition(":")[2] == f"{kind_name}Patch"
