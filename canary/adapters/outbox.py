"""Messages on their way out: a bounded queue and one daemon thread, so that telling people never delays a release.

Knows nothing of what is sent. Each delivery bounds its own time; what cannot be delivered is said once for each
recipient, and what does not fit is dropped.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from queue import Full, Queue

SIZE = 200  # messages; a release says one in some seconds
PATIENCE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message. `deliver` returns what went wrong (no address, no token in it), or an empty text."""

    recipient: str
    deliver: Callable[[], str]


class Outbox:
    """Delivers letters in their order; `warn` takes one line for a person, and is called from the outbox's thread."""

    def __init__(self, warn: Callable[[str], None], size: int = SIZE) -> None:
        self._warn, self._said = warn, set[str]()
        self._queue: Queue[Letter | None] = Queue(size)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    def post(self, letter: Letter) -> None:
        """Queue `letter`; returns at once. Dropped when the queue is full, or closed."""
        if self._closed:
            return
        self._start()
        try:
            self._queue.put_nowait(letter)
        except Full:
            self._once("full", "too many messages are waiting to be sent; some alerts or events are lost")

    def close(self, patience: timedelta = PATIENCE) -> None:
        """Wait until all is delivered, at most `patience`; what is then left is given up and said."""
        with self._queue.all_tasks_done:
            done = self._queue.all_tasks_done.wait_for(self._is_idle, patience.total_seconds())
        self._closed = True
        if not done:
            self._once("late", f"alerts or events were not delivered within {patience.total_seconds():g} s; given up")
        with suppress(Full):
            self._queue.put_nowait(None)

    def _is_idle(self) -> bool:
        return self._queue.unfinished_tasks == 0

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (letter := self._queue.get()) is not None and not self._closed:
            try:
                self._deliver(letter)
            finally:
                self._queue.task_done()

    def _deliver(self, letter: Letter) -> None:
        try:
            problem = letter.deliver()
        except Exception as error:  # noqa: BLE001 - whatever it is, the next letter must go out
            problem = type(error).__name__
        if problem and not self._closed:
            self._once(letter.recipient, f"{letter.recipient}: not delivered: {problem} (said once)")

    def _once(self, key: str, line: str) -> None:
        if key not in self._said:
            self._said.add(key)
            self._warn(line)
