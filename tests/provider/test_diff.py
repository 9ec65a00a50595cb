"""When Pulumi has something to do: a difference in what was asked for, and nothing else."""

from typing import Any

import pytest
from pulumi.dynamic import ResourceProvider

from canary.provider.providers import DrainProvider, PromotionProvider, RolloutProvider

PROVIDERS = [DrainProvider(), RolloutProvider(), PromotionProvider()]
ASKED: dict[str, Any] = {
    "name": "podinfo",
    "namespace": "prod",
    "revision": "ed1118ff71",
    "spec": {"interval": "PT10S", "limits": {"threshold": 5}},
    "connection": {"kubeconfig": "", "context": ""},
    "urn": "urn:pulumi:prod::podinfo::x::podinfo-rollout",
}


def changes(provider: ResourceProvider, olds: dict[str, Any], news: dict[str, Any]) -> bool:
    return bool(provider.diff("prod/podinfo", olds, news).changes)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_same_is_no_difference(provider: ResourceProvider) -> None:
    assert not changes(provider, dict(ASKED), dict(ASKED))


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "change",
    [
        {"revision": "0000000000"},
        {"spec": {"interval": "PT3S", "limits": {"threshold": 5}}},
        {"connection": {"kubeconfig": "", "context": "production"}},
    ],
)
def test_another_revision_spec_or_cluster_is_a_difference(provider: ResourceProvider, change: dict[str, Any]) -> None:
    assert changes(provider, dict(ASKED), ASKED | change)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_changed_provider_code_or_urn_is_no_difference(provider: ResourceProvider) -> None:
    assert not changes(provider, ASKED | {"__provider": "old"}, ASKED | {"__provider": "new", "urn": "urn:other"})


def test_the_run_of_the_last_rollout_is_no_difference_although_it_is_not_asked_for() -> None:
    assert not changes(RolloutProvider(), ASKED | {"run": "run-1"}, dict(ASKED))


def test_a_promotion_follows_a_new_run_of_the_rollout() -> None:
    assert changes(PromotionProvider(), ASKED | {"run": "run-1"}, ASKED | {"run": "run-2"})


def test_a_promotion_does_not_follow_the_same_run_twice() -> None:
    assert not changes(PromotionProvider(), ASKED | {"run": "run-1"}, ASKED | {"run": "run-1"})
