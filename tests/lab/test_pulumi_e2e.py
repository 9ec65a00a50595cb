"""The real engine with the stand-in plugins, against a real API server."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.cluster import Lab
from tests.lab.pulumi_programs import DOUBLED, EVERYTHING, GADGET, PACK
from tests.lab.pulumi_world import NAMESPACE, Project, shell_environment

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

SPLIT = {"apiVersion": "split.smi-spec.io/v1alpha2", "kind": "TrafficSplit"}


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    lab = Lab(f"pulumi-e2e-{os.getpid()}", without=("mesh",))
    lab.up()
    try:
        environment = shell_environment(lab)
        subprocess.run(["kubectl", "create", "namespace", NAMESPACE], env=environment, check=True, capture_output=True)
        yield environment
    finally:
        lab.down(purge=True)


@pytest.fixture
def project(environment: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    folder = tmp_path / f"e2e-{abs(hash(request.node.name)) % 10**8}"
    folder.mkdir()
    return Project(folder, environment)


def test_a_second_update_and_a_refresh_find_nothing_to_do_and_destroy_leaves_nothing(project: Project) -> None:
    project.pulumi("config", "set", "--secret", "password", "correct-horse")
    project.program(EVERYTHING)
    project.pulumi("preview")
    output = project.up(EVERYTHING)
    assert "warning: using pulumi-language-python" not in output
    outputs = project.outputs()
    assert outputs["address"].startswith("10.43.")
    assert outputs["settings"].startswith("settings-")
    assert outputs["ready"] == 1
    project.nothing_to_do()
    project.pulumi("refresh", "--yes", "--expect-no-changes")
    project.nothing_to_do()
    project.pulumi("destroy", "--yes")
    left = project.kubectl("get", "configmap,secret,deployment,service,trafficsplit", "-o", "name")
    assert "everything" not in left
    assert outputs["settings"] not in left


def test_what_is_secret_is_not_in_the_state(project: Project) -> None:
    project.pulumi("config", "set", "--secret", "password", "correct-horse")
    project.up("""
k8s.core.v1.Secret("hidden", metadata=meta("hidden"), string_data={"password": config.require_secret("password")})
k8s.core.v1.ConfigMap("half", metadata=meta("half"), data={"p": config.require_secret("password"), "open": "visible"})
""")
    state = project.state()
    assert "visible" in state
    assert "correct-horse" not in state
    assert "Y29ycmVjdC1ob3JzZQ" not in state


def test_replicas_that_another_manager_owns_survive_an_update_of_the_template(project: Project) -> None:
    project.up('deployment("canary")')
    owned = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "canary"}, "spec": {"replicas": 0}}
    project.take("rollout", owned)
    project.nothing_to_do()
    project.up('deployment("canary", "2.1.1")')
    live = project.live("deployment", "canary")
    assert live["spec"]["replicas"] == 0
    assert live["spec"]["template"]["spec"]["containers"][0]["image"].endswith("2.1.1")
    project.take("rollout", owned | {"spec": {"replicas": 2}})
    project.up('deployment("canary", "2.1.2")')
    assert project.live("deployment", "canary")["spec"]["replicas"] == 2


def weights(project: Project, name: str) -> list[int]:
    return [backend["weight"] for backend in project.live("trafficsplit", name)["spec"]["backends"]]


def moved(name: str, canary: int) -> dict[str, Any]:
    backends = [{"service": "canary", "weight": canary}, {"service": "primary", "weight": 100 - canary}]
    return {**SPLIT, "metadata": {"name": name}, "spec": {"service": "apex", "backends": backends}}


def test_ignored_weights_that_another_manager_moves_stay_where_they_are(project: Project) -> None:
    body = 'split("ignored", 0, ResourceOptions(ignore_changes=["spec.backends"]), {"note": "%s"})'
    project.up(body % "one")
    project.take("rollout", moved("ignored", 35))
    project.nothing_to_do()
    project.up(body % "two")
    assert weights(project, "ignored") == [35, 65]
    project.pulumi("refresh", "--yes")
    project.up(body % "three")
    assert weights(project, "ignored") == [35, 65]


def test_a_field_of_another_manager_is_a_conflict_unless_forced(project: Project) -> None:
    project.up('split("contested", 0)')
    project.up('split("contested", 5)')
    project.take("rollout", moved("contested", 35))
    output = project.up('split("contested", 10)', fails=True)
    assert "server-side apply field conflict detected" in output
    assert 'conflict with "rollout": .spec.backends' in output
    assert weights(project, "contested") == [35, 65]
    project.up('split("contested", 10, annotations={"pulumi.com/patchForce": "true"})')
    assert weights(project, "contested") == [10, 90]


def test_a_renamed_object_replaces_the_old_one(project: Project) -> None:
    body = 'k8s.core.v1.ConfigMap("renamed", metadata=meta("%s"), data={"a": "1"})'
    project.up(body % "before")
    assert "+-1 replaced" in project.up(body % "after")
    assert "before" not in project.kubectl("get", "configmap", "-o", "name")
    project.live("configmap", "after")


def test_a_preview_asks_the_api_server_and_changes_nothing(project: Project) -> None:
    project.program("""
