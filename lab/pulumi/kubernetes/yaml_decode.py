"""Takes a YAML manifest apart into objects, for the resources of the SDK that are made from YAML.

This module refuses to read files: the SDK hands over the text.
"""

from collections.abc import Iterator

import yaml

from lab.pulumi.kubernetes.objects import Kind, namespace_of, set_metadata
from lab.pulumi.kubernetes.properties import Json
from lab.pulumi.kubernetes.session import Session


class ManifestError(Exception):
    """The text is not a YAML manifest; the message says where."""


def decode_yaml(session: Session, text: str, default_namespace: str) -> list[Json]:
    """The objects in `text`, those that need one put into `default_namespace` (empty: none). Raises `ManifestError`."""
    try:
        found = list(_objects(text))
    except yaml.YAMLError as problem:
        raise ManifestError(f"cannot decode the YAML manifest: {problem}") from problem
    for obj in found:
        if default_namespace and not namespace_of(obj) and session.is_namespaced(Kind.of(obj)):
            set_metadata(obj, "namespace", default_namespace)
    return found


def _objects(text: str) -> Iterator[Json]:
    for document in yaml.load_all(text, Loader=_ManifestLoader):
        if isinstance(document, dict) and document.get("kind") and document.get("apiVersion"):
            yield document


class _ManifestLoader(yaml.SafeLoader):
    """YAML as Kubernetes reads it: a date stays text."""


_ManifestLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
