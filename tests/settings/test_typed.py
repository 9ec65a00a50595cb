"""What a type checker knows of Canary's arguments is what the settings read."""

from pathlib import Path
from typing import get_type_hints

import pytest

import canary
from canary.settings import arguments
from canary.settings.base import Settings
from canary.settings.reference import GROUPS
from canary.settings.release import ReleaseSettings
from canary.settings.typed import DEFAULT, typed


def test_the_types_are_those_of_the_models() -> None:
    assert DEFAULT.read_text(encoding="utf-8") == typed(), "run: python -m canary.settings.typed"


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: str(group.__name__))
def test_every_field_of_every_group_is_typed(group: type[Settings]) -> None:
    hints = get_type_hints(getattr(arguments, group.__name__.removesuffix("Settings") + "Arguments"))
    positional = {"name"} if group is ReleaseSettings else set()
    assert set(hints) == set(group.model_fields) - positional


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(canary.__file__).parent / "py.typed").exists()
