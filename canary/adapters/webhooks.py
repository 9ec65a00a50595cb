"""Flagger's webhooks: its payload, its rule of what passes, its retries; bounded in time whatever the other side does.

Never raises and never repeats what the other side wrote: a body may hold anything.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from canary.adapters.direct import Request
from canary.adapters.retry import Patience
from canary.adapters.transport import Transport
from canary.core.decision import Event, Severity
from canary.core.measure import HookResult
from canary.core.spec import Hook, HookType, Target
from canary.ports import CanaryError, Unavailable

JSON = {"Content-Type": "application/json"}
PATIENCE = Patience(first=timedelta(milliseconds=250), longest=timedelta(seconds=2))


class Webhooks:
    """`canary.ports.Hooks` over HTTP. `checksum` identifies the revision, as in Flagger's payload."""

    def __init__(self, transport: Transport, target: Target, checksum: str, patience: Patience = PATIENCE) -> None:
        self._transport, self._target, self._checksum, self._patience = transport, target, checksum, patience

    def call(self, hook: Hook, phase: str, event: Event | None = None) -> HookResult:
        """POST to `hook` until it answers something final.

        Tries again after no answer, 429 and 5xx, up to `hook.retries` times and never beyond timeout x (1 + retries),
        pauses included. A status from 200 to 202 passes; a `rollback` hook passes (roll back!) with 200 only.
        """
        budget = _Budget(hook, self._patience.monotonic)
        body = json.dumps(self._payload(hook, phase, event)).encode()
        result = self._attempt(hook, body, budget)
        for attempt in range(hook.retries):
            pause = self._patience.pause(attempt, Unavailable(result.error))
            if not _may_change(result) or budget.left <= timedelta(seconds=pause):
                break
            self._patience.sleep(pause)
            result = self._attempt(hook, body, budget)
        return result

    def _attempt(self, hook: Hook, body: bytes, budget: "_Budget") -> HookResult:
        limit = min(hook.timeout, budget.left)
        request = Request(hook.url, "POST", body, JSON, timeout=limit, verify=not hook.disable_tls)
        try:
            status = self._transport.send(request).status
        except CanaryError as error:
            return HookResult(hook.name, hook.type, passed=False, error=str(error))
        except Exception as error:  # noqa: BLE001 - the port promises never to raise, and a release must go on
            return HookResult(hook.name, hook.type, passed=False, error=f"{hook.name}: {type(error).__name__}")
        passed = _passes(hook, status)
        problem = "" if passed else f"{self._transport.describe(hook.url)} answered {status}"
        return HookResult(hook.name, hook.type, passed, status, problem)

    def _payload(self, hook: Hook, phase: str, event: Event | None) -> dict[str, object]:
        return {
            "name": self._target.release or self._target.name,
            "namespace": self._target.namespace,
            "phase": phase,
            "checksum": self._checksum,
            "metadata": dict(hook.metadata) if event is None else {**hook.metadata, **_told(event)},
        }


class _Budget:
    """The time that all attempts together may take."""

    def __init__(self, hook: Hook, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._end = monotonic() + (hook.timeout * (1 + hook.retries)).total_seconds()

    @property
    def left(self) -> timedelta:
        """What remains of it; never negative."""
        return timedelta(seconds=max(0.0, self._end - self._monotonic()))


def _passes(hook: Hook, status: int) -> bool:
    if hook.type is HookType.ROLLBACK:
        return status == HTTPStatus.OK
    return HTTPStatus.OK <= status <= HTTPStatus.ACCEPTED


def _may_change(result: HookResult) -> bool:
    if result.passed:
        return False
    again = (0, HTTPStatus.TOO_MANY_REQUESTS)
    return result.status in again or result.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _told(event: Event) -> dict[str, str]:
    return {
        "eventMessage": event.message,
        "eventType": "Normal" if event.severity is Severity.INFO else "Warning",
        "timestamp": str(int(datetime.now(UTC).timestamp() * 1000)),
    }
