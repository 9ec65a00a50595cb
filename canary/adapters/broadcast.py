"""One reporter made of several: each hears everything, and none can hurt the release or the others."""

from collections.abc import Callable
from datetime import datetime

from canary.adapters.outbox import Letter, Outbox
from canary.core.decision import Check, Event
from canary.core.spec import Hook, HookType, ReleaseSpec
from canary.core.state import State
from canary.ports import Hooks, Reporter


class Broadcast:
    """`canary.ports.Reporter` over `reporters`, told in their order. One that raises is left out of that line only."""

    def __init__(self, warn: Callable[[str], None], *reporters: Reporter) -> None:
        self._warn, self._reporters = warn, reporters
        self._said: set[str] = set()

    def event(self, event: Event, state: State) -> None:
        """Tell all of an event."""
        self._each(lambda reporter: reporter.event(event, state))

    def check(self, check: Check, state: State) -> None:
        """Tell all of a check."""
        self._each(lambda reporter: reporter.check(check, state))

    def status(self, state: State, now: datetime) -> None:
        """Tell all of the present state."""
        self._each(lambda reporter: reporter.status(state, now))

    def _each(self, tell: Callable[[Reporter], None]) -> None:
        for reporter in self._reporters:
            try:
                tell(reporter)
            except Exception as error:  # noqa: BLE001 - a report is never worth a release
                self._once(f"{type(reporter).__name__} failed with {type(error).__name__}; the release goes on")

    def _once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._warn(line)


class EventHooks:
    """`canary.ports.Reporter` that sends every event to the hooks of type `event`, through the outbox."""

    def __init__(self, spec: ReleaseSpec, hooks: Hooks, outbox: Outbox) -> None:
        self._targets, self._hooks, self._outbox = spec.hooks_of(HookType.EVENT), hooks, outbox

    def event(self, event: Event, state: State) -> None:
        """Queue one call for each hook."""
        for hook in self._targets:
            self._outbox.post(self._letter(hook, event, state.phase.value))

    def check(self, check: Check, state: State) -> None:
        """A check is no event."""

    def status(self, state: State, now: datetime) -> None:
        """Nor is the present state."""

    def _letter(self, hook: Hook, event: Event, phase: str) -> Letter:
        def deliver() -> str:
            result = self._hooks.call(hook, phase, event)
            answer = f"it answered {result.status}" if result.status else "no answer"
            return "" if result.passed else f"{answer}; check its URL"

        return Letter(f"event webhook {hook.name}", deliver)
