"""A user's checkout in a namespace and with a state of its own, and what a test may ask about it."""

import itertools
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.cluster import Lab
from lab.demo.cluster import Kubectl, eventually
from lab.demo.project import Project, Update

HOME = {"podinfo-canary": 0, "podinfo-primary": 100}
KINDS = "deployments,services,trafficsplits,configmaps,leases.coordination.k8s.io"
INTERVAL_S = 2
# Two steps, so that a release takes seconds.
QUICK = {"canary:analysis.interval": f"{INTERVAL_S}s", "canary:analysis.step_weight": 50}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Checkout:
    """One copy of the program."""

    project: Project
    kubectl: Kubectl

    @property
    def namespace(self) -> str:
        """Where its release lives."""
        return self.kubectl.namespace

    def up(self, tag: str = "", *args: str) -> Update:
        """`pulumi up` to its end, after setting the tag if one is given."""
        if tag:
            self.project.set_tag(tag)
        return finished(self.project.up(*args))

    def preview(self, *args: str) -> Update:
        """`pulumi preview` to its end."""
        return finished(self.project.start("preview", *args))

    def objects(self, kinds: str = KINDS) -> dict[str, str]:
        """Every object of the namespace but its pods, with its version, which changes with each write."""
        items = json.loads(self.kubectl("get", kinds, "-o", "json"))["items"]
        return {f"{item['kind']}/{item['metadata']['name']}": item["metadata"]["resourceVersion"] for item in items}

    def pending(self) -> list[Any]:
        """Operations that Pulumi left open."""
        return list(json.loads(self.project.run("stack", "export"))["deployment"].get("pending_operations") or [])

    def is_home(self) -> bool:
        """All traffic is on the primary, and the canary has no pods."""
        return self.kubectl.weights() == HOME and self.kubectl.replicas("podinfo") == 0

    def expect_home(self, tag: str, seconds: float = 30) -> None:
        """All traffic is on a primary of `tag`, or is soon."""
        eventually("traffic is home and the canary stopped", self.is_home, seconds)
        assert self.kubectl.image("podinfo-primary").endswith(f":{tag}")

    def end(self, lab: Lab) -> None:
        """Stop what still runs in the namespace, so that other tests have the machine."""
        if lab.is_running():
            self.kubectl("delete", "namespace", self.namespace, "--wait=false")


def finished(update: Update) -> Update:
    """`update`, when it has ended."""
    update.wait(180)
    return update


def checkout(lab: Lab, folder: Path, changes: Mapping[str, Any], env: Mapping[str, str] | None = None) -> Checkout:
    """A new one in a namespace of its own: the program's files, with `changes` to the configuration."""
    # the pid: a lab that is kept still knows the address that a name had in the last run
    namespace = f"e2e-{os.getpid()}-{next(_numbers)}"
    (folder / "state").mkdir(parents=True)
    own = {**lab.env(), "PULUMI_BACKEND_URL": f"file://{folder / 'state'}", **(env or {})}
    kubectl = Kubectl({**os.environ, **own}, namespace)
    kubectl("create", "namespace", namespace)
    load = {"cmd": f"hey -z 2m -q 10 -c 2 http://podinfo.{namespace}:9898/"}
    hook = {"name": "load-test", "url": "http://load-tester.prod/", "metadata": load}
    settings = {"canary:namespace": namespace, "canary:analysis.webhooks": [hook], **changes}
    return Checkout(Project(folder / "project", own).create(**settings), kubectl)


def interrupt(update: Update) -> None:
    """Ctrl-C, as far as pulumi is concerned."""
    update.process.send_signal(signal.SIGINT)


def said(update: Update, *words: str) -> str:
    """The one line with all the `words` among the diagnostics, which Pulumi repeats at the end."""
    lines = update.text.partition("\nDiagnostics:\n")[2].splitlines()
    found = [line for line in lines if all(word in line for word in words)]
    assert len(found) == 1, f"expected one line with {words}, found {found} in:\n{update.text}"
    return found[0]


__all__ = ["HOME", "INTERVAL_S", "QUICK", "Checkout", "checkout", "eventually", "finished", "interrupt", "said"]
