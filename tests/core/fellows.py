"""Several releases of one group in simulated worlds, played turn by turn on one clock."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from canary.adapters.memory import MemoryWorld, healthy, memory_world
from canary.adapters.memorygroup import MemoryBoard
from canary.core.decide import decide
from canary.core.group import Charter
from canary.core.measure import Measurement
from canary.core.spec import ReleaseSpec
from canary.core.state import Phase, State
from canary.loop import Loop
from canary.ports import Question
from tests.core.builders import at_once, value

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
Source = Callable[[Question], Measurement]


@dataclass
class Fellow:
    """One member: its world, its loop, and where it stands."""

    name: str
    world: MemoryWorld
    loop: Loop
    state: State = field(default_factory=lambda: State("r2"))

    @property
    def weight(self) -> int:
        return self.world.router.routing.weight

    @property
    def is_done(self) -> bool:
        return self.loop.is_done(self.state)

    @property
    def highest(self) -> int:
        return max((routing.weight for routing in self.world.router.history), default=0)


class Fellows:
    """The members by name; `play` until a condition holds, or all are done."""

    def __init__(
        self, specs: dict[str, ReleaseSpec], *, ordered: bool = False, deadline: timedelta | None = None
    ) -> None:
        charter = Charter("shop", tuple(specs), ordered, deadline or timedelta(hours=1))
        self.shared = MemoryBoard(charter)
        self.all = {name: self._fellow(name, at_once(spec)) for name, spec in specs.items()}
        self.log: list[str] = []
        self.rounds = 0

    def _fellow(self, name: str, spec: ReleaseSpec) -> Fellow:
        world = memory_world(spec)
        return Fellow(name, world, Loop(spec, replace(world.world, group=self.shared.member(name)), decide))

    def __getitem__(self, name: str) -> Fellow:
        return self.all[name]

    def play(self, until: "Callable[[Fellows], bool]" = lambda _: False, rounds: int = 10_000) -> "Fellows":
        """A round is a second: everybody who is not done has one turn, in the order of the group."""
        for _ in range(rounds):
            if until(self) or all(one.is_done for one in self.all.values()):
                return self
            self.rounds += 1
            for one in self.all.values():
                self.turn(one)
        raise AssertionError(f"not over after {rounds} rounds: {[(o.name, o.state) for o in self.all.values()]}")

    def turn(self, one: Fellow) -> None:
        """One turn of one member, if it is not done; then a second passes for it."""
        if not one.is_done:
            before = one.weight
            one.state = one.loop.turn(one.state)
            if one.weight != before:
                self.log.append(f"{one.name} {one.weight}")
        one.world.clock.time += SECOND

    @property
    def phases(self) -> list[Phase]:
        return [one.state.phase for one in self.all.values()]


def failing_after(checks: int) -> Source:
    """A canary that is healthy for so many measurements, and then answers nothing but errors."""
    made = 0

    def source(question: Question) -> Measurement:
        nonlocal made
        made += 1
        good = made <= checks or question.metric.minimum is None
        return healthy(question) if good else value(question, 0)

    return source
