"""`guard`: runs in the cluster and brings users home when a release's run is gone and its Lease has run out.

Meant for a Deployment (see docs/guard.md, and `canary.Guard`), with the pod's service account; works from anywhere with
a kubeconfig, too. Ends in good order on SIGTERM: a revert that has begun is finished first.
"""

import argparse
import logging
import signal
import sys
import threading
from types import FrameType

from canary.adapters.cluster import Cluster
from canary.adapters.kubeconfig import Connection
from canary.rescue.guard import POLL, Guard
from canary.rescue.health import Health

HELP = "watch over releases: bring users home when a run is gone (in the cluster)"
LETTERS = {logging.INFO: "I", logging.WARNING: "W", logging.ERROR: "E"}


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", epilog: str) -> None:
    """The parser of `guard`."""
    parser = commands.add_parser("guard", help=HELP, description=__doc__, epilog=epilog)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("-n", "--namespace", default="", help="watch this namespace")
    where.add_argument("--all-namespaces", action="store_true", help="watch every namespace")
    parser.add_argument("--once", action="store_true", help="end when every release has been judged")
    parser.add_argument("--health-port", type=int, default=0, metavar="PORT", help="serve /healthz and /readyz there")
    parser.add_argument("--kubeconfig", default="", metavar="FILE", help="default: as kubectl, else the pod's account")
    parser.add_argument("--context", default="", help="default: the kubeconfig's current one")
    parser.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> None:
    log_as_kubernetes()
    stop, health = threading.Event(), Health()
    if threading.current_thread() is threading.main_thread():
        _stop_on_sigterm(stop)
    if given.health_port:
        health.serve(given.health_port)
    guard = Guard(Cluster(Connection(given.kubeconfig, given.context)), given.namespace, healthy=health.answered)
    logging.getLogger("canary.guard").info("guarding %s", f"namespace {given.namespace}" if given.namespace else "all")
    while not stop.is_set():
        judged = guard.look()
        health.turned()
        if given.once and judged:
            return
        stop.wait(POLL.total_seconds())


def _stop_on_sigterm(stop: threading.Event) -> None:
    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, handle)


class KubernetesForm(logging.Formatter):
    """`I1123 23:59:59.123456       1 guard.py:42] message`, as Kubernetes' own programs write."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        letter = LETTERS.get(record.levelno, "I")
        stamp = f"{self.formatTime(record, '%m%d %H:%M:%S')}.{int(record.msecs * 1000):06d}"
        text = " ".join(record.getMessage().split())
        return f"{letter}{stamp} {record.process:>7} {record.filename}:{record.lineno}] {text}"


def log_as_kubernetes() -> None:
    """The guard's lines go to stderr, in Kubernetes' form."""
    log = logging.getLogger("canary.guard")
    if not log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(KubernetesForm())
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False
