"""Paths of the Kubernetes API, with every name checked so that none can lead out of its place in the path."""

import re

from canary.ports import Misconfigured

LONGEST_NAME = 253
_NAME = re.compile(r"[a-zA-Z0-9]([-a-zA-Z0-9._:]*[a-zA-Z0-9])?")


def checked(name: str) -> str:
    """`name` itself; raises Misconfigured when it cannot be the name of a Kubernetes object."""
    if not _NAME.fullmatch(name) or ".." in name or len(name) > LONGEST_NAME:
        raise Misconfigured(f"{name[:80]!r} is not a valid Kubernetes name: letters, digits, '-' and '.' only")
    return name


def group_path(api_version: str) -> str:
    """`v1` -> `/api/v1`; `apps/v1` -> `/apis/apps/v1`."""
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def everywhere_path(api_version: str, plural: str, namespace: str = "") -> str:
    """The path of all objects of a kind in `namespace`, or in every namespace when that is empty."""
    return object_path(api_version, plural, namespace) if namespace else f"{group_path(api_version)}/{plural}"


def object_path(api_version: str, plural: str, namespace: str, name: str = "", sub: str = "") -> str:
    """The path of one namespaced object (or of its collection without `name`, or its subresource `sub`)."""
    parts = [group_path(api_version), "namespaces", checked(namespace), plural]
    parts += [checked(name)] if name else []
    return "/".join([*parts, sub] if sub else parts)


def namespace_path(name: str) -> str:
    """The path of a Namespace."""
    return f"/api/v1/namespaces/{checked(name)}"
