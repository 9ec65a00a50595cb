"""What can happen to a request on its way: each kind of fault as a value.

Only names and their data; the proxy knows how each is done, the rules know to whom.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True)
class Delay:
    """Forwarded after `seconds`."""

    seconds: float


@dataclass(frozen=True)
class Late:
    """Forwarded when `now` is set, be the client still there or not."""

    now: threading.Event


@dataclass(frozen=True)
class Cut:
    """Never forwarded: the connection is reset."""


@dataclass(frozen=True)
class Swallow:
    """Forwarded and carried out, but the connection is reset in place of the answer."""


@dataclass(frozen=True)
class Hang:
    """Never forwarded and never answered; the connection stays open until the rule is gone, and is then reset."""


@dataclass(frozen=True)
class Answer:
    """Never forwarded: this is answered in place of the server."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Trap:
    """`act` is called, then the connection is reset; with `forwarded` the request is carried out before that."""

    act: Callable[[], None]
    forwarded: bool = False


Fault = Delay | Late | Cut | Swallow | Hang | Answer | Trap


def overloaded(status: int = HTTPStatus.TOO_MANY_REQUESTS, after_s: int | None = 1) -> Answer:
    """The API server's refusal for the present, with Retry-After unless `after_s` is None."""
    headers = {} if after_s is None else {"Retry-After": str(after_s)}
    return _status(status, "TooManyRequests", "too many requests, please try again later (injected)", headers)


def conflict() -> Answer:
    """Somebody else has written in between."""
    return _status(HTTPStatus.CONFLICT, "Conflict", "the object has been modified; please apply your changes again", {})


def _status(code: int, reason: str, message: str, headers: Mapping[str, str]) -> Answer:
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": int(code)}
    body = json.dumps({**status, "reason": reason, "message": message}).encode()
    return Answer(int(code), body, {"Content-Type": "application/json", **headers})
