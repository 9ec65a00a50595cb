"""A child process as the language host needs one: interrupted first, killed when it does not listen.

It refuses to know whether the child is a program or a plugin.
"""

import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from signal import SIGINT

# What the official host grants a program between the interrupt and the kill.
GRACE_SECONDS = 5.0


class Child:
    """One running process; `interrupt` may be called from any thread and more than once."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        directory: Path | None = None,
        *,
        piped: bool = False,
    ) -> None:
        """Start `command`. Unless `piped`, it writes to the host's own output, which the engine shows.

        Raises `OSError` when it cannot be started.
        """
        stream = subprocess.PIPE if piped else None
        self._interrupted = threading.Event()
        self._process = subprocess.Popen(
            list(command), env=dict(environment), cwd=directory, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream
        )
        self.stdout = self._process.stdout
        self.stderr = self._process.stderr

    def wait(self) -> int:
        """The exit code; minus the signal's number when a signal ended it."""
        return self._process.wait()

    def interrupt(self) -> None:
        """Interrupt the process, and kill it if it is still there after the grace period. Returns at once."""
        if self._interrupted.is_set():
            return
        self._interrupted.set()
        threading.Thread(target=self._end, daemon=True).start()

    def _end(self) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(SIGINT)
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()


class Children:
    """The processes that are running now, so that a cancellation reaches all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[Child] = set()
        self._cancelled = False

    def add(self, child: Child) -> Child:
        """Remember `child`; interrupt it at once if the cancellation came before it."""
        with self._lock:
            self._running.add(child)
        if self._cancelled:
            child.interrupt()
        return child

    def remove(self, child: Child) -> None:
        """Forget `child`, which has ended."""
        with self._lock:
            self._running.discard(child)

    def interrupt_all(self) -> None:
        """Interrupt what runs, and whatever is added later."""
        self._cancelled = True
        with self._lock:
            running = list(self._running)
        for child in running:
            child.interrupt()
