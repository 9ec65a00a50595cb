"""A mistake is reported before anything is declared, so that not even a preview can begin."""

from typing import Any

import pulumi
import pytest

from canary import Canary, SettingsError
from tests.components.graph import Graph, declare
from tests.components.releases import DEPLOYMENT, FIELDS


def refused(declared: Any = DEPLOYMENT, **fields: Any) -> tuple[str, Graph]:
    """The message, and what had been declared when it came. Of a RunError Pulumi shows no traceback."""
    caught: list[SettingsError] = []

    def program() -> None:
        try:
            Canary("podinfo", deployment=declared, **{**FIELDS, **fields})
        except SettingsError as problem:
            caught.append(problem)

    graph = declare(program)
    (problem,) = caught
    assert isinstance(problem, pulumi.RunError)
    return str(problem), graph


def test_all_faults_of_the_settings_come_at_once_and_before_any_resource() -> None:
    analysis = {"interval": "10x", "step_weight": 0, "step_weigth": 5, "metrics": []}
    message, graph = refused(analysis=analysis)
    for field in ("analysis.interval", "analysis.step_weight", "analysis.step_weigth", "analysis.metrics"):
        assert field in message
    assert graph.nodes == []


def test_labels_that_cannot_tell_the_tracks_apart_are_refused_before_any_resource() -> None:
    selector = {"matchLabels": {"team": "web"}}
    message, graph = refused({**DEPLOYMENT, "selector": selector})
    assert message.splitlines()[1].startswith(
        "  deployment.selector.matchLabels: given {'team': 'web'}; one of app, name, app.kubernetes.io/name"
    )
    assert graph.nodes == []


@pytest.mark.parametrize("missing", ["service", "analysis"])
def test_what_has_no_default_is_asked_for(missing: str) -> None:
    message, _ = refused(**{missing: None})
    assert message.splitlines()[1].strip().startswith(f"{missing}: ")
