"""A suspended release starts no new revision, and nothing is touched."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import pytest
from pulumi.runtime.rpc import UNKNOWN

from canary.ports import Misconfigured
from canary.provider import providers
from canary.provider.providers import DrainProvider, RolloutProvider
from canary.settings.codec import spec_to_json
from tests.core.builders import linear
from tests.provider.rpc import Engine, engine

SUSPENDED = replace(linear(), suspend=True)
MESSAGE = "podinfo.prod is suspended, so revision r2 does not start and nothing was touched; set suspend to false"
OLD: dict[str, Any] = {"revision": "r1", "connection": {}}


@pytest.fixture(autouse=True)
def reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster with nothing to complain of."""
    monkeypatch.setattr(providers, "problems", lambda _news: [])


@pytest.fixture
def pulumi(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    with engine() as found:
        monkeypatch.setattr("sys.argv", ["pulumi.dynamic", found.address])
        yield found


def asked(spec: Any = SUSPENDED, **more: Any) -> dict[str, Any]:
    return {"revision": "r2", "connection": {}, "spec": spec_to_json(spec), "urn": "urn", **more}


def refusals(olds: dict[str, Any], news: dict[str, Any]) -> list[tuple[str, str]]:
    return [(failure.property, failure.reason) for failure in DrainProvider().check(olds, news).failures]


def test_another_revision_is_refused_before_anything_is_touched() -> None:
    ((field, message),) = refusals(OLD, asked())
    assert field == ""
    assert message.startswith(f"suspend: {MESSAGE}")


def test_a_preview_warns_and_goes_on(pulumi: Engine) -> None:
    assert refusals(OLD, asked(preview=True)) == []
    (said,) = pulumi.said
    assert said.message.startswith(f"suspend: {MESSAGE}")


def test_the_same_revision_with_other_settings_passes() -> None:
    assert refusals({**OLD, "revision": "r2"}, asked()) == []


def test_the_first_deployment_passes_because_there_is_nothing_to_release_against() -> None:
    assert refusals({}, asked()) == []


def test_a_revision_that_is_not_known_yet_is_not_judged() -> None:
    assert refusals(OLD, asked(revision=UNKNOWN)) == []


def test_a_release_that_is_not_suspended_passes() -> None:
    assert refusals(OLD, asked(linear())) == []


class Failed:
    """A session in which the primary still runs another revision."""

    spec, revision = SUSPENDED, "r2"

    def needs_analysis(self) -> bool:
        return True

    def together(self) -> AbstractContextManager[None]:
        return nullcontext()


def test_a_revision_that_failed_before_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "open_session", lambda _news: Failed())
    with pytest.raises(Misconfigured, match=MESSAGE):
        RolloutProvider().update("id", OLD, asked())
