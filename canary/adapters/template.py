"""Flagger's query templates: `{{ target }}`, `{{ variables.team }}`, filled in so that no value can change the query.

Pure. Knows where a placeholder stands: inside a quoted string its value is escaped, so it stays that one string;
outside, it must be a plain word or number. `check_template` finds mistakes without any value at hand, in a preview.
"""

import re
from collections.abc import Iterator, Mapping

from canary.ports import Misconfigured

NAMES = ("name", "namespace", "target", "service", "ingress", "route", "interval")
# Flagger's are functions of Go templates, hence no leading dot; Go's `-` trims the space around.
_HOLE = re.compile(r"(?P<before>\s*)\{\{(?P<left>-?)\s*(?P<inside>.*?)\s*(?P<right>-?)\}\}(?P<after>\s*)", re.DOTALL)
_KEY = re.compile(r'variables\.(?P<dotted>\w+)|index\s+variables\s+"(?P<indexed>[^"]+)"')
PROMQL = re.compile(r"[a-zA-Z0-9_.:]+")
"""What may stand outside quotes in PromQL; a dash there would subtract."""
QUOTES = ('"', "'", "`")


def check_template(query: str, variables: Mapping[str, str]) -> None:
    """Raise Misconfigured for a placeholder that nothing fills."""
    render(query, dict.fromkeys(NAMES, "x"), dict.fromkeys(variables, "x"))


def render(query: str, names: Mapping[str, str], variables: Mapping[str, str], plain: re.Pattern[str] = PROMQL) -> str:
    """`query` with every placeholder filled; outside quotes a value must match `plain`.

    Raises Misconfigured for a placeholder that is unknown, or a value that does not fit.
    """
    return "".join(_pieces(query, names, variables, plain))


def _pieces(
    query: str, names: Mapping[str, str], variables: Mapping[str, str], plain: re.Pattern[str]
) -> Iterator[str]:
    end, quote = 0, ""
    for hole in _HOLE.finditer(query):
        literal = query[end : hole.start()] + ("" if hole["left"] else hole["before"])
        quote = _quote_after(literal, quote)
        yield literal + _fit(_value(hole["inside"], names, variables), quote, hole["inside"], plain)
        end = hole.end() if hole["right"] else hole.start("after")
    yield query[end:]


def _value(inside: str, names: Mapping[str, str], variables: Mapping[str, str]) -> str:
    if inside in names:
        return names[inside]
    found = _KEY.fullmatch(inside)
    key = (found["dotted"] or found["indexed"]) if found else ""
    if key in variables:
        return variables[key]
    if found:
        given = ", ".join(sorted(variables)) or "none"
        raise Misconfigured(f"the query uses variable {key!r}, which the metric does not give (given: {given})")
    raise Misconfigured(
        f"the query's placeholder {{{{ {inside} }}}} is unknown; known are {', '.join(names)}, variables.NAME"
    )


def _fit(value: str, quote: str, inside: str, plain: re.Pattern[str]) -> str:
    if quote == "`" and "`" not in value:
        return value
    if quote and quote != "`" and not set(value) & {"\n", "\r", "\0"}:
        return value.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    if not quote and plain.fullmatch(value):
        return value
    where = "inside this string" if quote else f"outside quotes: only {_allowed(plain)} may be"
    raise Misconfigured(f"the value of {{{{ {inside} }}}} cannot stand {where}")


def _allowed(plain: re.Pattern[str]) -> str:
    return f"letters, digits and {' '.join(char for char in '_.:/-' if plain.fullmatch(char))}"


def _quote_after(text: str, quote: str) -> str:
    """Which quote is open after `text`, when `quote` (or none) was open before it."""
    escaped = False
    for char in text:
        if escaped:
            escaped = False
        elif char == "\\" and quote in ('"', "'"):
            escaped = True
        elif quote:
            quote = "" if char == quote else quote
        elif char in QUOTES:
            quote = char
    return quote
