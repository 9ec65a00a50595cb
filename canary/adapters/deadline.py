"""A hard end for a call that cannot be trusted to end: name look-ups and dripping answers escape a socket's timeout.

Refuses to know what the call does. One that overstays is abandoned in a daemon thread, never waited for.
"""

import threading
from collections.abc import Callable
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import TypeVar

from canary.ports import Unavailable

T = TypeVar("T")


def within(limit: timedelta, call: Callable[[], T], what: str) -> T:
    """What `call` returns or raises; Unavailable, naming `what`, when it has not ended after `limit`."""
    outcome: SimpleQueue[tuple[T, None] | tuple[None, BaseException]] = SimpleQueue()

    def run() -> None:
        try:
            outcome.put((call(), None))
        except BaseException as error:  # noqa: BLE001 - handed over to the waiting thread, whatever it is
            outcome.put((None, error))

    threading.Thread(target=run, name=f"within {limit}", daemon=True).start()
    try:
        value, error = outcome.get(timeout=limit.total_seconds())
    except Empty:
        raise Unavailable(f"{what} did not answer within {limit.total_seconds():g} s") from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value] # the union's other half was raised above
