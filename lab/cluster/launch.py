"""The step from the host into a lab: opens the host's listeners, enters new namespaces, leaves an init process there.

Process 1 of the lab only reaps, forwards SIGTERM, and ends when the supervisor ends; the kernel then kills whatever is
left inside. This module refuses to know what the supervisor runs.

Run as `python -m lab.cluster.launch NAME [WITHOUT,...]`; prints "inside" on stdout once the namespaces stand.
"""

import json
import os
import signal
import socket
import sys
from pathlib import Path

from lab.cluster import namespaces, netlink, network
from lab.cluster.errors import LabError
from lab.cluster.paths import LabPaths
from lab.cluster.plan import Listeners
from lab.cluster.record import Record
from lab.cluster.relay import BACKLOG
from lab.cluster.supervisor import main as supervise

INSIDE = "inside"


def listen_on_host(wanted: int) -> socket.socket:
    """Listen on 127.0.0.1, on the wanted port if it is free, else on any."""
    for port in (wanted, 0):
        try:
            return socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        except OSError:
            continue
    raise LabError("no free port on 127.0.0.1 for the lab's relay")


def _open_listeners(paths: LabPaths) -> tuple[Listeners, dict[str, int]]:
    before = read_ports(paths)
    sockets = {name: listen_on_host(before.get(name, 0)) for name in ("api", "prometheus")}
    ports = {name: int(sock.getsockname()[1]) for name, sock in sockets.items()}
    paths.ports.write_text(json.dumps(ports))
    return Listeners(**{name: sock.detach() for name, sock in sockets.items()}), ports


def read_ports(paths: LabPaths) -> dict[str, int]:
    """The host ports of the lab's last start, by name (`api`, `prometheus`); empty before the first."""
    try:
        return {str(name): int(port) for name, port in json.loads(paths.ports.read_text()).items()}
    except (OSError, ValueError):
        return {}


def _settle_in(paths: LabPaths) -> None:
    """Make the new namespaces habitable."""
    resolver = paths.config / "resolv.conf"
    resolver.write_text(network.resolver())
    switch = paths.config / "nsswitch.conf"
    switch.write_text("passwd: files\ngroup: files\nhosts: files dns\n")
    namespaces.own_mounts({"/etc/resolv.conf": resolver, "/etc/nsswitch.conf": switch})
    netlink.loopback_up()
    for cidr in network.LOCAL_CIDRS:
        netlink.add_local_network(cidr)


def _redirect(log: Path) -> None:
    """Point stdin at nothing, stdout and stderr at the log; the caller's pipes close."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, 0)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)


def _init(paths: LabPaths, listeners: Listeners, ports: dict[str, int], without: frozenset[str]) -> int:
    """Be process 1: start the supervisor, reap everybody, end with the supervisor."""
    _settle_in(paths)
    print(INSIDE, flush=True)
    _redirect(paths.log("supervisor"))
    supervisor = os.fork()
    if supervisor == 0:
        os._exit(supervise(paths, listeners, ports["api"], without))
    signal.signal(signal.SIGTERM, lambda number, _: os.kill(supervisor, number))
    while True:
        reaped, status = os.wait()
        if reaped == supervisor:
            return os.waitstatus_to_exitcode(status)


def main(arguments: list[str]) -> None:
    """Entry point of the process."""
    paths = LabPaths(arguments[0])
    without = frozenset(filter(None, "".join(arguments[1:]).split(",")))
    listeners, ports = _open_listeners(paths)
    namespaces.isolate()
    child = os.fork()
    if child:
        Record.of(child).write(paths.record)
        return
    os._exit(_guarded_init(paths, listeners, ports, without))


def _guarded_init(paths: LabPaths, listeners: Listeners, ports: dict[str, int], without: frozenset[str]) -> int:
    try:
        return abs(_init(paths, listeners, ports, without))
    except (LabError, OSError) as error:
        print(error, file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except LabError as error:
        sys.exit(str(error))
