"""A dynamic provider that runs in a real provider process and tells what that process heard."""

import time
from typing import Any

from pulumi.dynamic import CreateResult, ResourceProvider

from canary.provider import engine

LIMIT_S = 15.0


class Probe(ResourceProvider):
    """`create` lasts until the process is asked to stop; its output `reason` says why, or is empty after LIMIT_S."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Works as a release does: listens, talks to the engine, looks for interrupts."""
        engine.GONE_AFTER = props["gone_after"]
        for _ in range(2):
            engine.listen()
        log, end = engine.EngineLog(props["urn"]), time.monotonic() + LIMIT_S
        log.say("at work", engine.WARNING)
        while not engine.INTERRUPTS.reason and time.monotonic() < end:
            log.say("still at work", engine.DEBUG, ephemeral=True)
            engine.INTERRUPTS.wait(0.05)
        return CreateResult("probe", {"reason": engine.INTERRUPTS.reason})
