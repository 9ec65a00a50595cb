"""One HTTP request from here, over `requests`: the proxies of the environment, verified TLS, a CA of one's own.

Its errors never quote the library's text, which holds the whole URL with query and credentials.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from canary.adapters.address import shown
from canary.adapters.cluster import Answer
from canary.ports import CanaryError, Misconfigured, Unavailable

CAUSES = ("connection refused", "name or service not known", "failed to resolve", "no route to host", "reset", "proxy")


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `timeout` bounds all of it; `ca` is a PEM bundle trusted besides the public ones."""

    url: str
    method: str = "GET"
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: timedelta = timedelta(seconds=10)
    ca: str = field(default="", repr=False)
    verify: bool = True


def send_directly(request: Request) -> Answer:
    """The answer, whatever its status; redirects are followed.

    Raises Unavailable when none comes, Misconfigured for a certificate that does not verify or a CA that is none.
    """
    try:
        with _session(request) as session:
            got = session.request(
                request.method,
                request.url,
                data=request.body,
                headers=dict(request.headers),
                timeout=request.timeout.total_seconds(),
                verify=request.verify,
                auth=_as_is,
            )
    except requests.RequestException as error:
        raise _unreachable(request, error) from error
    return Answer(got.status_code, got.headers, got.content)


class _Trusting(HTTPAdapter):
    """Trusts a CA that is held in memory."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)


def _session(request: Request) -> requests.Session:
    session = requests.Session()
    if request.ca:
        session.mount("https://", _Trusting(_context(request)))
    return session


def _context(request: Request) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cadata=request.ca)
    except ssl.SSLError as error:
        raise Misconfigured(f"the CA certificate given for {shown(request.url)} is not a PEM certificate") from error


def _as_is(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    # without an auth, requests would put credentials from ~/.netrc over the headers given
    return prepared


def _unreachable(request: Request, error: Exception) -> CanaryError:
    where = shown(request.url)
    if isinstance(error, requests.exceptions.SSLError):
        return Misconfigured(f"{where}: its TLS certificate does not verify; give its CA, or check the address")
    if isinstance(error, requests.exceptions.Timeout):
        return Unavailable(f"{where} did not answer within {request.timeout.total_seconds():g} s")
    return Unavailable(f"no answer from {where} ({_cause(error)}); is it up, and does the name resolve here?")


def _cause(error: BaseException) -> str:
    text = str(error).lower()
    return next((phrase for phrase in CAUSES if phrase in text), type(error).__name__)
