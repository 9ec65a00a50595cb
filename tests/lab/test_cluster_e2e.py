"""Rules of a lab's life, on real labs of their own names and in a state folder of their own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.cluster import Lab, LabNotRunning
from lab.cluster.record import Record

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
DEADLINE_S = 60


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CANARY_LAB_STATE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def lab(state: Path) -> Iterator[Lab]:
    """A lab for the rules that leave it as it was."""
    assert state.is_dir()
    lab = Lab("one")
    lab.up()
    yield lab
    lab.down(purge=True)


@pytest.fixture
def control_plane(state: Path) -> Iterator[Lab]:
    """A second lab, without pods, for the rules about starting and ending."""
    assert state.is_dir()
    lab = Lab("two", without=("node", "mesh"))
    yield lab
    lab.down(purge=True)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


def cli(*arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "lab", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def kubectl(lab: Lab, *arguments: str) -> str:
    environment = {**os.environ, **lab.env()}
    outcome = subprocess.run(["kubectl", *arguments], env=environment, capture_output=True, text=True, check=True)
    return outcome.stdout


def record(lab: Lab) -> Record:
    found = Record.read(lab.paths.record)
    assert found
    return found


def processes_of(lab: Lab) -> list[str]:
    """The command lines on this machine that mention the lab's folder or carry its name."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0") if folder.name.isdigit() else []
        except OSError:
            continue
        text = b" ".join(words).decode(errors="replace")
        if f"{lab.paths.root}/" in text or f"lab.cluster.launch {lab.name} " in text:
            found.append(text)
    return found


def process_in(lab: Lab, component: str) -> int:
    pid = next(unit["pid"] for unit in lab.status()["units"] if unit["name"] == component)
    assert isinstance(pid, int)
    return pid


def test_everything_is_ready_after_up(lab: Lab) -> None:
    units = {unit["name"]: unit["state"] for unit in lab.status()["units"]}
    pods_and_agents = {"node", "mesh", "prometheus", "load-tester"}
    assert {"etcd", "apiserver", "controller-manager", "coredns", *pods_and_agents} <= set(units)
    assert set(units.values()) == {"ready"}


def test_up_twice_changes_nothing(lab: Lab) -> None:
    before = record(lab)
    assert not lab.up()
    again = cli("up", "--name", "one")
    assert (again.returncode, "is up" in again.stderr) == (0, True)
    assert record(lab) == before


def test_kubectl_works_from_outside(lab: Lab) -> None:
    assert "prod" in kubectl(lab, "get", "namespaces", "-o", "name")


def test_a_shell_that_evaluates_env_has_the_tools(lab: Lab) -> None:
    exports = cli("env", "--name", "one").stdout
    script = exports + "kubectl get --raw /version && pulumi plugin ls"
    shell = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    assert '"minor": "34"' in shell.stdout
    plugins = {tuple(line.split()[:2]) for line in shell.stdout.splitlines()}
    assert {("kubernetes", "resource"), ("python", "language"), ("pulumi-python", "resource")} <= plugins
    assert json.loads(cli("env", "--json", "--name", "one").stdout) == lab.env()


def test_prometheus_answers_on_the_host(lab: Lab) -> None:
    with urllib.request.urlopen(f"{lab.env()['LAB_PROMETHEUS_URL']}/-/ready", timeout=10) as answer:
        assert answer.status == 200


def test_service_names_resolve_inside(lab: Lab) -> None:
    for name in ("load-tester", "load-tester.prod", "load-tester.prod.svc.cluster.local"):
        lab.exec(["hey", "-n", "1", "-c", "1", f"http://{name}/healthz"], check=True, capture_output=True)


def test_short_names_mean_the_named_namespace(lab: Lab) -> None:
    command = ["getent", "hosts", "prometheus"]
    assert lab.exec(command, namespace="linkerd-viz", capture_output=True).stdout.startswith(b"10.43.0.20")
    assert lab.exec(command, capture_output=True).returncode == 2


def test_a_service_account_reaches_the_api_server_in_the_cluster(lab: Lab) -> None:
    token = kubectl(lab, "-n", "prod", "create", "token", "default").strip()
    command = ["kubectl", "--server=https://kubernetes.default", f"--token={token}", "auth", "whoami", "-o", "json"]
    trust = f"--certificate-authority={lab.paths.pki}/ca.crt"
    answer = lab.exec([*command, trust, "--kubeconfig=/dev/null"], check=True, capture_output=True).stdout
    assert json.loads(answer)["status"]["userInfo"]["username"] == "system:serviceaccount:prod:default"


def test_all_versions_of_the_traffic_split_are_served(lab: Lab) -> None:
    served = kubectl(lab, "get", "crd", "trafficsplits.split.smi-spec.io", "-o", "jsonpath={.spec.versions[*].name}")
    assert served.split() == ["v1alpha1", "v1alpha2", "v1alpha3", "v1alpha4"]


