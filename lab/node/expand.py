"""Kubernetes' ``$(NAME)`` references and quantities, because commands, arguments and variables may use them.

Pure text. It refuses to know where values come from.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

_REFERENCE = re.compile(r"\$(?:\$|\(([^()]*)\))")
_SUFFIXES = {
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1),
    "k": Decimal(10**3), "M": Decimal(10**6), "G": Decimal(10**9), "T": Decimal(10**12), "P": Decimal(10**15),
    "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40), "Pi": Decimal(2**50),
}  # fmt: skip
_QUANTITY = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkKMGTP]?i?)")


def expand(text: str, values: Mapping[str, str]) -> str:
    """Replace ``$(NAME)``; an unknown name stays as it is written, ``$$`` is a literal dollar."""

    def value(match: re.Match[str]) -> str:
        if match.group(1) is None:
            return "$"
        return values.get(match.group(1), match.group(0))

    return _REFERENCE.sub(value, text)


def expand_in_order(pairs: Iterable[tuple[str, str]], known: Mapping[str, str]) -> dict[str, str]:
    """Variables may refer to those before them (and to ``known``); a later one of the same name wins."""
    values = dict(known)
    for name, text in pairs:
        values[name] = expand(text, values)
    return values


def quantity(text: str) -> Decimal:
    """The number a resource quantity stands for; raises ``ValueError`` for what is none."""
    match = _QUANTITY.fullmatch(str(text))
    if match is None or match.group(2) not in _SUFFIXES:
        raise ValueError(f"{text!r} is not a resource quantity such as 100m, 2 or 64Mi")
    return Decimal(match.group(1)) * _SUFFIXES[match.group(2)]


def in_units_of(text: str, divisor: str) -> str:
    """A quantity counted in ``divisor`` units, rounded up, as ``resourceFieldRef`` gives it."""
    unit = quantity(divisor)
    return str(math.ceil(quantity(text) / (unit or Decimal(1))))
