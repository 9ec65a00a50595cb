"""What is printed for a user to keep means the same as what was imported."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from canary.cli.main import main
from canary.migrate import as_python, as_stack_config, from_flagger
from canary.settings import from_config, parse

SEED = Path(__file__).parents[2] / "examples" / "podinfo" / "canary.yaml"


def test_the_stack_configuration_means_the_same() -> None:
    imported = from_flagger(SEED)
    config = yaml.safe_load(as_stack_config(imported, "shop"))["config"]
    assert set(config) == {"shop:name", "shop:namespace", "shop:service", "shop:router", "shop:analysis"}
    assert from_config(config).to_spec() == imported.settings.to_spec()


def test_the_python_means_the_same() -> None:
    imported, calls = from_flagger(SEED), list[dict[str, Any]]()
    text = as_python(imported).replace("from canary import Canary", "")
    exec(text, {"Canary": lambda name, deployment, **arguments: calls.append({"name": name, **arguments})})  # noqa: ARG005
    assert parse(calls[0]).to_spec() == imported.settings.to_spec()
    assert "step_weight" in calls[0]["analysis"]


def test_notes_are_printed_as_comments() -> None:
    assert as_stack_config(from_flagger(SEED)).startswith("# spec.provider: is not given; taken as linkerd")


def test_the_command_prints_and_succeeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import-flagger", str(SEED)]) == 0
    assert "canary:analysis:" in capsys.readouterr().out
    assert main(["import-flagger", "--python", str(SEED)]) == 0
    assert "Canary(" in capsys.readouterr().out


def test_the_command_fails_with_the_reasons_on_stderr(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    broken = tmp_path / "canary.yaml"
    broken.write_text(SEED.read_text().replace("10s", "10x"))
    assert main(["import-flagger", str(broken)]) == 1
    assert 'spec.canaryAnalysis.interval: "10x" is not a duration' in capsys.readouterr().err