ports = [{"port": 70000}]
k8s.core.v1.Service("invalid", metadata=meta("invalid"), spec={"ports": ports})
""")
    assert "70000: must be between 1 and 65535" in project.pulumi("preview", fails=True)
    project.program('deployment("only-previewed")')
    project.pulumi("preview")
    assert "only-previewed" not in project.kubectl("get", "deployment", "-o", "name")


def test_an_object_that_exists_is_not_taken_over(project: Project) -> None:
    project.kubectl("create", "configmap", "taken", "--from-literal=a=1")
    body = 'k8s.core.v1.ConfigMap("taken", metadata=meta("taken"), data={"a": "2"})'
    assert 'configmaps "taken" already exists' in project.up(body, fails=True)
    assert project.live("configmap", "taken")["data"] == {"a": "1"}


def test_an_object_can_be_imported_by_its_id(project: Project) -> None:
    project.kubectl("create", "configmap", "found", "--from-literal=a=1")
    arguments = ("--yes", "--generate-code=false", "--protect=false")
    project.pulumi("import", "kubernetes:core/v1:ConfigMap", "found", f"{NAMESPACE}/found", *arguments)
    project.program('k8s.core.v1.ConfigMap("found", metadata=meta("found"), data={"a": "1"})')
    project.nothing_to_do()


def test_a_deployment_that_does_not_become_ready_fails_the_update_and_the_next_one_goes_on(project: Project) -> None:
    waiting = 'deployment("stuck", image="nobody/nothing", replicas=1, opts=ResourceOptions('
    output = project.up(waiting + 'custom_timeouts=pulumi.CustomTimeouts(create="4s")))', fails=True)
    assert "'stuck' timed out waiting to be Ready" in output
    assert "Minimum number of live Pods was not attained" in output
    project.up('deployment("stuck", replicas=1)')
    assert project.live("deployment", "stuck")["status"]["readyReplicas"] == 1


def test_a_wait_can_be_skipped(project: Project) -> None:
    project.up("""
deployment("hasty", image="nobody/nothing", replicas=1, annotations={"pulumi.com/skipAwait": "true"})
""")


def test_an_interrupt_ends_a_wait_and_keeps_what_was_created(project: Project) -> None:
    project.program('deployment("interrupted", image="nobody/nothing", replicas=1)')
    command = ["pulumi", "--non-interactive", "up", "--yes", "--skip-preview"]
    running = subprocess.Popen(command, cwd=project.folder, env=project.environment, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while "interrupted" not in project.kubectl("get", "deployment", "-o", "name"):
        assert time.monotonic() < deadline
    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=30)
    assert running.returncode != 0, output
    assert "Resource operation was cancelled" in output
    assert "/interrupted" in project.state()


def test_a_kind_defined_by_the_same_program_can_be_used_at_once(project: Project) -> None:
    project.up(GADGET)
    assert project.live("gadget", "gadget")["spec"] == {"size": 3}
    project.nothing_to_do()


def test_a_patch_adds_to_an_object_and_lets_go_of_it(project: Project) -> None:
    project.kubectl("create", "service", "clusterip", "patched", "--tcp=80:80")
    project.up('k8s.core.v1.ServicePatch("patched", metadata=meta("patched", annotations={"team": "release"}))')
    assert project.live("service", "patched")["metadata"]["annotations"] == {"team": "release"}
    project.nothing_to_do()
    project.pulumi("destroy", "--yes")
    assert "annotations" not in project.live("service", "patched")["metadata"]


def test_objects_can_be_declared_in_yaml(project: Project) -> None:
    manifest = json.dumps(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "from-yaml", "namespace": NAMESPACE}}
    )
    project.up(f"k8s.yaml.ConfigGroup('yaml', yaml=['''{manifest}'''])")
    project.live("configmap", "from-yaml")


def test_a_cluster_that_does_not_answer_is_named(project: Project) -> None:
    config = project.folder / "kubeconfig"
    text = Path(project.environment["KUBECONFIG"]).read_text()
    address = next(line.split("server:")[1].strip() for line in text.splitlines() if "server:" in line)
    config.write_text(text.replace(address, "https://127.0.0.1:9"))
    project.environment["KUBECONFIG"] = str(config)
    output = project.up('k8s.core.v1.ConfigMap("nowhere", metadata=meta("nowhere"))', fails=True)
    assert "configured Kubernetes cluster is unreachable" in output
    assert "https://127.0.0.1:9" in output


def test_a_dynamic_resource_lives_and_dies(project: Project) -> None:
    (project.folder / "doubled.py").write_text(DOUBLED)
    body = 'from doubled import Doubled\npulumi.export("result", Doubled("twice", "%s").result)'
    project.up(body % "ab")
    assert project.outputs() == {"result": "abab"}
    project.up(body % "xy")
    assert project.outputs() == {"result": "xyxy"}
    project.pulumi("destroy", "--yes")


def test_a_policy_pack_can_forbid_a_resource(project: Project) -> None:
    pack = project.folder / "pack"
    pack.mkdir()
    runtime = json.loads((project.folder / "Pulumi.yaml").read_text())["runtime"]
    (pack / "PulumiPolicy.yaml").write_text(json.dumps({"runtime": runtime}))
    (pack / "__main__.py").write_text(PACK)
    body = 'k8s.core.v1.ConfigMap("judged", metadata=meta("judged"), data={"a": "%s"})'
    project.program(body % "forbidden")
    assert "a must not be forbidden" in project.pulumi("preview", "--policy-pack", str(pack), fails=True)
    project.program(body % "fine")
    project.pulumi("preview", "--policy-pack", str(pack))


def test_a_failing_program_shows_its_traceback_and_nothing_of_the_host(project: Project) -> None:
    output = project.up('def broken():\n    raise ValueError("the reason")\n\n\nbroken()', fails=True)
    assert "Program failed with an unhandled exception" in output
    assert "ValueError: the reason" in output
    assert "runpy" not in output


def test_a_program_can_end_with_a_plain_message(project: Project) -> None:
    output = project.up('raise pulumi.RunError("set image:tag first")', fails=True)
    assert "error: set image:tag first" in output
    assert "Traceback" not in output
