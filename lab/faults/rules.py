"""Which request meets which fault: rules that a test adds and removes while programs run, and a record of what passed.

Thread-safe. Knows nothing of sockets.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from lab.faults.kinds import Fault

CANARY = r"^pulumi-canary"
"""The User-Agent of this project's own calls."""
PULUMI = r"(?i)kubernetes"
"""That of Pulumi's Kubernetes provider, the lab's or the real one."""
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Asked:
    """One request as it came in; `at` is time.monotonic()."""

    method: str
    path: str
    agent: str = ""
    at: float = 0.0

    @property
    def is_write(self) -> bool:
        """It would change the cluster: a POST through the service proxy, such as a webhook's, does not."""
        return self.method in WRITES and "/proxy" not in self.path

    @property
    def place(self) -> str:
        """Method and path, without the query."""
        return f"{self.method} {self.path.partition('?')[0]}"


@dataclass
class Rule:
    """`fault` for requests that match all of: `method` and `path` and `agent` (regular expressions), `when`.

    The first `after` matching requests pass; then `times` of them meet the fault (None: all).
    """

    fault: Fault
    method: str = ""
    path: str = ""
    agent: str = ""
    when: Callable[[Asked], bool] = lambda _: True
    after: int = 0
    times: int | None = None
    matched: int = field(default=0, init=False)
    lifted: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    @property
    def met(self) -> int:
        """How many requests have met the fault."""
        return max(0, self.matched - self.after) if self.times is None else min(self.times, self.matched - self.after)

    def takes(self, asked: Asked) -> bool:
        """Whether `asked` meets the fault; it is counted when it matches."""
        patterns = ((self.method, asked.method), (self.path, asked.path), (self.agent, asked.agent))
        if not all(re.search(pattern, text) for pattern, text in patterns) or not self.when(asked):
            return False
        self.matched += 1
        number = self.matched - self.after
        return number > 0 and (self.times is None or number <= self.times)


class Rules:
    """The rules in force, the first that takes a request decides; and every request seen so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._seen: list[Asked] = []
        self._dark = threading.Event()
        self._light = threading.Event()
        self._light.set()

    @property
    def seen(self) -> list[Asked]:
        """All requests so far, those that met a fault included."""
        with self._lock:
            return list(self._seen)

    def writes(self, agent: str = CANARY) -> list[Asked]:
        """The writes among them by `agent`."""
        return [asked for asked in self.seen if asked.is_write and re.search(agent, asked.agent)]

    def add(self, rule: Rule) -> Rule:
        """From now on `rule` holds, before older ones."""
        with self._lock:
            self._rules.insert(0, rule)
        return rule

    def drop(self, rule: Rule) -> None:
        """It no longer holds; what hangs on it is cut."""
        with self._lock:
            self._rules = [one for one in self._rules if one is not rule]
        rule.lifted.set()

    @contextmanager
    def during(self, rule: Rule) -> Iterator[Rule]:
        """`rule` holds while the block runs."""
        self.add(rule)
        try:
            yield rule
        finally:
            self.drop(rule)

    @contextmanager
    def blackout(self) -> Iterator[None]:
        """While the block runs nothing gets through and nothing is answered: no handshake, no byte, no reset."""
        self._light.clear()
        self._dark.set()
        try:
            yield
        finally:
            self._dark.clear()
            self._light.set()

    @property
    def is_dark(self) -> bool:
        """A blackout is going on."""
        return self._dark.is_set()

    def await_light(self) -> None:
        """Return when no blackout is going on."""
        self._light.wait()

    def clear(self) -> None:
        """No rule holds, and the record is empty."""
        with self._lock:
            rules, self._rules, self._seen = self._rules, [], []
        for rule in rules:
            rule.lifted.set()

    def meet(self, asked: Asked) -> Rule | None:
        """The rule that takes this request; the request is on record from now on."""
        with self._lock:
            self._seen.append(asked)
            return next((rule for rule in self._rules if rule.takes(asked)), None)


def asked_now(method: str, path: str, agent: str) -> Asked:
    """A request of this moment."""
    return Asked(method, path, agent, time.monotonic())
