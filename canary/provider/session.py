"""Where a release meets its adapters: from the inputs of a dynamic resource to a world the loop can run in."""

import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from canary.adapters.cluster import Cluster, Connection
from canary.adapters.journal import ClusterJournal
from canary.adapters.preflight import Problem, preflight
from canary.adapters.registry import metrics_for
from canary.adapters.transport import Transport
from canary.adapters.webhooks import Webhooks
from canary.adapters.workload import KubernetesWorkload
from canary.core.routing import Track
from canary.core.spec import ReleaseSpec
from canary.core.state import Command, Phase, State
from canary.ports import Misconfigured, World
from canary.provider.engine import INTERRUPTS, WARNING, EngineLog, listen
from canary.provider.report import EngineReporter
from canary.settings.codec import spec_from_json


class WallClock:
    """The real time; a wait ends early when the process is asked to stop."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)

    def wait(self, duration: timedelta) -> None:
        """Sleep, unless there is reason to wake."""
        INTERRUPTS.wait(duration.total_seconds())


@dataclass(frozen=True)
class ProcessControl:
    """Interrupts of this process, and what people say through the cluster."""

    journal: ClusterJournal

    def commands(self) -> Sequence[Command]:
        """Commands given since the last call."""
        return self.journal.take_commands()

    @property
    def interrupted(self) -> str:
        """Why this process must stop, or an empty string."""
        return INTERRUPTS.reason
