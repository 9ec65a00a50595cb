"""What the rules ask of a progressive delivery, whoever carries it out: our component, Flagger or Argo Rollouts.

Each has a file of its own that reads its spelling. This one refuses to know any of the spellings.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from policies.view import View


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric that decides. `least` is the smallest value that passes; `bounded`: it has to be at least one number."""

    name: View
    least: View
    is_dry_run: View
    bounded: bool = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A URL that will be called. `unchecked` is true when the server's certificate is not looked at."""

    url: View
    unchecked: View


class Release(Protocol):
    """How a new version of one workload is proved. Whatever is read may raise NotKnown."""

    @property
    def skip(self) -> View:
        """Whether it is promoted unmeasured."""
        ...

    @property
    def threshold(self) -> View:
        """Failed checks that end it."""
        ...

    @property
    def interval(self) -> View:
        """Time between two checks, as a duration's text."""
        ...

    def weights(self) -> list[View]:
        """The canary's shares in percent, in their order; none for blue/green."""
        ...

    def measures(self) -> Iterator[Measure]:
        """What decides."""
        ...

    @property
    def metrics_field(self) -> str:
        """Where a user writes what is measured."""
        ...
