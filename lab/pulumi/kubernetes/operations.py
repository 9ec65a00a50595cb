"""The outcome of an operation, and the errors that the engine must be able to tell apart.

This module refuses to talk to the engine; the provider's service translates.
"""

from dataclasses import dataclass

from lab.pulumi.kubernetes.properties import Json


@dataclass(frozen=True, slots=True)
class Outcome:
    """The id and the state to store; `inputs` only where the operation found them out."""

    id: str
    state: Json
    inputs: Json | None = None


class OperationError(Exception):
    """The operation failed and changed nothing that must be stored."""


@dataclass
class IncompleteError(Exception):
    """The object is there but not as it should be; its state must be stored all the same."""

    message: str
    outcome: Outcome
    problems: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.message

    @property
    def reasons(self) -> list[str]:
        """Why: the message first, then each problem."""
        return [self.message, *self.problems]
