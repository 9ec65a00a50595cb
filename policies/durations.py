"""Durations in the two spellings that reach a policy: ISO 8601 from our component, Go's from Flagger."""

import re

_ISO = re.compile(r"P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?")
_GO_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s)")
_ISO_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_GO_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def seconds(text: str) -> float | None:
    """`PT1M30S` or `1m30s` as 90.0; None for anything else."""
    return _iso(text) if text.startswith("P") else _go(text)


def _iso(text: str) -> float | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    return sum(float(value) * _ISO_SECONDS[unit] for unit, value in found.groupdict().items() if value)


def _go(text: str) -> float | None:
    parts = _GO_PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _GO_SECONDS[unit] for number, unit in parts)
