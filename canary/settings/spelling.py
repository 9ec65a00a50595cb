"""Keys in camelCase (stack config, Flagger) and snake_case (Python) mean the same; this turns one into the other."""

import re
from collections.abc import Mapping
from typing import Any


def snake(key: str) -> str:
    """`stepWeight` -> `step_weight`; a run of capitals is one word (`disableTLS` -> `disable_tls`)."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", key)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", words).lower()


# Names of Flagger's objects, and older ones, that mean a field of another name here.
ALSO = {"template_variables": "variables", "canary_analysis": "analysis", "secret": "secret_ref"}


def meaning(key: str) -> str:
    """The field that `key` means, in whichever spelling or age."""
    return ALSO.get(snake(key), snake(key))


def camel(name: str) -> str:
    """`step_weight` -> `stepWeight`."""
    if name == "disable_tls":
        return "disableTLS"
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def is_camel(keys: Mapping[Any, Any]) -> bool:
    """The writer of these keys prefers camelCase, as far as they show it."""
    return any(isinstance(key, str) and key != key.lower() for key in keys)
