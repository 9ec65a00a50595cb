"""Reads the API server's answers as errors: what can be tried again, what a person must mend, what is merely absent.

Quotes only the `message` of a Status and of that only what is known to hold no data: never a body, never a header.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from canary.adapters.errors import Absent, Conflict, Forbidden, Throttled
from canary.ports import CanaryError, Misconfigured, Unavailable

BUSY = timedelta(seconds=1)
LONGEST_QUOTE = 300


def status_of(headers: Mapping[str, str], body: bytes) -> dict[str, Any] | None:
    """The Kubernetes Status in `body`, None when it is something else (an object, or the answer of a backend)."""
    if not _header(headers, "content-type").startswith("application/json"):
        return None
    try:
        found = json.loads(body)
    except ValueError:
        return None
    is_status = isinstance(found, dict) and found.get("kind") == "Status" and found.get("apiVersion") == "v1"
    return found if is_status else None


def error_of(code: int, headers: Mapping[str, str], body: bytes, tried: str, address: str) -> CanaryError:
    """The error that HTTP status `code` (400 or more) stands for; `tried` says what was attempted, as `GET /path`."""
    status = status_of(headers, body) or {}
    said = f"{tried}: {quote(str(status.get('message') or f'HTTP {code}'))} ({address})"
    if code == HTTPStatus.NOT_FOUND:
        return Absent(said)
    if code == HTTPStatus.CONFLICT:
        return Conflict(said)
    asks_for_patience = code >= HTTPStatus.INTERNAL_SERVER_ERROR and _header(headers, "retry-after")
    if code == HTTPStatus.TOO_MANY_REQUESTS or asks_for_patience:
        return Throttled(f"{said}; the API server is overloaded", _retry_after(headers))
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable(f"{said}; the API server has trouble of its own")
    kind = Forbidden if code == HTTPStatus.FORBIDDEN else Misconfigured
    return kind(said + _remedy(code))


def _remedy(code: int) -> str:
    if code == HTTPStatus.UNAUTHORIZED:
        return "; the credentials were refused: log in again, or check KUBECONFIG and the context"
    if code == HTTPStatus.FORBIDDEN:
        return "; grant the identity of this kubeconfig that permission (see the RBAC manifests in docs/)"
    return ""


def quote(message: str) -> str:
    """A message of bounded length on one line."""
    line = " ".join(message.split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    text = _header(headers, "retry-after")
    return timedelta(seconds=min(int(text), 3600)) if text.isdecimal() else BUSY


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")
