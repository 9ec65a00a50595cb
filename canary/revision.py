"""What a revision is: a short hash of exactly what the user declared to run, and of nothing of ours or of the SDKs'.

Knows nothing of Pulumi's resources; turns the SDK's input classes into plain Kubernetes objects (camelCase) and
hashes those.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from pulumi import Output
from pulumi._types import input_type_py_to_pulumi_names, is_input_type

LENGTH = 10  # hex digits: 40 bits, ample among the revisions of one release, short enough to read


def plain(value: Any) -> Any:
    """`value` as plain dicts and lists with Kubernetes' spelling; `Output`s in it stay where they are."""
    if isinstance(value, Output):
        return value
    if is_input_type(type(value)):
        names = input_type_py_to_pulumi_names(type(value))
        found = {wire: getattr(value, python) for python, wire in names.items()}
        return {wire: plain(inner) for wire, inner in found.items() if inner is not None}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(inner) for inner in value]
    return value.value if isinstance(value, Enum) else value


def revision_of(content: Any) -> str:
    """The revision of plain `content`: equal content, in whatever order its keys were written, has equal revisions."""
    text = json.dumps(_significant(content), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def _significant(value: Any) -> Any:
    """Without what means nothing to Kubernetes: an absent field and an empty one are the same."""
    if isinstance(value, Mapping):
        kept = {key: _significant(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner not in (None, {}, [])}
    if isinstance(value, list | tuple):
        return [_significant(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
