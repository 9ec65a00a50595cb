"""How a wait ends: with what became ready, too late, by an interrupt, or because there is no hope."""

import threading
from collections.abc import Iterator
from typing import Any, Final

import pytest

from lab.pulumi.kubernetes.api_errors import RefusedError
from lab.pulumi.kubernetes.engine_log import EngineLog, OperationLog
from lab.pulumi.kubernetes.waits.loop import UnreadyError, Wait
from lab.pulumi.kubernetes.waits.verdict import Verdict

Json = dict[str, Any]


class Subject:
    """Stands for an object without a uid, so that nobody asks for its events."""

    name = "web"
    namespace = "prod"
    written: Final[Json] = {"metadata": {"name": "web"}}


def a_wait(cancelled: threading.Event) -> Wait:
    return Wait(Subject(), OperationLog(EngineLog(""), "urn"), cancelled)  # type: ignore[arg-type]  # a stand-in


def looks(*verdicts: Verdict | Exception) -> Any:
    remaining: Iterator[Verdict | Exception] = iter(verdicts)
    last = verdicts[-1]

    def look() -> Verdict:
        found = next(remaining, last)
        if isinstance(found, Exception):
            raise found
        return found

    return look


UNREADY = Verdict(is_ready=False, live={"n": 1}, problems=("no pods",))
READY = Verdict(is_ready=True, live={"n": 2})


def test_a_wait_ends_with_the_object_as_it_was_when_it_became_ready() -> None:
    assert a_wait(threading.Event()).until_ready(looks(UNREADY, READY), 5) == {"n": 2}


def test_a_wait_survives_an_api_server_that_stumbles() -> None:
    stumble = RefusedError(500, {"message": "etcd leader changed"})
    assert a_wait(threading.Event()).until_ready(looks(UNREADY, stumble, READY), 5) == {"n": 2}


def test_a_wait_that_takes_too_long_reports_what_was_missing() -> None:
    with pytest.raises(UnreadyError, match="'web' timed out waiting to be Ready") as caught:
        a_wait(threading.Event()).until_ready(looks(UNREADY), 0.05)
    assert (caught.value.problems, caught.value.live) == (("no pods",), {"n": 1})


def test_a_cancelled_wait_ends_at_once() -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(UnreadyError, match="cancelled"):
        a_wait(cancelled).until_ready(looks(UNREADY), 600)


def test_a_hopeless_wait_ends_at_once() -> None:
    hopeless = Verdict(is_ready=False, live={}, has_failed=True)
    with pytest.raises(UnreadyError, match="failed to initialize"):
        a_wait(threading.Event()).until_ready(looks(hopeless), 600)
