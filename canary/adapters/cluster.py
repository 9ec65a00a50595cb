"""The Kubernetes API as a handful of verbs on paths: thread-safe, verified TLS, a timeout on every call.

Translates every failure into the errors of `canary.ports` (and Conflict, Absent), naming the address and a remedy.
Knows no kind of object; never puts a token or a body into a message.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import urllib3

from canary.adapters.errors import Absent
from canary.adapters.kubeconfig import REMEDY, Connection, Session
from canary.adapters.kubestatus import error_of, quote, status_of
from canary.adapters.retry import NO_PATIENCE, Patience, retry
from canary.ports import CanaryError, Misconfigured, Unavailable

__all__ = ["FIELD_MANAGER", "Answer", "Cluster", "Connection", "JsonObject"]

FIELD_MANAGER = "pulumi-canary"
"""The one field manager of everything that a release writes; Pulumi's own names differ for each resource."""

JsonObject = dict[str, Any]
TIMEOUT = timedelta(seconds=10)
CONNECT_TIMEOUT = timedelta(seconds=3)
JSON = "application/json"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, whatever its status."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Cluster:
    """One cluster. Opens nothing until it is first used; `patience` bounds the retries of calls that may be repeated.

    Does not follow redirects.
    """

    def __init__(self, connection: Connection | None = None, patience: Patience | None = None) -> None:
        self._connection = connection or Connection()
        self._patience = patience or Patience()
        self._opened: Session | None = None
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """Where the API server is. Raises Misconfigured when no usable kubeconfig is found."""
        return self._session().address

    def get(self, path: str) -> JsonObject | None:
        """The object (or list) at `path`; None when the API server says that it does not exist."""
        try:
            return self._json("GET", path)
        except Absent:
            return None

    def apply(self, path: str, body: JsonObject) -> JsonObject:
        """Server-side apply of `body` as FIELD_MANAGER, taking conflicting fields over. Creates what is absent."""
        return self._json("PATCH", f"{path}?fieldManager={FIELD_MANAGER}&force=true", body, APPLY)

    def merge(self, path: str, patch: JsonObject) -> JsonObject:
        """JSON merge patch as FIELD_MANAGER. Raises Absent; Conflict if a metadata.resourceVersion is given and old."""
        return self._json("PATCH", f"{path}?fieldManager={FIELD_MANAGER}", patch, MERGE)

    def replace(self, path: str, body: JsonObject) -> JsonObject:
        """PUT; raises Conflict when metadata.resourceVersion in `body` is not the present one."""
        return self._json("PUT", f"{path}?fieldManager={FIELD_MANAGER}", body)

    def create(self, path: str, body: JsonObject) -> JsonObject:
        """POST to a collection, tried once; raises Conflict when the object exists."""
        return self._json("POST", f"{path}?fieldManager={FIELD_MANAGER}", body, patience=NO_PATIENCE)

    def delete(self, path: str) -> None:
        """Delete what is at `path`; fine when it is gone already."""
        try:
            self._json("DELETE", path)
        except Absent:
            return

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: timedelta = TIMEOUT,
    ) -> Answer:
        """One raw request with the cluster's credentials, tried once; any status is an answer.

        Raises Unavailable when none comes, Misconfigured for a certificate that does not verify.
        """
        answer = self._once(method, path, body, headers or {}, timeout)
        if answer.status == HTTPStatus.UNAUTHORIZED and status_of(answer.headers, answer.body):
            # the API server's own, not a proxied backend's: a token may have been replaced on disk
            self._forget()
            answer = self._once(method, path, body, headers or {}, timeout)
        return answer

    def _json(
        self,
        method: str,
        path: str,
        body: JsonObject | None = None,
        content: str = JSON,
        patience: Patience | None = None,
    ) -> JsonObject:
        payload = None if body is None else json.dumps(body).encode()

        def call() -> JsonObject:
            answer = self.send(method, path, payload, {"Accept": JSON, "Content-Type": content})
            return self._read(answer, f"{method} {path.partition('?')[0]}")

        # a conflict is for the caller: the same body would meet the same conflict again
        return retry(call, patience or self._patience)

    def _read(self, answer: Answer, tried: str) -> JsonObject:
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise error_of(answer.status, answer.headers, answer.body, tried, self.address)
        try:
            found = json.loads(answer.body)
        except ValueError as error:
            raise Unavailable(f"{tried}: the answer is not JSON; is {self.address} an API server?") from error
        if not isinstance(found, dict):
            raise Unavailable(f"{tried}: the answer is no object; is {self.address} an API server?")
        return found

    def _once(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], timeout: timedelta
    ) -> Answer:
        session, seconds = self._session(), timeout.total_seconds()
        limit = urllib3.Timeout(connect=min(seconds, CONNECT_TIMEOUT.total_seconds()), read=seconds)
        sent = {"User-Agent": FIELD_MANAGER, **headers, **session.headers()}
        try:
            got = session.pool.request(
                method, session.address + path, body=body, headers=sent, timeout=limit, retries=False, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise _unreachable(error, session.address) from error
        return Answer(got.status, dict(got.headers), got.data)

    def _session(self) -> Session:
        with self._lock:
            self._opened = self._opened or Session(self._connection)
            return self._opened

    def _forget(self) -> None:
        with self._lock:
            self._opened = None


def _unreachable(error: Exception, address: str) -> CanaryError:
    if isinstance(error, urllib3.exceptions.SSLError) and "CERTIFICATE_VERIFY" in str(error).upper():
        return Misconfigured(
            f"the certificate of the cluster at {address} does not verify: {quote(str(error))}; "
            "is the kubeconfig of this cluster, and certificate-authority-data up to date?"
        )
    return Unavailable(f"no answer from the cluster at {address}: {_short(error)}; is the cluster up? {REMEDY}")


def _short(error: Exception) -> str:
    # urllib3 prefixes its texts with the repr of the connection: "<...HTTPSConnection object at 0x7f..>: Failed to ..."
    return quote(str(error).rpartition(">: ")[2])
