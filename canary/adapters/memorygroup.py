"""A group of simulated releases: the board of `canary.core.group` in memory, for tests and simulations.

Everybody is heard at once, and nobody dies; what a cluster does to the members is `canary.adapters.group`'s business.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from canary.core.group import Board, Charter, Company, Word, company
from canary.ports import Unavailable


@dataclass
class MemoryBoard:
    """The board that all members share. idle: members with nothing to release. fault: set while it does not answer."""

    charter: Charter
    idle: frozenset[str] = frozenset()
    board: Board = field(default_factory=Board)
    fault: str = ""

    def member(self, name: str) -> "MemoryGroup":
        """The group as `name` meets it."""
        return MemoryGroup(self, name)

    def members(self) -> Iterable["MemoryGroup"]:
        """The group as each of its members meets it, in their order."""
        return [self.member(name) for name in self.charter.members]


@dataclass
class MemoryGroup:
    """`canary.ports.Group` of one member."""

    shared: MemoryBoard
    name: str

    def stand(self, word: Word, why: str = "") -> Company:
        """Speak, and hear how the others stand."""
        shared = self.shared
        if shared.fault:
            raise Unavailable(shared.fault)
        shared.board = shared.board.said(shared.charter, self.name, word, why, shared.idle)
        return company(shared.charter, shared.board, self.name, shared.idle)
