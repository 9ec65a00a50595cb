"""Whatever happens to the members of a group, and whenever: all are promoted, or all are home."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from canary.core.routing import Track
from canary.core.state import Command, Phase
from tests.core.builders import linear, value
from tests.core.fellows import Fellow, Fellows

NAMES = ("a.prod", "b.prod", "c.prod")
WEIGHTS = ((50,), (50, 100), (25, 50, 75))
LONGEST_OUTAGE_S = 60  # far below the deadline for errors, after which nobody waits for an answer any more


@dataclass(frozen=True)
class Blow:
    """What happens to `member` in `second`."""

    second: int
    member: int
    kind: str


blows = st.lists(
    st.builds(
        Blow,
        st.integers(0, 70),
        st.integers(0, len(NAMES) - 1),
        st.sampled_from(["bad", "interrupt", "abort", "promote", "approve", "crash", "outage", "answer", "hiccup"]),
    ),
    max_size=4,
)


def strike(group: Fellows, one: Fellow, kind: str) -> None:
    match kind:
        case "bad":
            one.world.metrics.source = lambda question: value(question, 0)
        case "interrupt":
            one.world.control.interrupted = "cancelled"
        case "abort" | "promote" | "approve":
            one.world.control.pending.append(Command(kind))
        case "crash":
            one.world.workload.broken.add(Track.CANARY)
        case "outage":
            group.shared.fault = "no answer"
        case "answer":
            group.shared.fault = ""
        case "hiccup":
            one.world.workload.fault = "" if one.world.workload.fault else "no answer"


@settings(max_examples=30, deadline=None)
@given(
    lengths=st.lists(st.sampled_from(WEIGHTS), min_size=2, max_size=3),
    thresholds=st.integers(1, 3),
    ordered=st.booleans(),
    happening=blows,
    order=st.randoms(use_true_random=False),
)
def test_all_are_promoted_or_all_are_home(lengths, thresholds, ordered, happening, order) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    specs = {name: linear(*weights, threshold=thresholds) for name, weights in zip(NAMES, lengths, strict=False)}
    group = Fellows(specs, ordered=ordered)
    members = list(group.all.values())
    for second in range(5_000):
        for blow in happening:
            if blow.second == second:
                strike(group, members[blow.member % len(members)], blow.kind)
        if second == max((blow.second for blow in happening), default=0) + LONGEST_OUTAGE_S:
            group.shared.fault = ""
            for one in members:
                one.world.workload.fault = ""
        order.shuffle(members)
        for one in members:
            group.turn(one)
        if all(one.is_done for one in members):
            break
    assert set(group.phases) in ({Phase.PROMOTING}, {Phase.FAILED}), [(one.name, one.state) for one in members]
    if Phase.FAILED in group.phases:
        assert [one.weight for one in members] == [0] * len(members)
        assert all(one.world.workload.health[Track.CANARY].desired == 0 for one in members)
