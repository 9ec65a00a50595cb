"""One object for several stacks: what a stack has otherwise is laid over it, and noted."""

from datetime import timedelta

import pytest

from canary.core.spec import Pause, Weight
from canary.migrate import ImportFault
from canary.settings import constructors
from tests.migrate.canaries import canary, read


def test_an_override_changes_its_setting_and_nothing_else() -> None:
    plain, changed = read(canary()), read(canary(), overrides={"namespace": "staging", "analysis": {"interval": "30s"}})
    spec = changed.settings.to_spec()
    assert (spec.target.namespace, spec.interval) == ("staging", timedelta(seconds=30))
    assert (spec.steps, spec.metrics) == (plain.settings.to_spec().steps, plain.settings.to_spec().metrics)


def test_each_override_is_noted_with_what_it_replaces() -> None:
    notes = read(canary(), overrides={"analysis": {"interval": "30s", "drain": "1s"}}).notes
    assert "analysis.interval: 30s by your override, in place of 1m" in notes
    assert "analysis.drain: 1s by your override" in notes


def test_what_is_the_same_anyway_is_no_override() -> None:
    assert not [note for note in read(canary(), overrides={"namespace": "prod"}).notes if "override" in note]


def test_either_spelling_names_the_same_setting() -> None:
    for key in ("stepWeight", "step_weight"):
        assert read(canary(), overrides={"analysis": {key: 50}}).settings.to_spec().steps == (Weight(50), Weight(100))


def test_a_strategy_is_replaced_with_constructors() -> None:
    steps = [constructors.Weight(5), constructors.Pause("2m")]
    spec = read(canary(), overrides={"analysis": {"step_weight": None, "steps": steps}}).settings.to_spec()
    assert spec.steps == (Weight(5), Pause(timedelta(minutes=2)))


def test_a_fault_of_an_override_is_reported_with_the_others() -> None:
    with pytest.raises(ImportFault) as caught:
        read(canary(autoscalerRef={"name": "x"}), overrides={"analysis": {"intervall": "1s"}})
    assert [line.partition(":")[0] for line in caught.value.lines] == ["spec.autoscalerRef", "spec.analysis.intervall"]