def test_exec_passes_input_output_and_exit_code(lab: Lab) -> None:
    outcome = cli("exec", "--name", lab.name, "--", "sh", "-c", "cat; exit 7", input="hello")
    assert (outcome.stdout, outcome.returncode) == ("hello", 7)


def test_exec_says_what_it_cannot_run(lab: Lab) -> None:
    outcome = cli("exec", "--name", lab.name, "--", "no-such-program")
    assert (outcome.returncode, "no-such-program" in outcome.stderr) == (127, True)


def test_exec_passes_signals(lab: Lab) -> None:
    script = "trap 'echo told; exit 3' TERM; echo ready; while :; do sleep 0.05; done"
    with lab.popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.stdout.read() == "told\n"
        assert process.wait() == 3


def test_a_command_inside_ends_with_the_one_who_started_it(lab: Lab) -> None:
    mark = "61.5973"
    process = lab.popen(["sleep", mark])
    until(lambda: mark in running(lab))
    process.kill()
    process.wait()
    until(lambda: mark not in running(lab))


def running(lab: Lab) -> str:
    return str(lab.exec(["ps", "ax", "-o", "args"], capture_output=True, check=True).stdout)


def test_only_the_labs_own_processes_are_visible_inside(lab: Lab) -> None:
    assert lab.exec(["sh", "-c", f"test -d /proc/{os.getpid()} && kill -0 {os.getpid()}"]).returncode != 0


@pytest.mark.parametrize("component", ["apiserver", "relay", "coredns", "controller-manager", "etcd"])
def test_a_killed_component_comes_back(lab: Lab, component: str) -> None:
    before = process_in(lab, component)
    assert lab.kill(component)
    until(lambda: process_in_or_none(lab, component) not in (before, None))
    lab.wait_ready()
    assert "prod" in kubectl(lab, "get", "namespaces", "-o", "name")


def process_in_or_none(lab: Lab, component: str) -> object:
    return next(unit["pid"] for unit in lab.status()["units"] if unit["name"] == component)


def test_a_stopped_component_is_reported_and_can_be_started(lab: Lab) -> None:
    lab.stop("coredns")
    assert "stopped" in cli("status", "--name", lab.name).stdout
    assert cli("status", "--name", lab.name).returncode == 1
    lab.start("coredns")
    lab.wait_ready()


def test_logs_shows_a_components_log(lab: Lab) -> None:
    assert "CoreDNS" in cli("logs", "coredns", "--name", lab.name).stdout
    unknown = cli("logs", "nonsense", "--name", lab.name)
    assert (unknown.returncode, "etcd" in unknown.stderr) == (1, True)


def test_two_labs_side_by_side_do_not_see_each_other(lab: Lab, control_plane: Lab) -> None:
    control_plane.up()
    kubectl(control_plane, "create", "namespace", "only-here")
    assert "only-here" not in kubectl(lab, "get", "namespaces", "-o", "name")
    control_plane.down()
    assert lab.status()["ready"]


def test_down_leaves_nothing_running_and_the_next_up_is_fresh(control_plane: Lab) -> None:
    control_plane.up()
    address = control_plane.paths.kubeconfig.read_text().split("server: ")[1].split()[0]
    kubectl(control_plane, "create", "namespace", "old")
    network = Path(f"/proc/{record(control_plane).pid}/ns/net").readlink()
    assert control_plane.down()
    assert processes_of(control_plane) == []
    assert network not in networks()
    assert not [line for line in Path("/proc/mounts").read_text().splitlines() if str(control_plane.paths.root) in line]
    assert not control_plane.down()
    control_plane.up()
    assert "namespace/old" not in kubectl(control_plane, "get", "namespaces", "-o", "name")
    assert address in control_plane.paths.kubeconfig.read_text(), "a shell's KUBECONFIG goes on working"


def networks() -> set[Path]:
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                found.add((folder / "ns" / "net").readlink())
            except OSError:
                continue
    return found


def test_a_killed_supervisor_takes_everything_along_and_the_next_up_cleans_up(control_plane: Lab) -> None:
    control_plane.up()
    first = record(control_plane)
    children = Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    until(lambda: processes_of(control_plane) == [])
    with pytest.raises(LabNotRunning):
        control_plane.status()
    assert control_plane.up()
    assert record(control_plane) != first


def test_a_killed_init_takes_everything_along(control_plane: Lab) -> None:
    control_plane.up()
    os.kill(record(control_plane).pid, signal.SIGKILL)
    until(lambda: processes_of(control_plane) == [])
    assert control_plane.up()


def test_without_a_lab_every_command_says_how_to_start_one(control_plane: Lab) -> None:
    for command in (["status"], ["env"], ["exec", "--", "true"]):
        outcome = cli(*command, "--name", control_plane.name)
        assert (outcome.returncode, "python -m lab up" in outcome.stderr) == (3, True)
