"""The ground of a fault scenario: a released checkout whose `pulumi up` reaches the cluster only through the proxies.

The test itself looks at the cluster past them, as users do. Knows how a release begins, and what "nothing lost" means.
"""

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.cluster import Lab
from lab.demo.project import Update
from lab.faults import FaultProxy, api_proxy, kubeconfig_through, prometheus_proxy
from tests.e2e.world import HOME, QUICK, Checkout, checkout, eventually
from tests.faults.processes import Family
from tests.faults.traffic import Traffic

TAGS = ("2.1.0", "2.1.1", "2.1.2")  # known to the lab: a tag that is new has to be built first
PATIENCE_S = 180  # for what takes seconds on an idle machine
FAST = {
    **QUICK,
    "canary:analysis.interval": "1s",
    "canary:analysis.drain": "1s",
    "canary:analysis.primary_wait": "20s",
}
# pods that go serve on for longer than a loaded machine needs to notice; pods that do not come are given up sooner
PROGRAM = {
    '"sleep": {"seconds": 2}': '"sleep": {"seconds": 8}',
    '"replicas": 2,': '"replicas": 2, "progressDeadlineSeconds": 60,',
}


@dataclass
class Stage:
    """One release, initialised, with faults at hand."""

    lab: Lab
    checkout: Checkout
    api: FaultProxy
    prometheus: FaultProxy
    closing: ExitStack = field(repr=False)
    served: str = TAGS[0]
    tag: str = TAGS[0]
    clean: bool = True  # a scenario that fails leaves it False: nobody else may play on it
    tags: "itertools.cycle[str]" = field(default_factory=lambda: itertools.cycle(TAGS))

    @property
    def weight(self) -> int:
        """The canary's live share; -1 while there is no split."""
        return self.checkout.kubectl.weights().get("podinfo-canary", -1)

    @contextmanager
    def settings(self, **changes: object) -> Iterator[None]:
        """These settings of the analysis while the block runs: `interval="2s"`; then those of before."""
        path = self.checkout.project.folder / "Pulumi.prod.yaml"
        before = path.read_text()
        self.checkout.project.configure({f"canary:analysis.{name}": value for name, value in changes.items()})
        try:
            yield
        finally:
            path.write_text(before)

    def begin(self, tag: str = "") -> Update:
        """Start `pulumi up` of a tag that is not served (or of `tag`)."""
        self.tag = tag or next(one for one in self.tags if one != self.served)
        self.checkout.project.set_tag(self.tag)
        return self.checkout.project.up()

    def begin_until(self, weight: int = 1) -> Update:
        """Start a release, and return when the canary has at least `weight` percent."""
        update = self.begin()
        self.await_weight(update, lambda: self.weight >= weight, f"the canary has {weight}%")
        return update

    def await_weight(self, update: Update, condition: Callable[[], bool], what: str) -> None:
        """Poll until `condition`; raises AssertionError with the output when the update ended, or it takes too long."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            ended = update.process.poll() is not None
            assert not ended, f"the update ended before {what}:\n{update.text}"
            assert time.monotonic() < end, f"{what}: not within {PATIENCE_S} s:\n{update.text}"
            time.sleep(0.1)

    def family(self, update: Update) -> Family:
        """The processes of an update."""
        return Family(update.process.pid)

    def until_safe(self, since: float, seconds: float = PATIENCE_S) -> float:
        """Poll until all traffic is at the primary; the seconds from `since` (time.monotonic()) until then."""
        eventually("all traffic is at the primary", lambda: self.checkout.kubectl.weights() == HOME, seconds)
        return time.monotonic() - since

    def ended(self, update: Update) -> int:
        """The exit code, when it has ended."""
        return update.wait(PATIENCE_S)

    def cancel(self) -> None:
        """`pulumi cancel`: the lock of a dead update is removed."""
        self.checkout.project.run("cancel", "--yes")

    def unlock(self) -> None:
        """`pulumi cancel`, where a dead update has left its lock."""
        if list((self.checkout.project.folder.parent / "state").rglob(".pulumi/locks/**/*.json")):
            self.cancel()

    def pulumi_canary(self, *args: str) -> "subprocess.CompletedProcess[str]":
        """`python -m canary ...`, past the proxies."""
        env = {**self.checkout.project.env, "KUBECONFIG": self.lab.env()["KUBECONFIG"]}
        command = [sys.executable, "-m", "canary", *args]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)

    def go_back(self) -> str:
        """One more `pulumi up`, of the tag that is served; what state and cluster then have in common."""
        return self.converge(self.served)

    def converge(self, tag: str) -> str:
        """One more `pulumi up` ends well, and afterwards cluster and Pulumi agree. Raises AssertionError."""
        update = self.checkout.up(tag)
        assert update.wait() == 0, update.text
        self.checkout.expect_home(tag)
        self.served = self.tag = tag
        assert self.checkout.pending() == []
        self.agree()
        return "converged"

    def agree(self) -> None:
        """Every object in Pulumi's state is in the cluster as the state has it; a preview finds nothing to do."""
        kept = json.loads(self.checkout.project.run("stack", "export"))["deployment"]["resources"]
        deployments = {
            one["outputs"]["metadata"]["name"]: one["outputs"]["spec"]["template"]["spec"]["containers"][0]["image"]
            for one in kept
            if one["type"] == "kubernetes:apps/v1:Deployment"
        }
        live = {name: self.checkout.kubectl.image(name) for name in deployments}
        assert deployments == live
        assert set(deployments) == {"podinfo", "podinfo-primary"}

    @contextmanager
    def users(self, service: str = "podinfo") -> Iterator[Traffic]:
        """Steady requests through a Service, by default the apex, while the block runs."""
        with Traffic.steady(self.lab, self.checkout.namespace, self.checkout.project.folder, service) as traffic:
            yield traffic

    def close(self) -> None:
        """End what runs for it, in the cluster too."""
        self.closing.close()


def staged(lab: Lab, folder: Path, changes: Mapping[str, Any]) -> Stage:
    """A new one, at the first tag; `changes` to the configuration."""
    with ExitStack() as closing:
        api = closing.enter_context(api_proxy(lab))
        prometheus = closing.enter_context(prometheus_proxy(lab))
        metrics = {"canary:metrics_server": prometheus.url}
        made = checkout(lab, folder, {**FAST, **metrics, **changes})
        closing.callback(made.end, lab)
        made.project.env["KUBECONFIG"] = str(kubeconfig_through(lab, api, folder / "kubeconfig"))
        program = made.project.folder / "__main__.py"
        program.write_text(changed(program.read_text()))
        stage = Stage(lab, made, api, prometheus, closing.pop_all())
    try:
        stage.converge(TAGS[0])
    except BaseException:
        stage.close()
        raise
    return stage


def changed(program: str) -> str:
    """The program with the changes of PROGRAM, each of which must find its place."""
    for before, now in PROGRAM.items():
        assert before in program
        program = program.replace(before, now)
    return program


__all__ = ["FAST", "HOME", "PATIENCE_S", "TAGS", "Stage", "eventually", "staged"]
