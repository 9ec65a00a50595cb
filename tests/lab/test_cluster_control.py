"""The conversation with a supervisor, over real sockets in folders with long names."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from lab.cluster import LabError, LabNotRunning, control


async def handler(request: dict[str, Any]) -> dict[str, Any]:
    match request:
        case {"do": "echo"}:
            return {"echo": request}
        case {"do": "refuse"}:
            raise LabError("no")
    return {"unit": request["unit"]}


def asked(folder: Path, *requests: dict[str, Any]) -> list[object]:
    async def conversation() -> list[object]:
        async with await control.serve(folder, handler):
            return [await asyncio.to_thread(answer, request) for request in requests]

    def answer(request: dict[str, Any]) -> object:
        try:
            return control.ask(folder, request)
        except LabError as error:
            return error

    return asyncio.run(conversation())


def test_an_answer_comes_back_however_long_the_folder_is(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 120)
    folder.mkdir()
    assert asked(folder, {"do": "echo"}) == [{"echo": {"do": "echo"}}]


def test_a_refusal_is_raised_and_the_next_request_is_served(tmp_path: Path) -> None:
    refusal, malformed, fine = asked(tmp_path, {"do": "refuse"}, {"do": "?"}, {"do": "echo"})
    assert str(refusal) == "no"
    assert isinstance(malformed, LabError)
    assert fine == {"echo": {"do": "echo"}}


def test_a_socket_left_by_a_killed_supervisor_is_replaced(tmp_path: Path) -> None:
    for _ in range(2):
        assert asked(tmp_path, {"do": "echo"}) == [{"echo": {"do": "echo"}}]


@pytest.mark.parametrize("folder", ["", "missing"])
def test_nobody_there_is_said(tmp_path: Path, folder: str) -> None:
    with pytest.raises(LabNotRunning):
        control.ask(tmp_path / folder, {"do": "echo"})
