"""Reads Kubernetes objects from YAML, in files or as text. Knows nothing of what they mean."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from canary.ports import Misconfigured

Document = dict[str, Any]


def read_objects(sources: Iterable[str | Path]) -> list[Document]:
    """All objects in `sources`, each a path or YAML text; `List` objects are opened. Raises Misconfigured."""
    return [one for source in sources for one in _objects(source)]


def _objects(source: str | Path) -> Iterable[Document]:
    name, text = _text(source)
    try:
        documents = list(yaml.safe_load_all(text))
    except yaml.YAMLError as error:
        raise Misconfigured(f"{name} is not YAML: {error}") from error
    for document in documents:
        yield from _opened(name, document)


def _opened(name: str, document: Any) -> Iterable[Document]:
    if document is None:
        return
    if not isinstance(document, dict) or not {"apiVersion", "kind"} <= document.keys():
        raise Misconfigured(
            f"{name} holds something that is no Kubernetes object; allowed: objects with apiVersion and kind"
        )
    if str(document["kind"]).endswith("List") and isinstance(document.get("items"), list):
        for item in document["items"]:
            yield from _opened(name, item)
        return
    yield document


def _text(source: str | Path) -> tuple[str, str]:
    if isinstance(source, str) and ("\n" in source or ": " in source):
        return "the given text", source
    try:
        return str(source), Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{source} cannot be read: {error}; allowed: a YAML file, or YAML text") from error
