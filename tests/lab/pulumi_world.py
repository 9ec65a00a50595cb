"""A Pulumi project in a folder of its own, against a lab: what a user's shell would do, as calls."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.cluster import Lab, LabPaths
from lab.pulumi import install_into_home
from lab.toolchain import tool

NAMESPACE = "pulumi-e2e"
COMMAND_TIMEOUT_S = 120
HEAD = """\
import pulumi
import pulumi_kubernetes as k8s
from pulumi import ResourceOptions

config = pulumi.Config()
NAMESPACE = "pulumi-e2e"


def meta(name, **more):
    return {"name": name, "namespace": NAMESPACE, **more}


def deployment(name, version="2.1.0", opts=None, image="stefanprodan/podinfo", annotations=None, **spec):
    probe = {"httpGet": {"path": "/readyz", "port": 9898}, "periodSeconds": 1}
    command = ["./podinfo", "--port=9898"]
    container = {"name": "podinfo", "image": f"{image}:{version}", "command": command, "readinessProbe": probe}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    metadata = meta(name, annotations=annotations or {})
    return k8s.apps.v1.Deployment(name, metadata=metadata, spec=spec, opts=opts)


def split(name, canary, opts=None, annotations=None):
    backends = [{"service": "canary", "weight": canary}, {"service": "primary", "weight": 100 - canary}]
    return k8s.apiextensions.CustomResource(
        name,
        api_version="split.smi-spec.io/v1alpha2",
        kind="TrafficSplit",
        metadata=meta(name, annotations=annotations or {}),
        spec={"service": "apex", "backends": backends},
        opts=opts,
    )


"""


class Project:
    """One project and one stack, named after the folder."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = {**environment, "CANARY_LAB_SETTLE_SECONDS": "0.5"}
        runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
        (folder / "Pulumi.yaml").write_text(json.dumps({"name": folder.name, "runtime": runtime}))
        self.pulumi("stack", "init", "dev")

    def program(self, body: str) -> None:
        (self.folder / "__main__.py").write_text(HEAD + body)

    def pulumi(self, *arguments: str, fails: bool = False) -> str:
        """What the command printed; its exit code must fit."""
        done = subprocess.run(
            ["pulumi", "--non-interactive", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        output = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, output
        return output

    def up(self, body: str = "", *arguments: str, fails: bool = False) -> str:
        if body:
            self.program(body)
        return self.pulumi("up", "--yes", "--skip-preview", *arguments, fails=fails)

    def nothing_to_do(self) -> None:
        """Neither the program nor the cluster asks for a change."""
        self.up("", "--expect-no-changes")

    def outputs(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.pulumi("stack", "output", "--json", "--show-secrets"))
        return found

    def state(self) -> str:
        return self.pulumi("stack", "export")

    def kubectl(self, *arguments: str, given: str | None = None, check: bool = True) -> str:
        command = [str(tool("kubectl")), "-n", NAMESPACE, *arguments]
        done = subprocess.run(
            command, env=self.environment, input=given, capture_output=True, text=True, timeout=60, check=False
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    def live(self, kind: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kubectl("get", kind, name, "-o", "json", "--show-managed-fields"))
        return found

    def take(self, manager: str, obj: Mapping[str, Any]) -> None:
        """Apply the fields of `obj` as another manager, by force."""
        arguments = ("apply", "--server-side", "--force-conflicts", f"--field-manager={manager}", "-f", "-")
        self.kubectl(*arguments, given=json.dumps(obj))


def shell_environment(lab: Lab) -> dict[str, str]:
    """The lab's variables, with the plugins where they raise no warnings."""
    environment = dict(os.environ) | lab.env()
    install_into_home(Path(environment["PULUMI_HOME"]))
    for plugin in LabPaths(lab.name).bin.glob("pulumi-*"):
        plugin.unlink()
    Path(environment["PULUMI_BACKEND_URL"].removeprefix("file://")).mkdir(parents=True, exist_ok=True)
    return environment
