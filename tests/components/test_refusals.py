"""A mistake is reported before anything is declared, so that not even a preview can begin."""

from typing import Any

import pytest

from canary import Canary, SettingsError
from canary.ports import Misconfigured
from tests.components.graph import Graph, declare
from tests.components.releases import DEPLOYMENT, FIELDS


def refused(error: type[Exception], declared: Any = DEPLOYMENT, **fields: Any) -> tuple[str, Graph]:
    """The message, and what had been declared when it came."""
    caught: list[str] = []

    def program() -> None:
        try:
            Canary("podinfo", deployment=declared, **{**FIELDS, **fields})
        except error as problem:
            caught.append(str(problem))

    graph = declare(program)
    assert caught, "nothing was refused"
    return caught[0], graph


def test_all_faults_of_the_settings_come_at_once_and_before_any_resource() -> None:
    analysis = {"interval": "10x", "step_weight": 0, "step_weigth": 5, "metrics": []}
    message, graph = refused(SettingsError, analysis=analysis)
    for field in ("analysis.interval", "analysis.step_weight", "analysis.step_weigth", "analysis.metrics"):
        assert field in message
    assert graph.nodes == []


def test_labels_that_cannot_tell_the_tracks_apart_are_refused_before_any_resource() -> None:
    selector = {"matchLabels": {"team": "web"}}
    message, graph = refused(Misconfigured, {**DEPLOYMENT, "selector": selector})
    assert message.startswith(
        "deployment.selector.matchLabels: given {'team': 'web'}; one of app, name, app.kubernetes.io/name"
    )
    assert graph.nodes == []


@pytest.mark.parametrize("missing", ["service", "analysis"])
def test_what_has_no_default_is_asked_for(missing: str) -> None:
    message, _ = refused(SettingsError, **{missing: None})
    assert message.splitlines()[1].strip().startswith(f"{missing}: ")
