"""A secret of the stack's configuration is stored encrypted, with all that a release is told."""

from typing import Any

import pytest
from pulumi.runtime.config import set_all_config

from canary import Canary, settings_from_config
from tests.components.graph import Graph, declare
from tests.components.releases import DEPLOYMENT

CONFIG = {
    "canary:name": "podinfo",
    "canary:namespace": "prod",
    "canary:service": '{"port": 9898}',
    "canary:analysis": '{"max_weight": 50, "step_weight": 10, "webhooks": [{"name": "load", "url": "http://load.prod/",'
    ' "metadata": {"password": "open-sesame"}}], "metrics": [{"name": "request-success-rate", "min": 99}]}',
}
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # Pulumi marks a secret value by it


def declared(secrets: list[str]) -> Graph:
    def program() -> Any:
        set_all_config(CONFIG, secrets)
        return Canary("podinfo", settings=settings_from_config(), deployment=DEPLOYMENT)

    return declare(program)


@pytest.mark.parametrize("kind", ["Drain", "Rollout", "Promotion"])
def test_with_a_secret_in_it_the_specification_is_one(kind: str) -> None:
    assert settings_are_secret(declared(["canary:analysis"]), kind)


def test_without_a_secret_it_stays_readable() -> None:
    assert not settings_are_secret(declared([]), "Drain")


def settings_are_secret(graph: Graph, kind: str) -> bool:
    spec = graph.one(kind).inputs["spec"]
    return isinstance(spec, dict) and SECRET in spec.values()
