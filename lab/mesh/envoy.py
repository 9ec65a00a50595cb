"""Keeping one Envoy process running over the files that `xds` writes.

Envoy is restarted when it dies, and reads its whole configuration from the files again. It outlives a crash of the
agent: a new agent finds its process id in `envoy.pid` and takes it over, so that no connection is cut. It is ended
only by `stop()`. Refuses to know what is configured.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
STABLE_SECONDS = 10.0
"""An Envoy that ran this long is restarted at once, not after a growing pause."""
STOP_SECONDS = 5.0


def arguments(binary: Path, config: Path, logfile: Path) -> list[str]:
    """Envoy's command line: two workers, errors and warnings to `logfile`, no shared memory with other labs."""
    return [
        str(binary), "--config-path", str(config), "--concurrency", "2", "--disable-hot-restart",
        "--log-level", "warning", "--log-path", str(logfile), "--drain-time-s", "5",
    ]  # fmt: skip


class EnvoyProcess:
    """One Envoy, started or taken over, and restarted until `stop()`.

    Args:
        command: the command line.
        pidfile: where the process id is kept for the next agent.
    """

    def __init__(self, command: Sequence[str], pidfile: Path) -> None:
        self._command, self._pidfile = list(command), pidfile
        self._pid: int | None = None
        self._stopping = threading.Event()
        self._guard = threading.Thread(target=self._keep_running, name="envoy", daemon=True)

    def adopt(self) -> bool:
        """Take over the Envoy of an earlier agent, if it lives and has this very command line."""
        try:
            pid = int(self._pidfile.read_text())
            alive = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
        except (OSError, ValueError):
            return False
        if [word.decode() for word in alive] != self._command:
            return False
        self._pid = pid
        return True

    def start(self) -> None:
        """Start Envoy unless one was taken over, and keep it running."""
        if self._pid is None:
            self._spawn()
        self._guard.start()

    def is_running(self) -> bool:
        """Whether there is a process; it may not serve yet."""
        return self._pid is not None

    def stop(self) -> None:
        """End Envoy: SIGTERM, then SIGKILL after 5 seconds."""
        self._stopping.set()
        if self._pid is None:
            return
        self._signal(signal.SIGTERM)
        self._guard.join(STOP_SECONDS)
        if self._guard.is_alive():
            self._signal(signal.SIGKILL)
            self._guard.join(STOP_SECONDS)
        self._pidfile.unlink(missing_ok=True)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self._pid is not None:
                os.kill(self._pid, number)

    def _spawn(self) -> None:
        # Not subprocess: what is kept is a process id, the same whether Envoy was started here or taken over.
        silent = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
        self._pid = os.posix_spawn(self._command[0], self._command, os.environ, file_actions=silent)
        self._pidfile.write_text(str(self._pid))

    def _keep_running(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            self._await_exit()
            if self._stopping.is_set():
                return
            pause = FIRST_PAUSE_SECONDS if time.monotonic() - began > STABLE_SECONDS else pause * 2
            log.warning("Envoy ended unexpectedly; starting it again in %.1f s (see envoy.log)", pause)
            if self._stopping.wait(min(pause, LONGEST_PAUSE_SECONDS)):
                return
            self._spawn()

    def _await_exit(self) -> None:
        """Works for a process taken over as well, which is no child of ours."""
        pid = self._pid
        if pid is None:
            return
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            descriptor = -1
        if descriptor >= 0:
            select.select([descriptor], [], [])
            os.close(descriptor)
        self._pid = None
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
