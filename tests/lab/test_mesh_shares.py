"""Dividing weights among pods."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from lab.mesh.shares import LIMIT, Share, divide

weights = st.integers(min_value=1, max_value=100_000)
counts = st.integers(min_value=1, max_value=12)


def names(backend: int, count: int) -> list[str]:
    return [f"{backend}-{pod}" for pod in range(count)]


@given(st.lists(st.tuples(weights, counts), min_size=1, max_size=3))
def test_each_backend_gets_its_weight_exactly_and_each_of_its_pods_the_same(backends: list[tuple[int, int]]) -> None:
    shares = divide([(weight, names(index, count)) for index, (weight, count) in enumerate(backends)])
    total, whole = sum(weight for weight, _ in backends), sum(share.weight for share in shares)
    assert whole <= LIMIT
    for index, (weight, count) in enumerate(backends):
        own = [share.weight for share in shares if share.cluster.startswith(f"{index}-")]
        assert len(own) == count
        assert {Fraction(part, whole) for part in own} == {Fraction(weight, total * count)}


@given(st.lists(st.tuples(weights, st.integers(min_value=1, max_value=60)), min_size=4, max_size=9))
def test_no_division_exceeds_what_envoy_takes_or_starves_a_pod(backends: list[tuple[int, int]]) -> None:
    shares = divide([(weight, names(index, count)) for index, (weight, count) in enumerate(backends)])
    assert sum(share.weight for share in shares) <= LIMIT
    assert all(share.weight > 0 for share in shares)


def test_a_cluster_of_two_backends_gets_both_shares() -> None:
    assert divide([(1, ["a"]), (1, ["a", "b"])]) == (Share("a", 3), Share("b", 1))
