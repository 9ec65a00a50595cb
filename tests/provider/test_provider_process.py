"""What is relied on in the installed SDK's provider process, held by running one: cancellation, loss, live messages."""

from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import engine_pb2

from tests.provider.process import provider_process
from tests.provider.rpc import DEADLINE_S, engine

URN = "urn:pulumi:prod::podinfo::pulumi-python:dynamic/canary:Rollout::podinfo-rollout"
LONG_S, SHORT_S = 60, 0.2  # how long the engine may be silent


def reason(created: Any) -> str:
    return str(json_format.MessageToDict(created.result().properties)["reason"])


def test_cancel_reaches_a_release_that_is_running() -> None:
    with engine() as pulumi, provider_process(pulumi.address) as process:
        created = process.create(urn=URN, gone_after=LONG_S)
        assert pulumi.heard.wait(DEADLINE_S)
        process.cancel()
        assert reason(created) == "cancelled (Ctrl-C or SIGTERM)"


def test_a_stdin_that_ends_means_that_the_engine_is_gone() -> None:
    with engine() as pulumi, provider_process(pulumi.address) as process:
        created = process.create(urn=URN, gone_after=LONG_S)
        assert pulumi.heard.wait(DEADLINE_S)
        process.leave()
        assert reason(created) == "the Pulumi engine is gone"


def test_an_engine_that_answers_no_more_is_noticed() -> None:
    with engine() as pulumi, provider_process(pulumi.address) as process:
        created = process.create(urn=URN, gone_after=SHORT_S)
        assert pulumi.heard.wait(DEADLINE_S)
        pulumi.leave()
        assert reason(created) == "the Pulumi engine is gone"


def test_messages_reach_the_engine_whose_address_the_process_was_given() -> None:
    with engine() as pulumi, provider_process(pulumi.address) as process:
        created = process.create(urn=URN, gone_after=LONG_S)
        assert pulumi.heard.wait(DEADLINE_S)
        process.cancel()
        created.result()
    first, *others = pulumi.said
    assert (first.message, first.urn, first.severity, first.ephemeral) == ("at work", URN, engine_pb2.WARNING, False)
    assert all(other.ephemeral and other.severity == engine_pb2.DEBUG for other in others)
