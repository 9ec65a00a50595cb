"""Kubernetes quantities in the one spelling the API server gives back: `1000m` is `1`, `0.5` is `500m`.

Without it an input of `1024Mi` differs for ever from the live `1Gi`. This module refuses to know where quantities
occur.
"""

import re
from fractions import Fraction

_PATTERN = re.compile(r"^([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$")
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def canonical(quantity: object) -> object:
    """The canonical spelling; what is no quantity comes back unchanged."""
    if isinstance(quantity, bool) or not isinstance(quantity, str | int | float):
        return quantity
    match = _PATTERN.match(str(quantity))
    if match is None:
        return quantity
    number, suffix = Fraction(match[1].rstrip(".")), match[2] or ""
    if suffix in _BINARY:
        return _binary(number * 1024 ** _BINARY[suffix])
    if suffix in _DECIMAL:
        return _decimal(number * Fraction(10) ** _DECIMAL[suffix])
    return quantity


def _binary(value: Fraction) -> str:
    if value.denominator != 1:
        return _decimal(value)
    for suffix, power in reversed(_BINARY.items()):
        if value and value % 1024**power == 0:
            return f"{value // 1024**power}{suffix}"
    return str(value)


def _decimal(value: Fraction) -> str:
    for suffix, power in sorted(_DECIMAL.items(), key=lambda entry: -entry[1]):
        scaled = value / Fraction(10) ** power
        if value and scaled.denominator == 1:
            return f"{scaled}{suffix}"
    # The API server rounds up what is finer than a billionth.
    return "0" if not value else f"{-(-value * 10**9 // 1)}n"
