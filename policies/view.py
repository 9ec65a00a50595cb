"""Reading a resource's properties when some of them are not known yet.

A preview has values that nobody can know before `up`. To read one raises `NotKnown` with its place, so that no rule
can take it for absent, and thereby for allowed. This module refuses to know what any property means.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


class _Unknown:
    """The one value that stands for "known at `up`"."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


class NotKnown(Exception):
    """A value that a rule needs cannot be known before `up`. `place` is where it is."""

    def __init__(self, place: str) -> None:
        super().__init__(f"{place} cannot be known before `up`")
        self.place = place


@dataclass(frozen=True, slots=True)
class View:
    """One value, and the path by which messages name it. What is absent is a View of None."""

    raw: Any
    path: str = ""

    def __getitem__(self, key: str) -> "View":
        path = f"{self.path}.{key}" if self.path else key
        if self.raw is UNKNOWN:
            return View(UNKNOWN, path)
        return View(self.raw.get(key) if isinstance(self.raw, Mapping) else None, path)

    def at(self, dotted: str) -> "View":
        """The value some steps below: `at("spec.replicas")`."""
        found = self
        for key in dotted.split("."):
            found = found[key]
        return found

    def named(self, path: str) -> "View":
        """The same value under the name by which its user knows it."""
        return View(self.raw, path)

    @property
    def value(self) -> Any:
        """The value. Raises NotKnown."""
        if self.raw is UNKNOWN:
            raise NotKnown(self.path)
        return self.raw

    @property
    def is_given(self) -> bool:
        """There is a value, known or not."""
        return self.raw is not None

    def each(self) -> Iterator["View"]:
        """The elements of a list, none when it is absent. Raises NotKnown when the list itself is not known."""
        elements = self.value
        for index, element in enumerate(elements if isinstance(elements, list) else ()):
            yield View(element, f"{self.path}[{index}]")

    def text(self) -> str:
        """A text, empty when absent. Raises NotKnown."""
        return "" if self.value is None else str(self.value)

    def number(self) -> float | None:
        """A number, None when it is absent or something else. Raises NotKnown."""
        found = self.value
        if isinstance(found, bool) or not isinstance(found, int | float | str):
            return None
        try:
            return float(found)
        except ValueError:
            return None

    def flag(self) -> bool:
        """True when it is true. Raises NotKnown."""
        return self.value is True

    def texts(self) -> dict[str, str]:
        """A mapping of texts, such as labels. Raises NotKnown when any of them is not known."""
        given = self.value
        return {key: self[key].text() for key in given} if isinstance(given, Mapping) else {}
