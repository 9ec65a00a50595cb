"""What all models of the settings have in common: closed, frozen, both spellings of a key, checks across fields."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from canary.settings.errors import Fault, Place
from canary.settings.spelling import meaning
from canary.settings.vocabulary import refuse


class Settings(BaseModel):
    """A closed, frozen group of settings. Accepts its keys in camelCase and in snake_case, each only once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _one_spelling(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        meant: dict[Any, Any] = {}
        for key, value in given.items():
            name = cls.field_of(key)
            if name in meant:
                raise refuse(f"{key} is given twice, in two spellings; allowed: one of them")
            meant[name] = value
        return meant

    @classmethod
    def field_of(cls, key: Any) -> Any:
        """The field that `key` means, or `key` itself when none does."""
        if not isinstance(key, str):
            return str(key)
        name = meaning(key)
        return name if name in cls.model_fields else key

    def contradictions(self) -> Iterable[Fault]:
        """Settings of this group that are fine one by one but not together; places are relative to this group."""
        return ()

    def given(self) -> dict[str, Any]:
        """What was set explicitly, by field name."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def contradictions(value: Any, place: Place = ()) -> list[Fault]:
    """All contradictions in `value` and in what it contains, with places relative to the outermost."""
    match value:
        case Settings():
            own = [Fault((*place, *fault.place), fault.text) for fault in value.contradictions()]
            return own + [
                one for name in type(value).model_fields for one in contradictions(getattr(value, name), (*place, name))
            ]
        case list() | tuple():
            return [one for index, item in enumerate(value) for one in contradictions(item, (*place, index))]
        case _:
            return []


def twins(names: Iterable[str], field: str, what: str, key: str = "name") -> Iterable[Fault]:
    """A fault for every name of `field`'s items that an earlier item has already."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield Fault((field, index, key), f'"{name}" is used twice; allowed: a name of its own for each {what}')
        seen.add(name)
