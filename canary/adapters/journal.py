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
from canary.adapters.fence import Fence, Stamped
from canary.adapters.lease import DURATION, LABEL, Lease, LeaseView, utc_now
from canary.adapters.record import RECORD, Record, record_to_json
from canary.adapters.retry import CONFLICTS, Patience, retry
from canary.core.spec import Target
from canary.core.state import Command, State
from canary.ports import CanaryError, Fenced, Misconfigured

STATES = TypeAdapter(State)
JOURNAL = "-canary-journal"
"""What the name of a journal ends with, after that of its release."""
BEATS = 3  # renewals in one Lease duration: two may fail before anybody may think this run dead


class ClusterJournal:
    """`canary.ports.Journal` in the cluster, and the run's claim to the release. `holder` names this run to people.

    stamped: what bears the run's token from the moment on in which it takes the release over. record: what whoever has
    to revert the release needs to know of it; kept beside the state. fence: shared with whatever writes for this run.
    """

    def __init__(  # noqa: PLR0913 - the parts of a claim
        self,
        cluster: Cluster,
        target: Target,
        holder: str,
        duration: timedelta = DURATION,
        now: Callable[[], datetime] = utc_now,
        *,
        fence: Fence | None = None,
        stamped: Sequence[Stamped] = (),
        record: Record | None = None,
    ) -> None:
        self._cluster, self._target, self._holder, self._duration = cluster, target, holder, duration
        self._lease = Lease(cluster, target.namespace, lease_name(target), now)
        self._mailbox = Mailbox(cluster, target)
        self._fence, self._stamped, self._record = fence or Fence(), tuple(stamped), record
        self._fence.holder = holder
        self._lost = ""
        self._stop = threading.Event()
        self._needed: Callable[[], bool] = lambda: True

    @property
    def lost(self) -> str:
        """Why this run no longer holds the release, or an empty string; kept up to date inside `held`."""
        return self._lost

    def look(self) -> LeaseView:
        """Who holds the release."""
        return self._lease.look()

    def acquire(self, instead_of: int | None = None) -> None:
        """Take the release over from whoever holds it, and forget commands that were meant for them.

        instead_of: only from the holder with this token; raises Fenced when another has come since.
        """
        floor = max(self._written_token(self._object()), *(thing.token() for thing in self._stamped), 0)
        self._fence.token = self._lease.acquire(self._holder, floor, self._duration, instead_of)
        self._lost = ""
        self._write(None)
        for thing in self._stamped:
            thing.stamp()
        self._mailbox.take()

    def renew(self) -> None:
        """Say that this run is alive. Raises Fenced when another took over."""
        self._lease.renew(self._holder, self._fence.token, self._duration)

    def release(self) -> None:
        """Give the release back; the state stays."""
        self._lease.release(self._holder, self._fence.token)

    def forget(self) -> None:
        """Remove state and Lease: the release itself is being removed."""
        self._cluster.delete(self._path)
        self._lease.delete()

    @contextmanager
    def held(self, instead_of: int | None = None) -> Iterator[None]:
        """Hold the release while the block runs, renewed in the background; `lost` tells when another took over."""
        self.hold(instead_of)
        try:
            yield
        finally:
            self.let_go()

    def hold(self, instead_of: int | None = None) -> None:
        """Acquire, and renew in the background from now on, until `let_go` or the end of this process."""
        self.acquire(instead_of)
        self._stop = threading.Event()
        beat = threading.Thread(target=self._beat, args=(self._stop,), name=f"lease {self._target.name}", daemon=True)
        beat.start()

    def let_go(self) -> None:
        """Renew no more, and give the release back."""
        self._stop.set()
        with suppress(CanaryError):
            # it runs out by itself
            self.release()

    def keep_while(self, needed: Callable[[], bool]) -> None:
        """Go on holding the release, for the next of this process to take it over; give it back when not `needed`."""
        self._needed = needed

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
        if not self._fence.token:
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
            if not self._needed():
                return self.let_go()
            try:
                self.renew()
            except Fenced as fenced:
                self._lost = str(fenced)
                return None
            except CanaryError:
                # a blackout changes nothing about who holds the Lease; the next beat tries again
                continue
        return None

    def _write(self, state: str | None) -> None:
        retry(lambda: self._attempt(state), Patience(), on=CONFLICTS)

    def _attempt(self, state: str | None) -> None:
        found = self._object()
        if self._written_token(found) > self._fence.token:
            self._lost = (
                f"{self._written_by(found)} has taken over the release of {self._target.name}; this run stops here"
            )
            raise Fenced(self._lost)
        mine = {"holder": self._holder, "token": str(self._fence.token)}
        mine |= {"state": state} if state is not None else {}
        mine |= {RECORD: record_to_json(self._record)} if self._record else {}
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
        return f"{self._target.name}{JOURNAL}"

    @property
    def _path(self) -> str:
        return object_path("v1", "configmaps", self._target.namespace, self._name)
