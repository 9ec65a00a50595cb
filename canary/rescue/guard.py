"""The guard: when nothing of a run survives, it sends the run's users home, by the same code as `canary revert`.

Looks at all releases every few seconds. One whose Lease has run out, whose run was not over and whose traffic is not at
the primary is reverted, if the primary can take it; else the guard holds, says so once, and looks again. It takes the
Lease only from the holder that it saw die: neither a live run nor another guard is ever interrupted.
"""

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from canary.adapters.cluster import Cluster
from canary.core.orphan import Finding, Orphan, Verdict, is_over
from canary.core.routing import Track
from canary.ports import CanaryError, Fenced
from canary.rescue.found import Found, releases
from canary.rescue.revert import Revert, revert_of
from canary.rescue.sightings import Sightings

LOG = logging.getLogger("canary.guard")
POLL = timedelta(seconds=2)


@dataclass
class Guard:
    """Watches `namespace`, or every one when it is empty. `healthy` hears of every pass that the cluster answered."""

    cluster: Cluster
    namespace: str = ""
    sightings: Sightings = field(default_factory=Sightings)
    healthy: Callable[[], None] = lambda: None
    _said: dict[str, str] = field(default_factory=dict)

    def look(self) -> bool:
        """One pass over all releases; whether every one of them could be judged. Never raises for one of them."""
        try:
            found = releases(self.cluster, self.namespace)
        except CanaryError as error:
            self._say("", logging.ERROR, f"cannot list releases: {error}")
            return False
        self._said.pop("", None)
        self.healthy()
        self.sightings.keep_only({release.key for release in found})
        judged = {self._tend(release) for release in found}  # each of them, whatever becomes of the others
        return False not in judged

    def _tend(self, release: Found) -> bool:
        """Whether there is nothing left to wait for."""
        abandoned = self.sightings.is_abandoned(release.key, release.lease)
        if release.state is None or is_over(release.state):
            self._said.pop(release.key, None)
            return True
        if not abandoned:
            self._say(release.key, logging.INFO, f"{release.key}: at work: {release.lease.holder}")
            return self.sightings.is_alive(release.key)
        try:
            return self._rescue(release)
        except Fenced as fenced:
            self._say(release.key, logging.INFO, f"{release.key}: left alone: {fenced}")
        except CanaryError as error:
            self._say(release.key, logging.ERROR, f"{release.key}: not reverted: {error}")
        return False

    def _rescue(self, release: Found) -> bool:
        revert = revert_of(self.cluster, release.record, f"canary guard on {socket.gethostname()}", self._tell)
        finding = self._judge(release, revert)
        if finding.verdict is Verdict.LEAVE:
            return True
        who = release.lease.holder or "nobody"
        if finding.verdict is Verdict.HOLD:
            self._say(release.key, logging.WARNING, f"{release.key}: holding: {finding.why}")
            return True
        why = f"reverted by the guard: {finding.why}; the Lease of {who} ran out"
        self._say(release.key, logging.WARNING, f"{release.key}: rolling back: {finding.why}; its Lease was of {who}")
        revert.run(release.record.retreat.drain, why, instead_of=release.lease.token)
        LOG.info("%s: all users are at the primary", release.key)
        return True

    def _judge(self, release: Found, revert: Revert) -> Finding:
        assert release.state is not None  # noqa: S101 - `_tend` has seen to it
        return Orphan(
            state=release.state,
            routing=revert.router.read(),
            primary=revert.workload.observe(Track.PRIMARY),
            canary=revert.workload.observe(Track.CANARY),
            percent=release.record.primary_ready_percent,
            waited=self.sightings.age(release.key, release.lease) - release.lease.duration,
            patience=release.record.retreat.primary_wait,
        ).judge()

    def _say(self, key: str, level: int, line: str) -> None:
        """A line that is new; the same one is not said at every pass."""
        if self._said.get(key) != line:
            self._said[key] = line
            LOG.log(level, line)

    @staticmethod
    def _tell(line: str) -> None:
        LOG.info(line)
