"""One lab for all end-to-end tests, and checkouts in it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.cluster import Lab
from tests.e2e.world import QUICK, Checkout, checkout

KEPT = "CANARY_TEST_LAB"  # names a lab to use, started when it is down, and left up: for a quick second run


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A lab that is up; taken down when all tests are done, however they end."""
    kept = os.environ.get(KEPT, "")
    found = Lab(kept or f"test-{os.getpid()}")
    try:
        found.up()
        yield found
    finally:
        if not kept:
            found.down(purge=True)


@pytest.fixture(scope="module")
def released(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A release of two steps, initialised with 2.1.0; shared by the tests of one file."""
    found = checkout(lab, tmp_path_factory.mktemp("released"), QUICK)
    try:
        update = found.up("2.1.0")
        assert update.wait() == 0, update.text
        found.expect_home("2.1.0")
        yield found
    finally:
        found.end(lab)


@pytest.fixture
def fresh(lab: Lab, tmp_path: Path) -> Iterator[Callable[..., Checkout]]:
    """A function that makes a checkout which is not deployed yet; its argument: changes to the configuration."""
    made: list[Checkout] = []

    def make(**changes: object) -> Checkout:
        made.append(checkout(lab, tmp_path / str(len(made)), {**QUICK, **changes}))
        return made[-1]

    yield make
    for one in made:
        one.end(lab)
