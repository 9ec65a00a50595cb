"""How long something takes, as people write it: `10s`, `1m30s`, `500ms`. Knows nothing of what it is for."""

import re
from datetime import timedelta

ALLOWED = "a number with ms, s, m or h, such as 10s or 1m30s"

_UNITS = {"h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|h|m|s)")
_LONGEST = timedelta(days=365)


class NotADuration(ValueError):
    """The text or value is no duration; the message says what it was and what is allowed."""


def parse_duration(given: object) -> timedelta:
    """`given` as a timedelta of 0 to 365 days. Raises NotADuration, with a hint when only the unit is missing."""
    if isinstance(given, timedelta):
        return _within(given, given)
    if isinstance(given, int | float) and not isinstance(given, bool):
        raise NotADuration(f'{given} has no unit; write "{given}s" for seconds; allowed: {ALLOWED}')
    if not isinstance(given, str):
        raise NotADuration(f"a {type(given).__name__} is not a duration; allowed: {ALLOWED}")
    return _within(given, timedelta(microseconds=_microseconds(given)))


def _microseconds(text: str) -> int:
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        hint = f'; write "{text}s" for seconds' if re.fullmatch(r"\d+", text) else ""
        raise NotADuration(f'"{text}" is not a duration{hint}; allowed: {ALLOWED}')
    return round(sum(float(number) * _UNITS[unit] for number, unit in parts))


def _within(given: object, value: timedelta) -> timedelta:
    if timedelta(0) <= value <= _LONGEST:
        return value
    raise NotADuration(f'"{given}" is out of range; allowed: 0s to {format_duration(_LONGEST)}')


def format_duration(value: timedelta) -> str:
    """The shortest text that `parse_duration` reads back as exactly `value`."""
    rest, text = round(value / timedelta(microseconds=1)), ""
    for unit, size in _UNITS.items():
        count, rest = divmod(rest, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"
