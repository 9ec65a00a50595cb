"""A random specification from a seeded `random.Random`: thousands a second, and the same one for the same seed.

`strategies.py` makes the like for Hypothesis, which shrinks what it finds; this one is for numbers.
"""

from datetime import timedelta
from random import Random

from canary.core.routing import HeaderMatch, MatchRule
from canary.core.spec import (
    Counting,
    Gate,
    Hold,
    Hook,
    HookType,
    Limits,
    Match,
    Metric,
    Mirror,
    Pause,
    Policy,
    ReleaseSpec,
    Retreat,
    Step,
    Switch,
    Target,
    Weight,
)

METRICS = (
    Metric("request-success-rate", minimum=99),
    Metric("request-duration", maximum=500),
    Metric("errors", minimum=0, maximum=3, query="q"),
    Metric("dry", maximum=1, query="q", dry_run=True),
    Metric("late", maximum=1, query="q", initial_delay=timedelta(seconds=20)),
)
RULES = (MatchRule((HeaderMatch("x-canary", exact="yes"),)),)
HOOKS = tuple(Hook(f"h-{kind}", "http://h/", kind) for kind in HookType)
GATE = Hook("gate", "http://gate/")


def random_spec(random: Random) -> ReleaseSpec:
    """Any strategy, any limits; deadlines of seconds to minutes, so that many of them are met."""
    return ReleaseSpec(
        target=Target("app", "ns", "app", 80, replicas=random.randint(1, 5)),
        steps=random.choice(STRATEGIES)(random),
        interval=_seconds(random, 1, 30),
        metrics=tuple(random.sample(METRICS, random.randint(1, 3))),
        hooks=tuple(random.sample(HOOKS, random.choice((0, 0, 1, 2, 4)))),
        limits=_limits(random),
        retreat=Retreat(
            step=random.choice((100, 100, random.randint(1, 99))),
            drain=_seconds(random, 0, 10),
            primary_wait=_seconds(random, 1, 120),
        ),
        promotion_step=random.choice((100, random.randint(1, 99))),
        skip_analysis=random.random() < 0.03,
    )


def _seconds(random: Random, least: int, most: int) -> timedelta:
    return timedelta(seconds=random.randint(least, most))


def _limits(random: Random) -> Limits:
    return Limits(
        threshold=random.randint(1, 6),
        counting=random.choice(tuple(Counting)),
        on_no_data=random.choice(tuple(Policy)),
        no_data_deadline=_seconds(random, 5, 300),
        on_error=random.choice(tuple(Policy)),
        error_deadline=_seconds(random, 5, 300),
        min_requests=random.choice((0, 10)),
        warm_up=_seconds(random, 0, 30),
        progress_deadline=_seconds(random, 5, 300),
        gate_deadline=random.choice((None, _seconds(random, 5, 300))),
        canary_ready_percent=random.randint(1, 100),
        primary_ready_percent=random.randint(1, 100),
    )


def _weights(random: Random) -> tuple[Step, ...]:
    return tuple(Weight(percent) for percent in sorted(random.sample(range(1, 101), random.randint(1, 8))))


def _blue_green(random: Random) -> tuple[Step, ...]:
    return (Hold(random.randint(1, 5)), Switch())


def _matched(random: Random) -> tuple[Step, ...]:
    return (Match(RULES, random.randint(1, 5)),)


def _mirrored(random: Random) -> tuple[Step, ...]:
    return (Mirror(random.randint(1, 100), random.randint(1, 3)), *_weights(random))


def _free(random: Random) -> tuple[Step, ...]:
    """Steps in any order; weights may fall, too."""
    return tuple(_any_step(random) for _ in range(random.randint(1, 6)))


def _any_step(random: Random) -> Step:
    steps: tuple[Step, ...] = (
        Weight(random.randint(0, 100), _seconds(random, 0, 60), random.randint(1, 3)),
        Weight(random.randint(0, 100)),
        Pause(random.choice((None, _seconds(random, 1, 60)))),
        Gate(GATE),
        Hold(random.randint(1, 3)),
    )
    return random.choice(steps)


STRATEGIES = (_weights, _weights, _blue_green, _matched, _mirrored, _free, _free)
