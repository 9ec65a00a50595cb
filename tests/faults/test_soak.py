"""Many releases, each with a fault drawn by lot: none is lost, and no user notices any.

Replayable: `SOAK_SEED=N make soak` draws the same faults at the same moments of the same releases.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from lab.demo.project import Update
from lab.faults import CANARY, Cut, Rule, Swallow, conflict, overloaded
from tests.faults.conftest import Play
from tests.faults.processes import await_end
from tests.faults.stage import PATIENCE_S, Stage

pytestmark = [pytest.mark.soak, pytest.mark.timeout(6 * 3600)]

RELEASES = int(os.environ.get("SOAK_RELEASES", "50"))
SEED = int(os.environ.get("SOAK_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)


@dataclass(frozen=True)
class Draw:
    """What happens to one release: the fault's name, and the canary's share at which it strikes."""

    fault: str
    weight: int
    forward: bool  # whether the `up` after it goes on with the release, or back to what was served


def drawn(seed: int, count: int) -> list[Draw]:
    """The faults of a soak; the first few of a longer one are those of a shorter one."""
    chance = random.Random(seed)
    return [
        Draw(chance.choice(sorted(FAULTS)), chance.choice((0, 50, 100)), chance.random() < 0.5) for _ in range(count)
    ]


def signalled(*numbers: signal.Signals) -> Callable[[Stage, Update], None]:
    def strike(stage: Stage, update: Update) -> None:
        family = stage.family(update)
        everyone = family.members()
        for number in numbers:
            family.tell(number)
            time.sleep(0.2)  # two keystrokes are two signals
        stage.ended(update)
        await_end(everyone, PATIENCE_S)

    return strike


def lost(stage: Stage, update: Update) -> None:
    gone = stage.family(update).perish()
    stage.ended(update)
    await_end(gone, PATIENCE_S)


def through(rule: Callable[[], Rule], *, prometheus: bool = False) -> Callable[[Stage, Update], None]:
    def strike(stage: Stage, update: Update) -> None:
        proxy = stage.prometheus if prometheus else stage.api
        with proxy.rules.during(rule()):
            stage.ended(update)

    return strike


def dark(stage: Stage, update: Update) -> None:
    with stage.api.rules.blackout():
        time.sleep(12)  # the outage itself
    stage.ended(update)


def edited(stage: Stage, update: Update) -> None:
    backends = (
        '{"spec":{"backends":[{"service":"podinfo-canary","weight":7},{"service":"podinfo-primary","weight":93}]}}'
    )
    stage.checkout.kubectl("patch", "trafficsplit/podinfo", "--type=merge", "-p", backends)
    stage.ended(update)


def emptied(stage: Stage, update: Update) -> None:
    stage.checkout.kubectl("scale", "deployment/podinfo", "--replicas=0")
    stage.ended(update)


FAULTS: dict[str, Callable[[Stage, Update], None]] = {
    "none": lambda stage, update: None if stage.ended(update) == 0 else pytest.fail(update.text),
    "Ctrl-C": signalled(signal.SIGINT),
    "SIGTERM": signalled(signal.SIGTERM),
    "Ctrl-C twice": signalled(signal.SIGINT, signal.SIGINT),
    "SIGKILL of the CLI": signalled(signal.SIGKILL),
    "machine lost": lost,
    "API 503": through(lambda: Rule(overloaded(503, None), agent=CANARY, times=12)),
    "API 429": through(lambda: Rule(overloaded(429, 1), agent=CANARY, times=8)),
    "API cut": through(lambda: Rule(Cut(), agent=CANARY, times=12)),
    "answers lost": through(lambda: Rule(Swallow(), agent=CANARY, when=lambda asked: asked.is_write, times=3)),
    "conflicts": through(lambda: Rule(conflict(), agent=CANARY, when=lambda asked: asked.is_write, times=3)),
    "API blackout": dark,
    "Prometheus down": through(lambda: Rule(Cut(), times=8), prometheus=True),
    "split edited": edited,
    "scaled to 0": emptied,
}


def test_no_release_is_lost(stage: Stage, scenario: Play) -> None:
    print(f"\nSOAK_SEED={SEED} SOAK_RELEASES={RELEASES}")
    with scenario(16, f"soak of {RELEASES}, seed {SEED}", stage) as play, play.under_traffic() as users:
        for number, draw in enumerate(drawn(SEED, RELEASES), 1):
            print(f"{number:3}: {draw}")
            update = stage.begin()
            stage.await_weight(update, lambda draw=draw: stage.weight >= draw.weight, "the fault's moment")  # type: ignore[misc]
            FAULTS[draw.fault](stage, update)
            stage.unlock()
            play.row.state = stage.converge(stage.tag if draw.forward else stage.served)
            assert users.failed() == [], (SEED, number, draw)
        print(Counter(draw.fault for draw in drawn(SEED, RELEASES)))
