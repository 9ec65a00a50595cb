"""Looking at a release and steering it."""

import json
from pathlib import Path
from typing import Any

import pytest

from canary.adapters.cluster import Cluster
from canary.adapters.journal import ClusterJournal
from canary.adapters.kubeconfig import Connection
from canary.cli.main import main
from canary.core.routing import Routing
from canary.core.spec import Target
from canary.core.state import Command, Phase, State
from tests.adapters.conftest import kubeconfig
from tests.cli.conftest import Run

STATE = State("r2", Phase.PROGRESSING, routing=Routing(35), checks=7, failed=1, deciding=("success rate 69% < 99%",))


@pytest.fixture
def running(api: Any, server: Any) -> ClusterJournal:  # noqa: ARG001 - it answers
    """The journal of a run that is at work."""
    cluster = Cluster(Connection(kubeconfig(server.url_for(""))))
    found = ClusterJournal(cluster, Target("podinfo", "prod", "podinfo", 9898), "pulumi up on ci")
    found.save(STATE)
    return found


@pytest.mark.parametrize("command", list(Command))
def test_a_command_reaches_the_run_at_work(
    running: ClusterJournal, run: Run, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command.value) == 0
    assert running.take_commands() == (command,)
    assert capsys.readouterr().out == f"{command} podinfo.prod: told pulumi up on ci\n"


def test_a_command_without_a_run_is_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("abort") == 1
    assert "no release of podinfo is running in namespace prod" in capsys.readouterr().err


@pytest.mark.usefixtures("running")
def test_status_tells_phase_weight_and_failed_checks(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "podinfo.prod: Progressing"
    assert "canary weight:  35% (as last ordered by a run)" in lines
    assert "failed checks:  1 of 7 made" in lines
    assert "run at work:    pulumi up on ci" in lines
    assert lines[-1] == "  failed check: success rate 69% < 99%"


@pytest.mark.usefixtures("running")
def test_status_as_json_is_the_same_for_programs(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("status", "-o", "json")
    found = json.loads(capsys.readouterr().out)
    assert (found["phase"], found["weight"], found["failed_checks"]) == ("Progressing", 35, 1)
    assert (found["running"], found["revision"]) == ("pulumi up on ci", "r2")


def test_a_finished_run_is_not_at_work(running: ClusterJournal, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    running.release()
    run("status", "-o", "json")
    assert json.loads(capsys.readouterr().out)["running"] is None


def test_a_release_that_nobody_knows_is_an_error(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status") == 1
    assert "nothing is known of a release of podinfo in namespace prod" in capsys.readouterr().err


def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "podinfo", "-n", "prod", "--kubeconfig", str(tmp_path / "absent")]) == 1
    assert "absent" in capsys.readouterr().err


@pytest.mark.parametrize("line", [[], ["status"], ["status", "podinfo"], ["explode", "podinfo", "-n", "prod"]])
def test_a_wrong_command_line_is_2(line: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(line)
    assert left.value.code == 2


@pytest.mark.parametrize("command", [[], ["revert"], ["abort"], ["status"], ["import-flagger"]])
def test_help_says_what_exit_codes_mean(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([*command, "--help"])
    assert left.value.code == 0
    assert "exit codes: 0 done; 1 refused or failed" in capsys.readouterr().out


def test_import_flagger_refuses_with_the_reason_and_prints_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "canary.yaml"
    file.write_text("kind: Nothing\n", encoding="utf-8")
    assert main(["import-flagger", str(file)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("canary: ")
