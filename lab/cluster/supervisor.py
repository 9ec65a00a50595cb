"""Runs all units of a lab side by side, each when those it needs are ready, and answers the lab's control socket.

It refuses to know what the units are; `plan` says that.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from typing import Any

from lab.cluster import bootstrap, control
from lab.cluster.access import Credentials, Tokens, write_private
from lab.cluster.errors import LabError
from lab.cluster.keeper import Keeper, State
from lab.cluster.paths import LabPaths
from lab.cluster.plan import Listeners, Plan


class Supervisor:
    """The keepers of one lab."""

    def __init__(self, paths: LabPaths, plan: Plan) -> None:
        self._keepers = {unit.name: Keeper(unit, paths.log(unit.name)) for unit in plan.units()}
        self._paths = paths
        self._began = time.monotonic()
        self._ready_after_s: float | None = None

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT."""
        leave = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, leave.set)
        server = await control.serve(self._paths.run, self._answer)
        tasks = [asyncio.create_task(self._keep(keeper)) for keeper in self._keepers.values()]
        watch = asyncio.create_task(self._note_readiness())
        await leave.wait()
        server.close()
        await asyncio.gather(*(keeper.stop() for keeper in self._keepers.values()))
        for task in (*tasks, watch):
            task.cancel()

    async def _keep(self, keeper: Keeper) -> None:
        for name in keeper.unit.after:
            if name in self._keepers:
                await self._keepers[name].became_ready.wait()
        await keeper.run()

    async def _note_readiness(self) -> None:
        for keeper in self._keepers.values():
            await keeper.became_ready.wait()
        self._ready_after_s = time.monotonic() - self._began

    async def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        action = request["do"]
        if action == "status":
            return self._status()
        keeper = self._find(request["unit"])
        match action:
            case "kill":
                sent = keeper.send(signal.Signals(request["signal"]))
                return {"sent": sent}
            case "stop":
                await keeper.stop()
            case "start":
                keeper.start()
            case "restart":
                await keeper.stop()
                keeper.start()
            case _:
                raise LabError(f"the supervisor does not know how to {action!r}")
        return {"done": action}

    def _find(self, name: str) -> Keeper:
        keeper = self._keepers.get(name)
        if keeper is None or keeper.unit.argv is None:
            known = ", ".join(k.unit.name for k in self._keepers.values() if k.unit.argv)
            raise LabError(f"there is no component {name!r} in this lab; there are: {known}")
        return keeper

    def _status(self) -> dict[str, Any]:
        units = [keeper.report() for keeper in self._keepers.values()]
        ready = all(unit["state"] == State.READY for unit in units)
        return {"ready": ready, "ready_after_s": self._ready_after_s, "units": units}


def main(paths: LabPaths, listeners: Listeners, api_port: int, without: frozenset[str]) -> int:
    """Run the lab; returns the exit code."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        for spelling in (name, name.upper()):
            os.environ.pop(spelling, None)  # nothing inside may look for a proxy of the host
    tokens = Tokens.fresh()
    write_private(paths.pki / "tokens.csv", tokens.csv())
    try:
        bootstrap.render(paths, without)
        plan = Plan(paths, tokens, Credentials(paths, tokens, api_port), listeners, without)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(Supervisor(paths, plan).run())
    except Exception as error:  # noqa: BLE001 - the last line of this process's log, and the launcher's user reads it
        print(f"the supervisor of lab {paths.name} gave up: {error!r}", file=sys.stderr)
        return 1
    return 0
