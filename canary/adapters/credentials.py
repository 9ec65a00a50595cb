"""The credentials of a metrics system, from a Kubernetes Secret, as HTTP headers and a CA. Held in memory only.

Keys as Flagger reads them: `username` and `password`, or `token`; besides, `ca.crt`; others by the adapter that asks.
"""

import base64
import binascii
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from canary.adapters.apipath import object_path
from canary.adapters.cluster import Cluster
from canary.ports import Misconfigured

KEEP = 60.0  # seconds until a Secret is read again: a rotated password must not need a new run


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a Secret held; its values never show in a repr."""

    values: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The Authorization header, if there is anything to say."""
        if token := self.values.get("token", "").strip():
            return {"Authorization": f"Bearer {token}"}
        if "username" in self.values:
            pair = f"{self.values['username']}:{self.values.get('password', '')}"
            return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        return {}

    @property
    def ca(self) -> str:
        """A PEM bundle to trust, or empty."""
        return self.values.get("ca.crt", "")

    def need(self, *keys: str, secret: str) -> tuple[str, ...]:
        """The values of `keys`. Raises Misconfigured naming the ones that `secret` lacks."""
        lacking = [key for key in keys if not self.values.get(key)]
        if lacking:
            raise Misconfigured(f"Secret {secret} has no {' and no '.join(lacking)}; add it")
        return tuple(self.values[key].strip() for key in keys)


class SecretReader:
    """Reads one Secret, again when its last reading is older than KEEP; an empty name means no credentials."""

    def __init__(
        self, cluster: Cluster, namespace: str, name: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._cluster, self._namespace, self._name, self._monotonic = cluster, namespace, name, monotonic
        self._read: tuple[float, Credentials] | None = None

    def get(self) -> Credentials:
        """The credentials. Raises Misconfigured when there is no such Secret, Unavailable when it cannot be read."""
        if not self._name:
            return Credentials()
        if self._read is None or self._monotonic() - self._read[0] > KEEP:
            self._read = (self._monotonic(), self._load())
        return self._read[1]

    def _load(self) -> Credentials:
        found = self._cluster.get(object_path("v1", "secrets", self._namespace, self._name))
        if found is None:
            raise Misconfigured(f"Secret {self._name} does not exist in namespace {self._namespace}; create it")
        return Credentials({key: self._decode(key, text) for key, text in (found.get("data") or {}).items()})

    def _decode(self, key: str, text: str) -> str:
        try:
            return base64.b64decode(text).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Misconfigured(f"Secret {self._name}: key {key} is not text") from None
