"""`python -m lab.mesh`: run the data plane inside the lab's network namespace until SIGTERM or SIGINT.

Makes the file named by LAB_READY_FILE, if there is such a variable, once it serves.
"""

from __future__ import annotations

import argparse
import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from lab.mesh.agent import Agent, MeshError, Settings
from lab.mesh.api import KubernetesApi
from lab.toolchain import tool


def main(argv: Sequence[str] | None = None) -> int:
    """Run until told to stop; 1 if it could not start."""
    options = _parse(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    _raise_file_limit()
    stop, changed = threading.Event(), threading.Event()

    def end(*_: object) -> None:
        stop.set()
        changed.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        settings = Settings(options.state, tool("envoy"), _ready_file())
        Agent(settings, KubernetesApi(options.kubeconfig), stop, changed).run()
    except (MeshError, ValueError) as error:
        print(f"lab {options.lab}: the data plane did not start: {error}", file=sys.stderr)
        return 1
    return 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.mesh", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True, help="reaches the API server from inside the lab")
    parser.add_argument("--state", type=Path, required=True, help="the lab's state directory")
    parser.add_argument("--lab", required=True, help="the lab's name, for messages")
    return parser.parse_args(argv)


def _ready_file() -> Path | None:
    name = os.environ.get("LAB_READY_FILE")
    return Path(name) if name else None


def _raise_file_limit() -> None:
    """Envoy inherits it: each request in flight holds two sockets."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
