"""What a rule has to say about a resource: that it breaks the rule, or that this cannot be known yet.

Every violation has the same parts, so that no message lacks one: which resource, which value, what is allowed, what to
do. This module refuses to know how they reach the user.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ParamSpec

from policies.resource import Resource
from policies.view import NotKnown

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule is broken: `field` of `resource` is `given`, which is not `allowed`; `fix` says what to do."""

    resource: Resource
    field: str
    given: str
    allowed: str
    fix: str
    remark: str = ""

    @property
    def message(self) -> str:
        """One sentence with all of it."""
        said = f"{self.resource.title}: {self.field} {self.given}; allowed: {self.allowed}; {self.fix}"
        return f"{said} ({self.remark})" if self.remark else said


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Whether the rule is broken depends on something that cannot be known before `up`."""

    resource: Resource
    place: str


Finding = Violation | Unjudged


def judged(resource: Resource, check: Callable[P, Iterator[Finding]], *args: P.args, **more: P.kwargs) -> list[Finding]:
    """What `check` finds. A value that is not known ends only this check, with a finding that says so."""
    found: list[Finding] = []
    try:
        found.extend(check(*args, **more))
    except NotKnown as unknown:
        found.append(Unjudged(resource, unknown.place))
    return found
