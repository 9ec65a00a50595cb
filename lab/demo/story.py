"""The acts of the story: initialise, promote, roll back, converge. Each checks what it claims and is timed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.cluster import Lab
from lab.demo.cluster import Kubectl, eventually
from lab.demo.project import Project, Update

GOOD, BETTER, BAD = "2.1.0", "2.1.1", "2.1.2"
TROUBLE_FROM = 10  # percent of the traffic at which someone makes trouble, as in the walk-through
TROUBLE = (
    "hey -z 1m -c 5 -q 5 http://podinfo-canary:9898/status/500",
    "hey -z 1m -c 5 -q 5 http://podinfo-canary:9898/delay/1",
)
HOME = {"podinfo-canary": 0, "podinfo-primary": 100}

Say = Callable[[str], None]


class StoryError(Exception):
    """The story did not play as it should."""


def expect(holds: object, what: str) -> None:
    """Raise StoryError unless it holds."""
    if not holds:
        raise StoryError(what)


@dataclass
class Act:
    """One `pulumi up` and what came of it."""

    title: str
    seconds: float
    code: int
    planned: float = 0.0
    outcome: str = ""


@dataclass
class Story:
    """The story on a lab that is up, in a fresh copy of the program."""

    lab: Lab
    project: Project
    interval: float
    say: Say
    acts: list[Act] = field(default_factory=list)
    traffic: dict[str, Any] = field(default_factory=dict)

    @property
    def kubectl(self) -> Kubectl:
        """kubectl as the user has it."""
        return Kubectl(self.project.env)

    def play(self) -> None:
        """All acts, under steady traffic from the moment there is something to ask. Raises StoryError."""
        self.initialise()
        with self.steady_traffic():
            self.promote()
            self.roll_back()
            self.converge()
        self.check_traffic()

    def initialise(self) -> None:
        """2.1.0 is there, without analysis."""
        self._title(f"1. pulumi up at {GOOD}: initialise")
        self._finish(f"initialise {GOOD}", self.project.up(), 0)
        expect(self.kubectl.weights() == HOME, f"weights are {self.kubectl.weights()}")
        eventually("the canary has no pods", lambda: self.kubectl.replicas("podinfo") == 0)

    def promote(self) -> None:
        """2.1.1 is measured and promoted."""
        self._title(f"2. image:tag {BETTER}, pulumi up: promoted")
        self.project.set_tag(BETTER)
        self._finish(f"promote {BETTER}", self.project.up(), 0, planned=20 * self.interval)
        self._expect_home(BETTER)

    def roll_back(self) -> None:
        """2.1.2 is made to fail while it is measured."""
        self._title(f"3. image:tag {BAD}, pulumi up, and someone makes it fail: rolled back")
        self.project.set_tag(BAD)
        update = self.project.up()
        with self._trouble(update):
            code = update.wait()
        expect(code != 0, "pulumi up succeeded with a failing canary")
        expect(
            "failed checks threshold reached 5" in update.text, "the log does not say that the threshold was reached"
        )
        halts = len([line for line in update.lines if "Halt podinfo.prod advancement" in line and "updating (" in line])
        self._note(f"roll back {BAD}", update, code, 0, f"{halts} halts")
        self._expect_home(BETTER)

    def converge(self) -> None:
        """Back to 2.1.1: nothing to repair, nothing to analyse, and then no difference at all."""
        self._title(f"4. image:tag {BETTER} again (git revert), pulumi up: converges")
        self.project.set_tag(BETTER)
        self._finish(f"revert to {BETTER}", self.project.up(), 0)
        self._expect_home(BETTER)
        preview = self.project.start("preview", "--expect-no-changes")
        expect(preview.wait() == 0, "a preview after the revert still shows changes")

    def check_traffic(self) -> None:
        """The client may have seen failures of the faulty canary, and no others."""
        foreign = [line for line in self.traffic["failures"] if f"from {BAD}" not in line]
        expect(not foreign, f"requests failed that the canary did not answer: {foreign[:5]}")

    def _expect_home(self, tag: str) -> None:
        kubectl = self.kubectl
        expect(kubectl.weights() == HOME, f"weights are {kubectl.weights()}, expected {HOME}")
        eventually("the canary has no pods", lambda: kubectl.replicas("podinfo") == 0)
        image = kubectl.image("podinfo-primary")
        expect(image.endswith(f":{tag}"), f"the primary runs {image}, expected {tag}")

    def _finish(self, title: str, update: Update, expected: int, planned: float = 0) -> None:
        code = update.wait()
        self._note(title, update, code, planned)
        expect(code == expected, f"pulumi up ended with {code}, expected {expected}:\n" + "\n".join(update.lines[-30:]))

    def _note(self, title: str, update: Update, code: int, planned: float = 0, outcome: str = "") -> None:
        self.acts.append(Act(title, update.seconds, code, planned, outcome))

    def _title(self, text: str) -> None:
        self.say(f"\n=== {text}")

    @contextmanager
    def _trouble(self, update: Update) -> Iterator[None]:
        """hey against the canary's own Service, from the load tester's namespace, until the update has ended."""
        wanted = lambda: update.process.poll() is not None or self.kubectl.weights()["podinfo-canary"] >= TROUBLE_FROM  # noqa: E731
        eventually(f"the canary has {TROUBLE_FROM} % of the traffic", wanted, timeout=180 + 5 * self.interval)
        running = []
        for command in TROUBLE:
            self.say(f"    (someone in prod) {command}")
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            running.append(self.lab.popen(command.split(), namespace="prod", **quiet))
        try:
            yield
        finally:
            for process in running:
                process.send_signal(signal.SIGTERM)
                process.wait(10)

    @contextmanager
    def steady_traffic(self) -> Iterator[None]:
        """A client through the apex Service for as long as the block runs."""
        out = Path(self.project.folder) / "traffic.json"
        command = [
            sys.executable,
            "-m",
            "lab.demo.client",
            "http://podinfo.prod:9898/version",
            "--rate",
            "20",
            "--seconds",
            "1200",
        ]
        client = self.lab.popen(
            [*command, "--out", str(out)], env={**os.environ, "PYTHONPATH": self.project.env["PYTHONPATH"]}
        )
        try:
            eventually("the steady client is running", out.exists)
            yield
            time.sleep(1)
        finally:
            client.send_signal(signal.SIGTERM)
            client.wait(20)
            self.traffic = json.loads(out.read_text())
