"""What survives the process that runs a release: its state in a ConfigMap, its claim in a Lease.

The ConfigMap carries the fencing token of the run that wrote it. A run takes the Lease, then stamps the ConfigMap; from
then on a write with an older token is refused, so two runs never mix their states. Knows nothing of what a state means.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from canary.adapters.apipath import object_path
from canary.adapters.cluster import Cluster, JsonObject
from canary.adapters.commands import Mailbox, lease_name
from canary.adapters.lease import DURATION, LABEL, Lease, LeaseView, utc_now
from canary.adapters.retry import CONFLICTS, Patience, retry
from canary.core.spec import Target
from canary.core.state import Command, State
from canary.ports import CanaryError, Fenced, Misconfigured

STATES = TypeAdapter(State)
BEATS = 3  # renewals in one Lease duration: two may fail before anybody may think this run dead


class ClusterJournal:
    """`canary.ports.Journal` in the cluster, and the run's claim to the release. `holder` names this run to people."""

    def __init__(
        self,
        cluster: Cluster,
        target: Target,
        holder: str,
        duration: timedelta = DURATION,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._cluster, self._target, self._holder, self._duration = cluster, target, holder, duration
        self._lease = Lease(cluster, target.namespace, lease_name(target), now)
        self._mailbox = Mailbox(cluster, target)
        self._token = 0
        self._lost = ""

    @property
    def lost(self) -> str:
        """Why this run no longer holds the release, or an empty string; kept up to date inside `held`."""
        return self._lost

    def look(self) -> LeaseView:
        """Who holds the release."""
        return self._lease.look()

    def acquire(self) -> None:
        """Take the release over from whoever holds it, and forget commands that were meant for them."""
        self._token = self._lease.acquire(self._holder, self._written_token(self._object()), self._duration)
        self._lost = ""
        self._write(None)
        self._mailbox.take()

    def renew(self) -> None:
        """Say that this run is alive. Raises Fenced when another took over."""
        self._lease.renew(self._holder, self._token, self._duration)

    def release(self) -> None:
        """Give the release back; the state stays."""
        self._lease.release(self._holder, self._token)

    def forget(self) -> None:
        """Remove state and Lease: the release itself is being removed."""
        self._cluster.delete(self._path)
        self._lease.delete()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the release while the block runs, renewed in the background; `lost` tells when another took over."""
        self.acquire()
        stop = threading.Event()
        beat = threading.Thread(target=self._beat, args=(stop,), name=f"lease {self._target.name}", daemon=True)
        beat.start()
        try:
            yield
        finally:
            stop.set()
            with suppress(CanaryError):
                # it runs out by itself
                self.release()

    def load(self) -> State | None:
        """The state last saved by any run, or None. Raises Misconfigured when it cannot be read as one."""
        found = self._object()
        text = ((found or {}).get("data") or {}).get("state")
        try:
            return STATES.validate_json(text) if text else None
        except ValidationError as error:
            raise Misconfigured(
                f"ConfigMap {self._name} in namespace {self._target.namespace} holds no state that this version can "
                "read; run the version that wrote it, or delete the ConfigMap when no release is running"
            ) from error

    def save(self, state: State) -> None:
        """Keep `state`. Raises Fenced when another run has taken the release over."""
        if self._lost:
            raise Fenced(self._lost)
        if not self._token:
            self.acquire()
        self._write(STATES.dump_json(state).decode())

    def take_commands(self) -> Sequence[Command]:
        """Commands given since the last call, each once; none while the cluster does not answer: they wait there."""
        if self._lost:
            return ()
        try:
            return self._mailbox.take()
        except CanaryError:
            return ()

    def _beat(self, stop: threading.Event) -> None:
        while not stop.wait(self._duration.total_seconds() / BEATS):
            try:
                self.renew()
            except Fenced as fenced:
                self._lost = str(fenced)
                return
            except CanaryError:
                # a blackout changes nothing about who holds the Lease; the next beat tries again
                continue

    def _write(self, state: str | None) -> None:
        retry(lambda: self._attempt(state), Patience(), on=CONFLICTS)

    def _attempt(self, state: str | None) -> None:
        found = self._object()
        if self._written_token(found) > self._token:
            self._lost = (
                f"{self._written_by(found)} has taken over the release of {self._target.name}; this run stops here"
            )
            raise Fenced(self._lost)
        mine = {"holder": self._holder, "token": str(self._token)} | ({"state": state} if state is not None else {})
        if found is None:
            meta: JsonObject = {"name": self._name, "namespace": self._target.namespace, "labels": LABEL}
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": mine}
            self._cluster.create(object_path("v1", "configmaps", self._target.namespace), body)
        else:
            self._cluster.replace(self._path, {**found, "data": {**(found.get("data") or {}), **mine}})

    def _object(self) -> JsonObject | None:
        return self._cluster.get(self._path)

    @staticmethod
    def _written_token(found: JsonObject | None) -> int:
        text = ((found or {}).get("data") or {}).get("token", "0")
        return int(text) if str(text).isdecimal() else 0

    @staticmethod
    def _written_by(found: JsonObject | None) -> str:
        return str(((found or {}).get("data") or {}).get("holder") or "another run")

    @property
    def _name(self) -> str:
        return f"{self._target.name}-canary-journal"

    @property
    def _path(self) -> str:
        return object_path("v1", "configmaps", self._target.namespace, self._name)
