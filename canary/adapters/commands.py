"""Where a person puts a command for a running release, and where the run takes it: one key each in a ConfigMap.

Its own object, so that those who may command need no right to touch the journal. Adding a key is one atomic patch; a
run removes the keys it read before it obeys, so that a command is obeyed at most once.
"""

import secrets
import time
from collections.abc import Sequence

from canary.adapters.apipath import object_path
from canary.adapters.cluster import Cluster, JsonObject
from canary.adapters.errors import Absent
from canary.adapters.lease import LABEL, Lease, utc_now
from canary.adapters.retry import CONFLICTS, Patience, retry
from canary.core.spec import Target
from canary.core.state import Command
from canary.ports import Misconfigured


class Mailbox:
    """The commands for one release."""

    def __init__(self, cluster: Cluster, target: Target) -> None:
        self._cluster, self._namespace = cluster, target.namespace
        self._name = f"{target.name}-canary-commands"

    def put(self, command: Command) -> None:
        """Leave `command` for the run to take. Raises Unavailable, Misconfigured."""
        key = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        retry(lambda: self._add({key: command.value}), Patience(), on=CONFLICTS)

    def take(self) -> Sequence[Command]:
        """The commands put since the last call, in their order; what is no command is dropped."""
        found = self._cluster.get(self._path) or {}
        given: dict[str, str] = found.get("data") or {}
        if given:
            self._cluster.merge(self._path, {"data": dict.fromkeys(given)})
        known = set(Command)
        return tuple(Command(given[key]) for key in sorted(given) if given[key] in known)

    def _add(self, data: dict[str, str]) -> None:
        try:
            self._cluster.merge(self._path, {"data": data})
        except Absent:
            meta: JsonObject = {"name": self._name, "namespace": self._namespace, "labels": LABEL}
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}
            self._cluster.create(object_path("v1", "configmaps", self._namespace), body)

    @property
    def _path(self) -> str:
        return object_path("v1", "configmaps", self._namespace, self._name)


def post_command(cluster: Cluster, target: Target, command: Command) -> str:
    """Command the run of `target` that is going on now; who holds it.

    Raises Misconfigured when none is: a command must not lie in wait for the next one.
    """
    view = Lease(cluster, target.namespace, lease_name(target)).look()
    if not view.is_held(utc_now()):
        raise Misconfigured(
            f"no release of {target.name} is running in namespace {target.namespace} of the cluster at "
            f"{cluster.address}, so there is nobody to {command.value}; start one with `pulumi up`"
        )
    Mailbox(cluster, target).put(command)
    return view.holder


def lease_name(target: Target) -> str:
    """The name of the Lease of `target`'s release."""
    return f"{target.name}-canary"
