"""Random specs and random worlds, for properties."""

from datetime import timedelta

from hypothesis import strategies as st

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
    Switch,
    Target,
    Weight,
)

seconds = st.integers(1, 60).map(lambda n: timedelta(seconds=n))
minutes = st.integers(1, 10).map(lambda n: timedelta(minutes=n))
metrics = st.lists(
    st.sampled_from(
        [
            Metric("request-success-rate", minimum=99),
            Metric("request-duration", maximum=500),
            Metric("errors", maximum=3, query="q"),
        ]
    ),
    unique_by=lambda metric: metric.name,
    min_size=1,
    max_size=3,
).map(tuple)
hooks = st.lists(
    st.sampled_from([Hook(f"h-{kind}", "http://h/", kind) for kind in HookType]),
    unique_by=lambda hook: hook.name,
    max_size=4,
).map(tuple)
rules = (MatchRule((HeaderMatch("x-canary", exact="yes"),)),)
weights = st.lists(st.integers(1, 100), min_size=1, max_size=8, unique=True).map(sorted)
linear_steps = weights.map(lambda ws: tuple(Weight(w) for w in ws))
blue_green = st.integers(1, 5).map(lambda n: (Hold(n), Switch()))
a_b = st.integers(1, 5).map(lambda n: (Match(rules, n),))
mirrored = st.tuples(st.integers(1, 100), weights).map(lambda mw: (Mirror(mw[0], 2), *(Weight(w) for w in mw[1])))
any_step = st.one_of(
    st.builds(Weight, st.integers(0, 100), seconds, st.integers(1, 3)),
    st.builds(Pause, seconds),
    st.just(Gate(Hook("gate", "http://gate/"))),
    st.builds(Hold, st.integers(1, 3)),
)
free_steps = st.lists(any_step, min_size=1, max_size=6).map(tuple)
limits = st.builds(
    Limits,
    threshold=st.integers(1, 6),
    counting=st.sampled_from(Counting),
    on_no_data=st.sampled_from(Policy),
    no_data_deadline=minutes,
    on_error=st.sampled_from(Policy),
    error_deadline=minutes,
    warm_up=st.integers(0, 30).map(lambda n: timedelta(seconds=n)),
    gate_deadline=minutes,
    canary_ready_percent=st.integers(1, 100),
    primary_ready_percent=st.integers(1, 100),
)
retreats = st.builds(Retreat, step=st.integers(1, 100), drain=st.integers(0, 10).map(lambda n: timedelta(seconds=n)))
specs = st.builds(
    ReleaseSpec,
    target=st.builds(Target, st.just("app"), st.just("ns"), st.just("app"), st.just(80), replicas=st.integers(1, 5)),
    steps=st.one_of(linear_steps, blue_green, a_b, mirrored, free_steps),
    interval=seconds,
    metrics=metrics,
    hooks=hooks,
    limits=limits,
    retreat=retreats,
    promotion_step=st.integers(1, 100),
    skip_analysis=st.sampled_from([False, False, False, True]),
)
