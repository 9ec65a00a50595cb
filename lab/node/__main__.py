"""``python -m lab.node --kubeconfig INSIDE --state DIR --lab NAME``: run the node agent until a signal ends it.

It must already be inside the lab's namespaces, as root of them. It handles no signal: there is nothing to tidy, because
the kernel ends the processes of all pods with the agent, and the next agent finds what it needs in the cluster.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from lab.node.agent import Agent
from lab.node.api import Access, Api
from lab.node.events import Recorder
from lab.node.host import Host
from lab.node.kubelet import Kubelet

NODE_NAME = "lab"


def main(arguments: Sequence[str] | None = None) -> int:
    """Never returns but for unusable arguments, with 2."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        access = Access.from_kubeconfig(options.kubeconfig)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _watch_children_without_threads()
    asyncio.run(_run(access, options.state))
    return 0


async def _run(access: Access, state: Path) -> None:
    folder = state / "node"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    api = Api(access, folder)
    # Probes ask whatever certificate a pod shows, and never reuse a connection, so that each is a real question.
    http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False, force_close=True))
    agent = Agent(Host(NODE_NAME, api, Recorder(api, "kubelet", NODE_NAME), http, folder))
    async with asyncio.TaskGroup() as group:
        group.create_task(Kubelet(agent, state).run())
        group.create_task(agent.run())


def _watch_children_without_threads() -> None:
    # Python before 3.12 starts one thread for each child unless told to use process descriptors.
    if sys.version_info < (3, 12):
        asyncio.set_child_watcher(asyncio.PidfdChildWatcher())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab.node", description="Run the pods of a lab as processes.")
    parser.add_argument("--kubeconfig", type=Path, required=True, help="credentials that work in the lab's network")
    parser.add_argument("--state", type=Path, required=True, help="the lab's state directory")
    parser.add_argument("--lab", default="default", help="the lab's name, for messages")
    return parser


if __name__ == "__main__":
    sys.exit(main())
