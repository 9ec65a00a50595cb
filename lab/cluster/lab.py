"""A lab as an object: what the command line, the tests, the demo and the fault tests all use.

It decides when a lab may start and when it is gone; how it runs is the supervisor's.
"""

import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from lab.cluster import control, enter, environment, network
from lab.cluster.errors import LabError, LabNotRunning
from lab.cluster.launch import INSIDE, read_ports
from lab.cluster.paths import LabPaths
from lab.cluster.plan import OPTIONAL
from lab.cluster.record import Record
from lab.toolchain import ToolchainError, ensure_all

READY_TIMEOUT_S = 90.0
_DOWN_GRACE_S = 6.0
_POLL_S = 0.1
_TAIL_LINES = 15
_NAMESPACE = re.compile(r"[a-z0-9-]{1,63}")

Say = Callable[[str], None]


def _nothing(_: str) -> None:
    return None


class Lab:
    """One lab, by name (default: `$CANARY_LAB_NAME`, else `default`). Nothing is started by making one."""

    def __init__(self, name: str = "", *, without: Sequence[str] = (), say: Say = _nothing) -> None:
        self.paths = LabPaths(name)
        self._without = tuple(without)
        self._say = say

    @property
    def name(self) -> str:
        """The lab's name."""
        return self.paths.name

    def is_running(self) -> bool:
        """Whether its processes live; it may not be ready yet."""
        return self._record() is not None

    def up(self, timeout_s: float = READY_TIMEOUT_S) -> bool:
        """Start it and wait until everything in it is ready. True if it was started, False if it was up.

        Raises:
            LabError: it cannot start, or is not ready in time; then it is left running for `logs`.
        """
        self._check()
        self.paths.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._alone():
            fresh = not self._answers()
            if fresh:
                self._start()
            self._await_ready(timeout_s)
        return fresh

    def down(self, *, purge: bool = False) -> bool:
        """End everything in it and remove the cluster's data; logs stay unless `purge`. False if it was not running."""
        if not self.paths.root.exists():
            return False
        with self._alone():
            record = self._record()
            if record:
                record.end(_DOWN_GRACE_S)
            self.paths.purge() if purge else self.paths.wipe()
        return record is not None

    def status(self) -> dict[str, Any]:
        """What the supervisor reports: `ready`, `ready_after_s`, `units` (name, state, restarts, last_exit, pid).

        Raises:
            LabNotRunning: it is down.
        """
        return self._ask(do="status")

    def env(self) -> dict[str, str]:
        """The variables for a shell or a subprocess outside; raises LabNotRunning."""
        self._pid()
        return environment.variables(self.paths, read_ports(self.paths))

    def popen(self, argv: Sequence[str], namespace: str = "", **options: Any) -> "subprocess.Popen[Any]":
        """Start a command inside; `options` are those of `subprocess.Popen`. Raises LabNotRunning."""
        env = self._environment(options.pop("env", None))
        return subprocess.Popen(self._inside(argv, namespace), env=env, **options)

    def exec(self, argv: Sequence[str], namespace: str = "", **options: Any) -> "subprocess.CompletedProcess[Any]":
        """Run a command inside to its end; `options` are those of `subprocess.run`. Raises LabNotRunning."""
        env, check = self._environment(options.pop("env", None)), options.pop("check", False)
        return subprocess.run(self._inside(argv, namespace), env=env, check=check, **options)

    def enter(self, argv: Sequence[str], namespace: str = "") -> int:
        """Run a command inside from this very process, which is then inside for good; returns the exit code."""
        os.environ.update(environment.inside_variables(self.paths, os.environ))
        return enter.run(self._pid(), list(argv), self._resolver(namespace))

    def kill(self, component: str, number: signal.Signals = signal.SIGKILL) -> bool:
        """Send a signal to a component; the supervisor restarts what died. False if it has no process just now."""
        return bool(self._ask(do="kill", unit=component, signal=int(number))["sent"])

    def stop(self, component: str) -> None:
        """End a component and keep it down until `start`."""
        self._ask(do="stop", unit=component)

    def start(self, component: str) -> None:
        """Start a stopped component, or one that waits to be restarted."""
        self._ask(do="start", unit=component)

    def restart(self, component: str) -> None:
        """Stop and start a component."""
        self._ask(do="restart", unit=component)

    def wait_ready(self, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Wait until everything is ready, e.g. after `kill`; raises LabError with the culprit's log."""
        self._pid()
        self._await_ready(timeout_s)

    def _ask(self, **request: Any) -> dict[str, Any]:
        self._pid()
        return control.ask(self.paths.run, request)

    def _record(self) -> Record | None:
        record = Record.read(self.paths.record)
        return record if record and record.lives() else None

    def _pid(self) -> int:
        record = self._record()
        if record is None:
            remedy = f"start it with `python -m lab up --name {self.name}`"
            raise LabNotRunning(f"the lab {self.name!r} is not running; {remedy}")
        return record.pid

    def _check(self) -> None:
        if not sys.platform.startswith("linux"):
            raise LabError(f"the lab needs Linux's namespaces, this is {sys.platform}; use a cluster of your own")
        if unknown := set(self._without) - set(OPTIONAL):
            raise LabError(f"cannot leave out {', '.join(sorted(unknown))}; only {', '.join(OPTIONAL)}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time start or end this lab."""
        lock = self.paths.root.with_name(f".{self.name}.lock")
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _start(self) -> None:
        if left := Record.read(self.paths.record):
            self._say("cleaning up after a lab that was killed")
            left.end(_DOWN_GRACE_S)  # it may be about to end, or have an init without a supervisor
        self.paths.wipe()
        self.paths.make()
        for log in self.paths.logs.iterdir():
            log.unlink()
        try:
            ensure_all()
            environment.link_tools(self.paths)
        except ToolchainError as error:
            raise LabError(str(error)) from error
        self._launch()

    def _launch(self) -> None:
        command = [sys.executable, "-m", "lab.cluster.launch", self.name, ",".join(self._without)]
        outcome = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            start_new_session=True,
            env=environment.module_variables(self.paths, os.environ),
            check=False,
        )
        if outcome.returncode or INSIDE not in outcome.stdout:
            raise LabError(f"the lab {self.name!r} did not start: {outcome.stderr.strip() or 'no reason given'}")

    def _environment(self, base: Mapping[str, str] | None) -> dict[str, str]:
        inside = environment.inside_variables(self.paths, os.environ if base is None else base)
        return environment.module_variables(self.paths, inside)

    def _inside(self, argv: Sequence[str], namespace: str) -> list[str]:
        return [sys.executable, "-m", "lab.cluster.enter", str(self._pid()), self._resolver(namespace), *argv]

    def _resolver(self, namespace: str) -> str:
        if not namespace:
            return ""
        if not _NAMESPACE.fullmatch(namespace):
            raise LabError(f"{namespace!r} is not a namespace's name")
        file = self.paths.config / f"resolv.{namespace}.conf"
        file.write_text(network.resolver(namespace))
        return str(file)

    def _await_ready(self, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not self._is_ready():
            if time.monotonic() > deadline:
                raise LabError(self._why_not_ready(timeout_s))
            time.sleep(_POLL_S)

    def _answers(self) -> bool:
        try:
            self.status()
        except LabNotRunning:
            return False
        return True

    def _is_ready(self) -> bool:
        try:
            return bool(self.status()["ready"])
        except LabNotRunning:
            if not self.is_running():
                raise LabError(f"the lab's supervisor ended:\n{self._tail('supervisor')}") from None
            return False  # it has not opened its control socket yet

    def _why_not_ready(self, timeout_s: float) -> str:
        late = [unit for unit in self.status()["units"] if unit["state"] not in ("ready", "waiting")]
        names = ", ".join(f"{unit['name']} ({unit['state']})" for unit in late)
        tails = "\n".join(self._tail(unit["name"]) for unit in late if unit["kept"])
        remedy = "It is left running: see `python -m lab logs`, then `python -m lab down`."
        return f"not ready after {timeout_s:g} s: {names}\n{tails}\n{remedy}"

    def _tail(self, component: str) -> str:
        try:
            lines = self.paths.log(component).read_text(errors="replace").splitlines()[-_TAIL_LINES:]
        except OSError:
            lines = ["(no log)"]
        return "\n".join([f"--- {component} ---", *lines])
