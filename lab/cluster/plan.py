"""The units of a lab: which programs it consists of, what waits for what, and how each is known to be ready.

It refuses to know how a unit is kept running.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.cluster import network, programs
from lab.cluster.access import ADMIN, CONTROLLERS, DNS, Credentials, Tokens
from lab.cluster.paths import LabPaths
from lab.cluster.relay import Route
from lab.cluster.unit import ApiReader, Probe, Unit, has_ready_node, is_available, tcp_answers

OPTIONAL = ("node", "mesh")
"""Units that `up --without` may leave out; whoever develops one of them runs it by hand."""
_PODS = {"prometheus": "linkerd-viz", "load-tester": "prod"}
"""The Deployments that belong to a ready lab, and their namespaces."""


@dataclass(frozen=True)
class Listeners:
    """The host's listening sockets, by number: they are inherited by the relay."""

    api: int
    prometheus: int


@dataclass(frozen=True)
class Plan:
    """Builds the units of one lab, less those in `without` and what cannot be ready without them."""

    paths: LabPaths
    tokens: Tokens
    credentials: Credentials
    listeners: Listeners
    without: frozenset[str] = frozenset()

    def units(self) -> list[Unit]:
        """All units, in the order of `status`."""
        control_plane = [self._etcd(), self._apiserver(), self._credentials(), self._relay(), self._controllers()]
        agents = [self._node(), self._mesh()]
        everything = [*control_plane, self._bootstrap(), self._coredns(), *agents, *self._pods()]
        missing = {*self.without, *_PODS} if self.without else set()
        return [unit for unit in everything if unit.name not in missing]

    def _etcd(self) -> Unit:
        return Unit("etcd", programs.etcd(self.paths), ApiReader(programs.ETCD).answers("/health"))

    def _apiserver(self) -> Unit:
        return Unit("apiserver", programs.apiserver(self.paths), self._api().answers("/readyz"), ("etcd",))

    def _credentials(self) -> Unit:
        return Unit("credentials", None, self.credentials.write, ("apiserver",))

    def _controllers(self) -> Unit:
        command = programs.controller_manager(self.paths, self.credentials.of(CONTROLLERS))
        ready = tcp_answers("127.0.0.1", programs.CONTROLLERS_PORT)
        return Unit("controller-manager", command, ready, ("credentials",))

    def _relay(self) -> Unit:
        api = ("127.0.0.1", network.API_PORT)
        routes = (
            Route(str(self.listeners.api), *api),
            Route(f"{network.API_SERVICE_IP}:443", *api),
            Route(f"{network.NODE_IP}:{network.API_PORT}", *api),
            Route(str(self.listeners.prometheus), network.PROMETHEUS_IP, network.PROMETHEUS_PORT),
        )
        command = (sys.executable, "-m", "lab.cluster.relay", *map(str, routes))
        inherited = (self.listeners.api, self.listeners.prometheus)
        return Unit("relay", command, tcp_answers(network.API_SERVICE_IP, 443), descriptors=inherited)

    def _bootstrap(self) -> Unit:
        return Unit("bootstrap", programs.apply_manifests(self.paths), None, ("credentials",))

    def _coredns(self) -> Unit:
        command = programs.coredns(self.paths, self.credentials.of(DNS))
        return Unit("coredns", command, ApiReader(f"http://{programs.DNS_HEALTH}").answers("/ready"), ("bootstrap",))

    def _node(self) -> Unit:
        return self._agent("node", self._sees("/api/v1/nodes", has_ready_node))

    def _mesh(self) -> Unit:
        return self._agent("mesh", self.paths.ready("mesh").exists)

    def _agent(self, name: str, ready: Probe) -> Unit:
        file = self.paths.ready(name)
        environment = {"LAB_READY_FILE": str(file)}
        return Unit(name, programs.agent(self.paths, name), ready, ("credentials",), environment, stale=file)

    def _pods(self) -> list[Unit]:
        address = "/apis/apps/v1/namespaces/{}/deployments/{}"
        return [
            Unit(name, None, self._sees(address.format(namespace, name), is_available), ("bootstrap",))
            for name, namespace in _PODS.items()
        ]

    def _api(self) -> ApiReader:
        address = f"https://127.0.0.1:{network.API_PORT}"
        return ApiReader(address, self.paths.pki / "apiserver.crt", self.tokens.by_user[ADMIN])

    def _sees(self, path: str, condition: Callable[[Any], bool]) -> Probe:
        return self._api().shows(path, condition)
