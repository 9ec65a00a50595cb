"""Every setting can be given as a Python argument and as stack configuration, and means the same in both."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic.fields import FieldInfo

from canary.settings.base import Settings
from canary.settings.parsing import examine, fields_at, undressed
from canary.settings.release import ReleaseSettings
from canary.settings.spelling import camel

Path = tuple[str | int, ...]
OF_TEXTS = {"URL": "https://sample/", "router, or router/version": "trafficsplit/v1alpha3"}


def parts(annotation: Any, words: str = "") -> Iterator[tuple[Any, str]]:
    """The types that a value may have, without None, each with the words that describe it."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        yield from parts(inner, next((one for one in more if isinstance(one, str)), words))
    elif get_origin(annotation) in (list, dict) or isinstance(annotation, type):
        yield annotation, words
    else:
        yield from (found for one in get_args(annotation) if one is not NoneType for found in parts(one, words))


def kind_of(field: FieldInfo) -> tuple[Any, str]:
    annotation = field.annotation
    return next(parts(Annotated[(annotation, *field.metadata)] if field.metadata else annotation))


def text(words: str) -> str:
    """One of the choices that `words` name, never the first, or a name."""
    choices = re.split(r", | or ", words)
    return OF_TEXTS.get(words) or (choices[1] if len(choices) > 1 else "sample")


def sample(kind: Any, words: str) -> Any:
    """A value that is allowed, and no default."""
    if get_origin(kind) is list:
        return [sample(*next(parts(get_args(kind)[0])))]
    if get_origin(kind) is dict:
        return {"key": sample(*next(parts(get_args(kind)[1])))}
    if issubclass(kind, Settings):
        return {name: sample(*kind_of(field)) for name, field in kind.model_fields.items() if field.is_required()}
    if kind is str:
        return text(words)
    values: dict[Any, Any] = {bool: True, int: 7, float: 7.5, timedelta: 7 if "seconds" in words else "7s"}
    return values[kind]


def groups(model: type[Settings] = ReleaseSettings, path: Path = ()) -> Iterator[tuple[type[Settings], Path]]:
    """Every group of settings, with each place where it may stand."""
    yield model, path
    for name, field in model.model_fields.items():
        kind, _ = kind_of(field)
        inner: Path = (name,)
        while get_origin(kind) in (list, dict):
            inner = (*inner, 0 if get_origin(kind) is list else "key")
            kind, _ = next(parts(get_args(kind)[-1]))
        if isinstance(kind, type) and issubclass(kind, Settings):
            yield from groups(kind, (*path, *inner))


def settings_of(model: type[Settings], path: Path) -> Iterator[tuple[Path, Any]]:
    for name, field in model.model_fields.items():
        yield (*path, name), sample(*kind_of(field))


EVERY = [one for model, path in groups() for one in settings_of(model, path)]


def put(document: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """`document` with `value` at `path`, and with what the groups on the way require."""
    place: Any = document
    for index, part in enumerate(path[:-1]):
        place = place[0] if part == 0 else place.setdefault(part, [{}] if path[index + 1] == 0 else {})
        if isinstance(path[index + 1], str) and path[index + 1] != "key":
            place.update({name: one for name, one in needed(path[: index + 1]).items() if name not in place})
    place[path[-1]] = value
    return document


def needed(path: Path) -> dict[str, Any]:
    model = next(model for model, where in groups() if where == path)
    assert set(fields_at(path)) == set(model.model_fields)
    return dict(sample(model, ""))


def as_stack(value: Any, path: Path = ()) -> Any:
    """The same in camelCase; below metadata, headers and variables stand the user's own names."""
    if isinstance(value, dict):
        free = bool(path) and path[-1] in ("metadata", "headers", "variables")
        return {key if free else camel(key): as_stack(item, (*path, key)) for key, item in value.items()}
    return [as_stack(item, path) for item in value] if isinstance(value, list) else value


def at(settings: Any, path: Path) -> Any:
    for part in path:
        settings = getattr(settings, str(part)) if isinstance(settings, Settings) else settings[part]
    return settings


@pytest.mark.parametrize(("path", "value"), EVERY, ids=[".".join(map(str, path)) for path, _ in EVERY])
def test_a_setting_is_reached_as_an_argument_and_as_configuration(path: Path, value: Any) -> None:
    written = put({"name": "podinfo", "service": {"port": 80}}, path, value)
    config = {f"canary:{key}": json.dumps(item) for key, item in as_stack(written).items() if not isinstance(item, str)}
    config |= {f"canary:{key}": item for key, item in as_stack(written).items() if isinstance(item, str)}
    by_argument, _ = examine(written)
    by_config, _ = examine(undressed(config))
    assert by_argument is not None
    assert by_argument == by_config
    group = at(by_argument, path[:-1])
    assert path[-1] in group.model_fields_set
    assert getattr(group, str(path[-1])) != type(group).model_fields[str(path[-1])].get_default(
        call_default_factory=True
    )
