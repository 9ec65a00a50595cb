"""The board of a group in the cluster: one ConfigMap, replaced with the version that was read, so no two votes cross.

Also finds those who do not speak: a member whose primary has its revision already takes no part; one that never speaks,
or whose Lease ran out, has failed. A cluster that does not answer says nothing about anybody. One other member is
looked at in a turn, so that large groups do not load the API server. What the words mean is `canary.core.group`'s.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from pydantic import TypeAdapter, ValidationError

from canary.adapters.apipath import object_path
from canary.adapters.cluster import Cluster, JsonObject
from canary.adapters.commands import lease_name
from canary.adapters.kubeconfig import Connection
from canary.adapters.lease import DURATION, LABEL, Lease, utc_now
from canary.adapters.retry import CONFLICTS, Patience, retry
from canary.adapters.workload import KubernetesWorkload
from canary.core.group import Board, Charter, Company, Fate, Word, company
from canary.core.routing import Track
from canary.core.spec import Target
from canary.ports import Unavailable

BOARDS = TypeAdapter(Board)
BOARD = "-canary-group"
"""What the name of a board ends with, after that of its group."""
GRACE = DURATION  # how long a Lease may have run out before its holder counts as dead: a blackout stops renewals, too


@dataclass(frozen=True, slots=True)
class Seat:
    """One member: where it is, and which revision its primary is to get."""

    target: Target
    revision: str
    cluster: Cluster

    @property
    def name(self) -> str:
        """`frontend.prod`."""
        return f"{self.target.name}.{self.target.namespace}"


class Watch:
    """What the cluster tells of one other member, whether or not it speaks."""

    def __init__(self, seat: Seat, now: Callable[[], datetime]) -> None:
        self.seat, self._now = seat, now
        self._lease = Lease(seat.cluster, seat.target.namespace, lease_name(seat.target), now)
        self.is_idle = False
        self._missed_since: datetime | None = None
        self._expired_since: datetime | None = None

    def look(self, *, speaks: bool) -> None:
        """Look once. Raises Unavailable."""
        now = self._now()
        if speaks:
            self._expired_since = None if self._lease.look().is_held(now) else self._expired_since or now
            return
        primary = KubernetesWorkload(self.seat.cluster, self.seat.target).observe(Track.PRIMARY)
        self.is_idle = not primary.exists or primary.revision == self.seat.revision
        self._missed_since = None if self.is_idle else self._missed_since or now

    def forgive(self) -> None:
        """Begin to count anew: while the cluster does not answer, nobody can show that he is alive."""
        self._missed_since = self._expired_since = None

    def fault(self, charter: Charter, *, speaks: bool) -> str:
        """Why this member counts as failed, or an empty string."""
        now = self._now()
        if speaks:
            dead = self._expired_since is not None and now - self._expired_since >= GRACE
            return "its process is gone (its Lease ran out); look for its error in the output of this update" * dead
        if self._missed_since is None or now - self._missed_since < charter.begin_deadline:
            return ""
        return (
            f"it has not begun within {charter.begin_deadline}; look for its error in the output of this update, "
            f"and give `pulumi up` --parallel {len(charter.members)} or more: each waiting release takes one such place"
        )


class ClusterGroup:
    """`canary.ports.Group` over the API server, for the member at `seats[me]`.

    update: the same for all members of one update and no other. The board is in the first member's namespace.
    """

    def __init__(
        self, charter: Charter, seats: Sequence[Seat], me: int, update: str, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._charter, self._me, self._update = charter, seats[me].name, update
        self._cluster, self._namespace = seats[0].cluster, seats[0].target.namespace
        self._watches = [Watch(seat, now) for index, seat in enumerate(seats) if index != me]
        self._turns = cycle(self._watches)
        self._board = Board(update)
        self._joined = False

    def stand(self, word: Word, why: str = "") -> Company:
        """Speak, and hear how the others stand. Raises Unavailable when the board cannot be read or written now."""
        try:
            self._look_around()
            self._board = retry(lambda: self._speak(word, why), Patience(), on=CONFLICTS)
        except Unavailable:
            for watch in self._watches:
                watch.forgive()
            raise
        self._joined = True
        return company(self._charter, self._board, self._me, self._idle)

    def forget(self) -> None:
        """Remove the board: a member is being removed."""
        self._cluster.delete(self._path)

    def _look_around(self) -> None:
        if self._board.fate is Fate.OPEN and self._watches:
            watch = next(self._turns)
            watch.look(speaks=watch.seat.name in self._board.words)

    @property
    def _idle(self) -> frozenset[str]:
        return frozenset(watch.seat.name for watch in self._watches if watch.is_idle)

    def _speak(self, word: Word, why: str) -> Board:
        found = self._cluster.get(self._path)
        written = self._read(found)
        board = written.said(self._charter, self._me, word, why, self._idle)
        for watch in self._watches:
            if fault := watch.fault(self._charter, speaks=watch.seat.name in written.words):
                board = board.blaming(watch.seat.name, fault)
        if board != written or found is None:
            self._write(found, board)
        return board

    def _read(self, found: JsonObject | None) -> Board:
        """The board of this update. One of another, or on which this run is listed before it spoke, is an old one."""
        try:
            board = BOARDS.validate_json(((found or {}).get("data") or {}).get("board") or "{}")
        except ValidationError:
            return Board(self._update)
        old = board.update != self._update or (not self._joined and self._me in board.words)
        return Board(self._update) if old else board

    def _write(self, found: JsonObject | None, board: Board) -> None:
        data = {"board": BOARDS.dump_json(board).decode()}
        if found is None:
            meta: JsonObject = {"name": self._name, "namespace": self._namespace, "labels": LABEL}
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}
            self._cluster.create(object_path("v1", "configmaps", self._namespace), body)
        else:
            # with the resourceVersion that was read: of two who speak at once, the second reads again
            self._cluster.replace(self._path, {**found, "data": data})

    @property
    def _name(self) -> str:
        return f"{self._charter.name}{BOARD}"

    @property
    def _path(self) -> str:
        return object_path("v1", "configmaps", self._namespace, self._name)


def group_of(document: Mapping[str, Any], me: Target, engine: str) -> ClusterGroup:
    """The group that `canary.group` described in `document`, as `me` meets it. engine: the address of this update's."""
    listed = document["members"]
    seats = [_seat(member) for member in listed]
    charter = Charter(
        str(document["name"]),
        tuple(seat.name for seat in seats),
        bool(document["ordered"]),
        timedelta(seconds=float(document["deadline"])),
        timedelta(seconds=float(document["begin_deadline"])),
    )
    revisions = "\n".join(f"{seat.name} {seat.revision}" for seat in seats)
    update = f"{engine} {hashlib.sha256(revisions.encode()).hexdigest()[:10]}"
    return ClusterGroup(charter, seats, charter.members.index(f"{me.name}.{me.namespace}"), update)


def _seat(member: Mapping[str, Any]) -> Seat:
    target = Target(member["name"], member["namespace"], member["name"], 0, kind=member["kind"])
    return Seat(target, member["revision"], Cluster(Connection(**member["connection"])))
