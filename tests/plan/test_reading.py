"""Plans come from what Pulumi wrote: JSON of a preview, or a saved plan; anything else is refused."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from canary.cli.main import main
from canary.plan import plan_of, to_json
from canary.plan.model import Kind
from canary.plan.reading import plans_in
from canary.ports import Misconfigured
from canary.provider.planning import plan_data
from tests.plan.test_plan import UNKNOWN, inputs, workload

URN = "urn:pulumi:prod::podinfo::canary:index:Canary$pulumi-python:dynamic/canary:Rollout::podinfo-rollout"


def step(op: str, old: Any = None, new: Any = None) -> dict[str, Any]:
    states = {"oldState": old, "newState": new}
    return {"op": op, "urn": URN, **{key: {"inputs": value} for key, value in states.items() if value}}


def preview(*steps: Any) -> dict[str, Any]:
    other = {"op": "update", "urn": "urn:pulumi:prod::podinfo::kubernetes:apps/v1:Deployment::podinfo"}
    return {"config": {}, "steps": [other, *steps], "diagnostics": []}


def planned(olds: Any, news: Any) -> dict[str, Any]:
    return {**news, "plan": plan_data(plan_of(olds, news, UNKNOWN))}


def test_a_release_is_read_from_a_preview() -> None:
    old, new = inputs(), inputs("r2", shown=workload("podinfo:2.1.1"))
    (plan,) = plans_in(preview(step("update", old, planned(old, new))))
    assert plan == plan_of(old, new)


def test_an_unchanged_release_is_no_change_whatever_its_last_plan_was() -> None:
    old = planned(inputs(), inputs("r2"))
    (plan,) = plans_in(preview(step("same", old, old)))
    assert plan.kind is Kind.NONE


def test_what_is_only_known_later_is_read_as_far_as_it_is_known() -> None:
    old, new = inputs(), inputs(UNKNOWN, shown=workload(UNKNOWN))
    (plan,) = plans_in(preview(step("update", old, planned(old, new))))
    assert plan.kind is Kind.UNKNOWN
    (change,) = plan.changes or ()
    assert change.after == "(known during the update)"


def test_a_deletion_is_a_removal_made_from_the_state() -> None:
    (plan,) = plans_in(preview(step("delete", inputs())))
    assert (plan.kind, plan.before) == (Kind.REMOVAL, "r1")


def test_a_saved_plan_carries_the_release() -> None:
    old, new = inputs(), inputs("r2")
    goal = {"goal": {"inputDiff": {"updates": {"plan": to_json(plan_of(old, new))}}}}
    (plan,) = plans_in({"manifest": {}, "resourcePlans": {URN: goal, "urn:other": {"goal": None}}})
    assert plan == plan_of(old, new)


@pytest.mark.parametrize("document", [None, [], {}, {"steps": {}}, "text", 3])
def test_anything_else_is_refused(document: Any) -> None:
    with pytest.raises(Misconfigured, match="neither the output of `pulumi preview --json`"):
        plans_in(document)


@pytest.mark.parametrize("form", ["md", "text", "json"])
def test_the_command_reads_a_file_or_stdin(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = inputs(), inputs("r2", shown=workload("podinfo:2.1.1"))
    text = json.dumps(preview(step("update", old, planned(old, new))))
    (tmp_path / "preview.json").write_text(text)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert main(["plan", str(tmp_path / "preview.json"), "-o", form]) == 0
    from_file = capsys.readouterr().out
    assert main(["plan", "-o", form]) == 0
    assert capsys.readouterr().out == from_file
    assert "podinfo:2.1.1" in from_file


def test_the_command_refuses_what_is_not_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "preview.txt").write_text("Previewing update (prod)")
    assert main(["plan", str(tmp_path / "preview.txt")]) == 1
    assert "is not JSON: give the output of `pulumi preview --json`" in capsys.readouterr().err
    assert main(["plan", str(tmp_path / "absent")]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_nothing_in_a_workload_can_change_the_comment() -> None:
    hostile = "a|b`](http://x) <img> @all"
    old, new = inputs(), inputs("r2", shown=workload(hostile))
    from canary.plan.markdown import as_markdown  # noqa: PLC0415 - beside its only use

    (row,) = [line for line in as_markdown([plan_of(old, new)]).splitlines() if line.startswith("| image")]
    assert row.replace("\\|", "").count("|") == 5
    assert "`` a\\|b`](http://x) <img> @all ``" in row
