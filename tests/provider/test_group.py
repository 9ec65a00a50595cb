"""A Rollout of a group: what ends it early ends the others', and its removal leaves no board."""

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from canary.adapters.memorygroup import MemoryBoard
from canary.core.group import Charter, Fate, Word
from canary.loop import ReleaseFailed
from canary.ports import Fenced, Unavailable
from canary.provider import providers
from canary.provider.providers import RolloutProvider
from canary.provider.session import Session
from tests.core.builders import linear, memory_world

MINE, OTHER = "podinfo.prod", "other.prod"
NEWS: dict[str, Any] = {"name": "podinfo", "namespace": "prod", "revision": "r2", "group": {"name": "shop"}}


@dataclass
class Stage:
    """A session with a board in memory, whose beginning goes as the test wants."""

    board: MemoryBoard = field(default_factory=lambda: MemoryBoard(Charter("shop", (MINE, OTHER))))
    forgotten: int = 0

    def forget(self) -> None:
        self.forgotten += 1

    def session(self) -> Any:
        spec = linear()
        group = self.board.member(MINE)
        world = replace(memory_world(spec).world, group=group)
        made = Session(spec, "r2", world, None, None, None, group)  # type: ignore[arg-type]
        object.__setattr__(made, "held", lambda **_: nullcontext())
        object.__setattr__(made, "needs_analysis", lambda: True)
        return made


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    found = Stage()
    monkeypatch.setattr(providers, "open_session", lambda _news: found.session())
    return found


@pytest.mark.parametrize("error", [Fenced("another run holds it"), RuntimeError("a bug\nwith details")])
def test_an_error_before_the_analysis_fails_the_group(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(providers, "begin", broken)
    with pytest.raises(type(error)):
        RolloutProvider().update("id", {"revision": "r1"}, NEWS)
    board = stage.board.board
    assert (board.fate, board.culprit, board.reason) == (Fate.FAIL, MINE, str(error).splitlines()[0])


def test_a_board_that_cannot_be_told_does_not_hide_the_error(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        stage.board.fault = "no answer"
        raise Unavailable("the cluster is gone")

    monkeypatch.setattr(providers, "begin", broken)
    with pytest.raises(Unavailable, match="the cluster is gone"):
        RolloutProvider().update("id", {"revision": "r1"}, NEWS)


def test_a_member_that_is_told_of_anothers_failure_fails_the_update_with_its_name(stage: Stage) -> None:
    stage.board.member(OTHER).stand(Word.FAILED, "success rate 3% < 99%")
    with pytest.raises(ReleaseFailed, match=rf"podinfo.prod .* failed: {OTHER} of group shop failed: success rate 3%"):
        RolloutProvider().update("id", {"revision": "r1"}, NEWS)
    assert stage.board.board.words[MINE] is Word.HOME


def test_a_removed_member_removes_the_board(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    class Removed:
        group = stage

        def has_users_to_bring_home(self) -> bool:
            return False

    monkeypatch.setattr(providers, "open_session", lambda _props: Removed())
    RolloutProvider().delete("id", NEWS)
    assert stage.forgotten == 1
