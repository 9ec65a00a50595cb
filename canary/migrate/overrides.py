"""What one stack has otherwise than the imported object says, laid over it. The object itself stays as it is."""

from collections.abc import Mapping
from typing import Any

from canary.migrate.findings import Findings
from canary.settings.constructors import plain
from canary.settings.spelling import meaning


def overridden(document: Mapping[str, Any], overrides: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    """`document` with `overrides`: groups are merged by key, in either spelling; all else is replaced, and noted."""
    return _merged(document, plain(overrides), "", findings)


def _merged(document: Mapping[str, Any], overrides: Mapping[str, Any], path: str, findings: Findings) -> dict[str, Any]:
    merged = dict(document)
    spelled = {meaning(key): key for key in document}
    for key, value in overrides.items():
        name, at = spelled.get(meaning(key), key), f"{path}{key}"
        before = merged.get(name)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            merged[name] = _merged(before, value, f"{at}.", findings)
        elif before != value:
            merged[name] = value
            findings.note(at, f"{value} by your override" + (f", in place of {before}" if name in document else ""))
    return merged
