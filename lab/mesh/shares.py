"""Turning backend weights and pod counts into integer shares that are exact.

Envoy picks among clusters by integer weight. With one cluster a pod, a backend's weight must be divided among its
pods without rounding, or a split of 5/95 over 2 and 3 pods would drift: every weight is first multiplied by the least
common multiple of the pod counts. Knows numbers and names only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd, lcm

LIMIT = 2**32 - 1
"""Envoy refuses a route whose weights add up to more."""


@dataclass(frozen=True, slots=True)
class Share:
    """A cluster's part of a route's requests, relative to the route's other shares."""

    cluster: str
    weight: int


def divide(backends: Sequence[tuple[int, Sequence[str]]]) -> tuple[Share, ...]:
    """Divide each backend's weight evenly among its clusters.

    Args:
        backends: weight (above 0) and cluster names (at least one) of each backend.

    Returns:
        Shares in the order given, a cluster named twice only once, the weights without a common factor.
    """
    unit = lcm(*(len(names) for _, names in backends))
    shares: dict[str, int] = {}
    for weight, names in backends:
        for name in names:
            shares[name] = shares.get(name, 0) + weight * (unit // len(names))
    common = gcd(*shares.values())
    return _within_limit(tuple(Share(name, weight // common) for name, weight in shares.items()))


def _within_limit(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """Give up exactness (by less than one in a million) only where Envoy could not take the exact numbers."""
    total = sum(share.weight for share in shares)
    if total <= LIMIT:
        return shares
    return tuple(Share(s.cluster, max(1, s.weight * (LIMIT - len(shares)) // total)) for s in shares)
