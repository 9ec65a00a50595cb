"""The right to write, carried on what is written, so that an older holder's write cannot land after a newer took over.

A Lease alone cannot promise that: a run that was suspended between looking at its Lease and writing would write late.
So whoever takes a release over stamps its token on the objects that it steers, and every write is bound to the
version of the object in which no greater token was seen. Knows nothing of what is written.
"""

from typing import Protocol

from canary.adapters.cluster import Cluster, JsonObject
from canary.adapters.errors import Absent
from canary.adapters.retry import CONFLICTS, Patience, retry
from canary.ports import Fenced

TOKEN = "canary.pulumi.io/fencing-token"  # noqa: S105 - a number, and no secret
HOLDER = "canary.pulumi.io/fencing-holder"


class Stamped(Protocol):
    """An object that bears the token of who may write it."""

    def token(self) -> int:
        """The greatest token it ever bore; 0 when it bears none or does not exist."""

    def stamp(self) -> None:
        """Put our token on it, if it exists. Raises Fenced when it bears a greater one."""


class Fence:
    """What one run may write. `token` is 0 until the run has the Lease, and then binds nothing."""

    def __init__(self, holder: str = "", token: int = 0) -> None:
        self.holder, self.token = holder, token

    def admit(self, found: JsonObject) -> None:
        """Raise Fenced when `found` bears a greater token than ours."""
        if 0 < self.token < token_of(found):
            meta = found["metadata"]
            by = (meta.get("annotations") or {}).get(HOLDER) or "another run"
            raise Fenced(f"{by} has taken over {found.get('kind', 'the object')} {meta['name']}; this run stops here")

    def bound(self, found: JsonObject) -> JsonObject:
        """The metadata of a write that holds only for the version that was `found`, and leaves our token there."""
        self.admit(found)
        version: JsonObject = {"resourceVersion": found["metadata"]["resourceVersion"]}
        return {**version, "annotations": self.marks} if self.token else version

    @property
    def marks(self) -> dict[str, str]:
        """The annotations that say whose it is."""
        return {TOKEN: str(self.token), HOLDER: self.holder}

    def stamp(self, cluster: Cluster, path: str, patience: Patience | None = None) -> None:
        """Put our token on the object at `path`, if there is one; every write that was based on its past then fails."""
        retry(lambda: self._attempt(cluster, path), patience or Patience(), on=CONFLICTS)

    def _attempt(self, cluster: Cluster, path: str) -> None:
        found = cluster.get(path)
        if found is None or token_of(found) == self.token:
            return
        try:
            cluster.merge(path, {"metadata": self.bound(found)})
        except Absent:
            return


def token_of(found: JsonObject | None) -> int:
    """The token that an object bears, 0 for none."""
    text = str((((found or {}).get("metadata") or {}).get("annotations") or {}).get(TOKEN, "0"))
    return int(text) if text.isdecimal() else 0
