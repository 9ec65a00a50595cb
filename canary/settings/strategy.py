"""From the ways to write a strategy (linear, weights, steps, blue/green, A/B) to the core's one list of steps."""

from collections.abc import Iterable, Sequence

from canary.core.routing import MatchRule
from canary.core.spec import Hold, Match, Mirror, Step, Switch, Weight


def linear(step_weight: int, max_weight: int) -> tuple[Step, ...]:
    """step_weight, twice that ... and exactly max_weight at the end, never more."""
    return weighted([*range(step_weight, max_weight, step_weight), max_weight])


def weighted(weights: Iterable[int]) -> tuple[Step, ...]:
    """One step a weight."""
    return tuple(Weight(weight) for weight in weights)


def blue_green(iterations: int) -> tuple[Step, ...]:
    """`iterations` passed checks without user traffic, then all of it."""
    return (Hold(iterations), Switch())


def mirrored_blue_green(iterations: int, percent: int) -> tuple[Step, ...]:
    """`iterations` passed checks on copies of requests, then all traffic."""
    return (Mirror(percent, iterations), Switch())


def ab_test(iterations: int, rules: Sequence[MatchRule]) -> tuple[Step, ...]:
    """`iterations` passed checks while requests that match a rule go to the canary."""
    return (Match(tuple(rules), iterations),)


def compile_steps(  # noqa: PLR0913 - one argument for each of Flagger's fields
    *,
    step_weight: int | None = None,
    step_weights: Sequence[int] = (),
    max_weight: int = 100,
    iterations: int | None = None,
    match: Sequence[MatchRule] = (),
    mirror_percent: int | None = None,
    steps: Sequence[Step] = (),
) -> tuple[Step, ...]:
    """The steps of the one strategy that is given (contradictions are refused before this); none when none is."""
    if iterations is not None and match:
        return ab_test(iterations, match)
    if iterations is not None:
        return blue_green(iterations) if mirror_percent is None else mirrored_blue_green(iterations, mirror_percent)
    mirror: tuple[Step, ...] = () if mirror_percent is None else (Mirror(mirror_percent),)
    if step_weights:
        return mirror + weighted(step_weights)
    if step_weight is not None:
        return mirror + linear(step_weight, max_weight)
    return tuple(steps)
