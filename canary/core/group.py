"""What releases that stand or fall together agree on: nobody's primary is touched before all have proved themselves.

There is one board for a group, always replaced as a whole, so "all have passed" is one fact and not the opinion of
each member. Pure: says how a board changes when somebody speaks, and what it means to one member; who keeps the board,
and how the absent are found, is the business of an adapter.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from canary.core.state import Phase, State

Members = AbstractSet[str]


class Word(StrEnum):
    """How a member stands, in its own words. HOME: it failed, and its users are back at the primary."""

    WAITING = "waiting"
    BEGUN = "begun"
    PASSED = "passed"
    FAILED = "failed"
    HOME = "home"


class Fate(StrEnum):
    """What is decided for all members; once it is not OPEN it never changes."""

    OPEN = "open"
    PROMOTE = "promote"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Charter:
    """Which releases (`name.namespace`, in their order) are one group.

    ordered: a member begins when the earlier ones have passed. deadline: how long one member waits for the others.
    begin_deadline: how long it waits for a member of which nothing was heard at all.
    """

    name: str
    members: tuple[str, ...]
    ordered: bool = False
    deadline: timedelta = timedelta(hours=1)
    begin_deadline: timedelta = timedelta(minutes=10)

    def earlier(self, member: str) -> tuple[str, ...]:
        """The members before `member`."""
        return self.members[: self.members.index(member)]

    def later(self, member: str) -> tuple[str, ...]:
        """The members after `member`."""
        return self.members[self.members.index(member) + 1 :]


@dataclass(frozen=True, slots=True)
class Board:
    """What all members of a group have said in one update, and what follows for all. culprit: who made them fail."""

    update: str = ""
    words: dict[str, Word] = field(default_factory=dict)
    fate: Fate = Fate.OPEN
    culprit: str = ""
    reason: str = ""

    def said(self, charter: Charter, member: str, word: Word, why: str = "", idle: Members = frozenset()) -> "Board":
        """The board after `member` said `word`. idle: members that have nothing to release in this update."""
        if self.fate is Fate.PROMOTE:
            return self
        is_home = self.words.get(member) is Word.HOME  # for good: an error after it changes nothing about that
        heard = replace(self, words={**self.words, member: Word.HOME if is_home else word})
        if word in (Word.FAILED, Word.HOME):
            return heard.blaming(member, why)
        if self.fate is Fate.OPEN and not heard.awaited(charter.members, idle):
            return replace(heard, fate=Fate.PROMOTE)
        return heard

    def blaming(self, culprit: str, why: str) -> "Board":
        """The board after it turned out that `culprit` cannot pass; no change when the fate is decided already."""
        return replace(self, fate=Fate.FAIL, culprit=culprit, reason=why) if self.fate is Fate.OPEN else self

    def awaited(self, members: tuple[str, ...], idle: Members = frozenset()) -> tuple[str, ...]:
        """Those of `members` that have not passed, without the idle ones that never spoke."""
        taking_part = [member for member in members if member in self.words or member not in idle]
        return tuple(member for member in taking_part if self.words.get(member) is not Word.PASSED)

    def abroad(self, members: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `members` that have begun and are not home yet."""
        return tuple(m for m in members if self.words.get(m, Word.HOME) not in (Word.HOME, Word.WAITING))


@dataclass(frozen=True, slots=True)
class Company:
    """What a board means to one member.

    blame: who failed and why, empty when it was this member itself. before: who has to pass before it may begin.
    awaited: who else has not passed yet. after: who goes home before it does.
    """

    group: str
    fate: Fate = Fate.OPEN
    blame: str = ""
    before: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    deadline: timedelta = timedelta(hours=1)


def company(charter: Charter, board: Board, member: str, idle: Members = frozenset()) -> Company:
    """How `member` stands in its group."""
    earlier = charter.earlier(member) if charter.ordered else ()
    later = charter.later(member) if charter.ordered else ()
    fate, blame = board.fate, ""
    if fate is Fate.FAIL and board.culprit != member:
        blame = f"{board.culprit} of group {charter.name} failed: {board.reason}"
    if fate is Fate.PROMOTE and board.words.get(member) is not Word.PASSED:
        fate, blame = Fate.FAIL, f"group {charter.name} was promoted without {member}; run `pulumi up` again"
    others = tuple(other for other in charter.members if other != member)
    return Company(
        charter.name,
        fate,
        blame,
        before=board.awaited(earlier, idle),
        awaited=board.awaited(others, idle),
        after=board.abroad(later),
        deadline=charter.deadline,
    )


def word_of(state: State) -> Word:
    """What a member in `state` tells the others. A failed check, or a person's pause, takes a PASSED back."""
    if state.phase is Phase.FAILED and state.routing.is_home:
        return Word.HOME
    if state.phase in (Phase.ROLLING_BACK, Phase.FAILED):
        return Word.FAILED
    if state.proved and state.clean and not state.paused:
        return Word.PASSED
    return Word.WAITING if state.phase is Phase.WAITING else Word.BEGUN
