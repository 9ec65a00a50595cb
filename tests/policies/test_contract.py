"""What the pack knows of `canary` without importing it is what `canary` really does."""

import pytest

from canary.adapters.address import resolve
from canary.provider.resources import MODULE, Rollout
from canary.workload import MANAGED
from canary.workload import SELECTOR_LABELS as OURS
from policies import flagger
from policies.endpoints import is_in_cluster
from policies.ours import OurRelease
from policies.resource import ROLLOUT
from policies.served import RELEASE_LABEL
from tests.policies.objects import METRIC, release

HOOK = {"name": "hook", "url": "http://tools/"}


def test_the_rollout_and_its_label_are_named_as_the_component_names_them() -> None:
    assert f"pulumi-python:dynamic/{MODULE}:{Rollout.kind}" == ROLLOUT
    assert RELEASE_LABEL == MANAGED
    assert flagger.SELECTOR_LABELS == OURS


def test_every_value_is_where_the_component_writes_it() -> None:
    backend = {"address": "https://metrics.example.com", "insecure_skip_verify": True}
    ours = OurRelease(
        release(
            interval="90s",
            step_weight=None,
            steps=[{"weight": 20}, {"gate": {**HOOK, "name": "gate"}}, {"weight": 70}],
            metrics=[{**METRIC, "dry_run": True, "backend": backend}],
            webhooks=[{**HOOK, "disable_tls": True}],
            alerts=[{"name": "chat", "address": "https://chat.example.com/x"}],
        )
    )
    assert (ours.threshold.number(), ours.interval.text(), ours.skip.value) == (5, "PT1M30S", False)
    assert [weight.number() for weight in ours.weights()] == [20, 70]
    [measure] = ours.measures()
    assert (measure.name.text(), measure.least.number(), measure.is_dry_run.flag()) == (
        "request-success-rate",
        99,
        True,
    )
    called = {endpoint.url.path: (endpoint.url.text(), endpoint.unchecked.flag()) for endpoint in ours.endpoints()}
    assert called == {
        "metrics_server.address": ("http://prometheus.linkerd-viz:9090", False),
        "analysis.metrics[0].backend.address": ("https://metrics.example.com", True),
        "analysis.webhooks[0].url": ("http://tools/", True),
        "analysis.steps[1].gate.url": ("http://tools/", False),
        "analysis.alerts[0].address": ("https://chat.example.com/x", False),
    }


@pytest.mark.parametrize(
    "host", ["tools", "tools.prod", "tools.prod.svc", "example.com", "shop.de", "10.0.0.1", "a.b.c"]
)
def test_what_counts_as_a_service_is_what_will_be_called_through_the_api_server(host: str) -> None:
    assert is_in_cluster(host) is (resolve(f"http://{host}/", "prod") is not None)
