from datetime import timedelta
from typing import Any

import pytest
import yaml

from canary.core.spec import Pause, Weight
from canary.migrate import Imported, ImportFault, from_argo
from canary.migrate.argo import STRATEGY, STRATEGY_HARMLESS, UNSUPPORTED_STEPS

ANALYSIS = {"interval": "30s", "metrics": [{"name": "request-success-rate", "min": 99}]}


def rollout(steps: list[Any], **strategy: Any) -> str:
    metadata = {"name": "web", "namespace": "prod"}
    spec = {"replicas": 3, "template": {"spec": {}}, "strategy": {"canary": {"steps": steps} | strategy}}
    return yaml.safe_dump({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": metadata, "spec": spec})


def read(steps: list[Any], **strategy: Any) -> Imported:
    return from_argo(rollout(steps, **strategy), port=80, analysis=ANALYSIS)


def lines_of(steps: list[Any], **strategy: Any) -> tuple[str, ...]:
    with pytest.raises(ImportFault) as caught:
        read(steps, **strategy)
    return caught.value.lines


def test_weights_and_pauses_become_steps() -> None:
    steps = [
        {"setWeight": 20},
        {"pause": {"duration": "10m"}},
        {"setWeight": 40},
        {"pause": {"duration": 30}},
        {"pause": {}},
    ]
    spec = read(steps).settings.to_spec()
    pauses = (Pause(timedelta(minutes=10)), Pause(timedelta(seconds=30)), Pause())
    assert spec.steps == (Weight(20), pauses[0], Weight(40), pauses[1], pauses[2])
    assert (spec.target.replicas, spec.target.port, spec.interval) == (3, 80, timedelta(seconds=30))


def test_an_analysis_step_is_a_note() -> None:
    imported = read([{"setWeight": 20}, {"analysis": {"templates": [{"templateName": "t"}]}}])
    assert any(
        note.startswith("spec.strategy.canary.steps[1].analysis: metrics of an AnalysisTemplate")
        for note in imported.notes
    )


@pytest.mark.parametrize("key", UNSUPPORTED_STEPS)
def test_a_step_without_counterpart_is_a_fault(key: str) -> None:
    assert lines_of([{"setWeight": 5}, {key: {"x": 1}}])[0].startswith(
        f"spec.strategy.canary.steps[1].{key}: is not supported: "
    )


@pytest.mark.parametrize("key", STRATEGY)
def test_a_field_of_the_strategy_that_matters_is_a_fault(key: str) -> None:
    assert lines_of([{"setWeight": 5}], **{key: {"x": 1}})[0].startswith(
        f"spec.strategy.canary.{key}: is not supported: "
    )


@pytest.mark.parametrize("key", STRATEGY_HARMLESS)
def test_a_field_of_the_strategy_that_does_not_matter_is_a_note(key: str) -> None:
    imported = read([{"setWeight": 5}], **{key: "x"})
    assert [note.partition(":")[0] for note in imported.notes if key in note.partition(":")[0]] == [
        f"spec.strategy.canary.{key}"
    ]


def test_what_judges_has_to_be_given() -> None:
    with pytest.raises(ImportFault, match=r"analysis\.metrics: is missing, so that nothing could fail"):
        from_argo(rollout([{"setWeight": 5}]), port=80)


def test_a_weight_out_of_range_has_argos_path() -> None:
    assert lines_of([{"setWeight": 120}])[0].startswith("spec.strategy.canary.steps[0].weight: 120 is not a weight")
