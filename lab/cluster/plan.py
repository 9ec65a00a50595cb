"""The units of a lab: the command line of every control plane component, and what waits for what.

It refuses to know how a unit is kept running. The settings trade durability for a fast start: a lab is thrown away, so
etcd does not sync its files to disk.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from lab.cluster import network
from lab.cluster.access import ADMIN, CONTROLLERS, DNS, Credentials, Tokens
from lab.cluster.bootstrap import manifest_folder
from lab.cluster.paths import LabPaths
from lab.cluster.relay import Route
from lab.cluster.unit import ApiReader, Unit, file_exists, has_ready_node, is_available, tcp_answers
from lab.toolchain import tool

_ETCD = "http://127.0.0.1:2379"
_ETCD_PEER = "http://127.0.0.1:2380"
_DNS_HEALTH = "127.0.0.1:8181"
_APPS = "/apis/apps/v1/namespaces"
OPTIONAL = ("node", "mesh")
"""Units that `up --without` may leave out; whoever develops one of them runs it by hand."""


@dataclass(frozen=True)
class Listeners:
    """The host's listening sockets, by number: they are inherited by the relay."""

    api: int
    prometheus: int


@dataclass(frozen=True)
class Plan:
    """Builds the units of one lab."""

    paths: LabPaths
    tokens: Tokens
    credentials: Credentials
    listeners: Listeners
    without: frozenset[str] = frozenset()

    def units(self) -> list[Unit]:
        """All units, in the order of `status`."""
        everything = [
            self._etcd(), self._apiserver(), self._credentials(), self._relay(), self._controllers(), self._bootstrap(),
            self._coredns(), self._agent("node", self._sees("/api/v1/nodes", has_ready_node)),
            self._agent("mesh", file_exists(self.paths.ready("mesh"))),
            self._deployment("prometheus", "linkerd-viz"), self._deployment("load-tester", "prod"),
        ]
        missing = set(self.without)
        if missing:
            missing |= {"prometheus", "load-tester"}
        return [unit for unit in everything if unit.name not in missing]

    def _etcd(self) -> Unit:
        flags = {
            "name": "lab", "data-dir": str(self.paths.etcd), "unsafe-no-fsync": "true", "log-level": "warn",
            "listen-client-urls": _ETCD, "advertise-client-urls": _ETCD, "listen-peer-urls": _ETCD_PEER,
            "initial-advertise-peer-urls": _ETCD_PEER, "initial-cluster": f"lab={_ETCD_PEER}",
        }
        return Unit("etcd", _command(tool("etcd"), flags), ApiReader(_ETCD).answers("/health"))

    def _apiserver(self) -> Unit:
        write_tokens = self.paths.pki / "tokens.csv"
        key = str(self.paths.pki / "apiserver.key")
        flags = {
            "etcd-servers": _ETCD, "bind-address": "127.0.0.1", "secure-port": str(network.API_PORT),
            "advertise-address": network.NODE_IP, "service-cluster-ip-range": network.SERVICE_CIDR,
            "cert-dir": str(self.paths.pki), "token-auth-file": str(write_tokens), "authorization-mode": "RBAC",
            "service-account-issuer": "https://kubernetes.default.svc", "service-account-key-file": key,
            "service-account-signing-key-file": key, "allow-privileged": "true", "profiling": "false",
            "kubelet-preferred-address-types": "InternalIP",
        }
        return Unit("apiserver", _command(tool("kube-apiserver"), flags), self._api().answers("/readyz"), ("etcd",))

    def _credentials(self) -> Unit:
        return Unit("credentials", None, self.credentials.write, ("apiserver",))

    def _controllers(self) -> Unit:
        kubeconfig = str(self.credentials.of(CONTROLLERS))
        flags = {
            "kubeconfig": kubeconfig, "authentication-kubeconfig": kubeconfig, "authorization-kubeconfig": kubeconfig,
            "bind-address": "127.0.0.1", "leader-elect": "false", "profiling": "false",
            "service-account-private-key-file": str(self.paths.pki / "apiserver.key"),
            "root-ca-file": str(self.paths.pki / "ca.crt"), "cert-dir": str(self.paths.pki / "controller-manager"),
            "kube-api-qps": "200", "kube-api-burst": "400",
        }
        command = _command(tool("kube-controller-manager"), flags)
        return Unit("controller-manager", command, tcp_answers("127.0.0.1", 10257), ("credentials",))

    def _relay(self) -> Unit:
        inside = ("127.0.0.1", network.API_PORT)
        routes = (
            Route(str(self.listeners.api), *inside),
            Route(f"{network.API_SERVICE_IP}:443", *inside),
            Route(f"{network.NODE_IP}:{network.API_PORT}", *inside),
            Route(str(self.listeners.prometheus), network.PROMETHEUS_IP, network.PROMETHEUS_PORT),
        )
        command = (sys.executable, "-m", "lab.cluster.relay", *(str(route) for route in routes))
        inherited = (self.listeners.api, self.listeners.prometheus)
        return Unit("relay", command, tcp_answers(network.API_SERVICE_IP, 443), (), descriptors=inherited)

    def _bootstrap(self) -> Unit:
        flags = ("apply", "--server-side", "--force-conflicts", "--field-manager=lab", "--filename")
        command = (str(tool("kubectl")), "--kubeconfig", str(self.paths.inside_kubeconfig), *flags)
        return Unit("bootstrap", (*command, str(manifest_folder(self.paths))), None, ("credentials",))

    def _coredns(self) -> Unit:
        corefile = self.paths.config / "Corefile"
        corefile.write_text(_COREFILE.format(
            ip=network.DNS_IP, health=_DNS_HEALTH, domain=network.CLUSTER_DOMAIN, kubeconfig=self.credentials.of(DNS)
        ))
        command = (str(tool("coredns")), "-conf", str(corefile))
        return Unit("coredns", command, ApiReader(f"http://{_DNS_HEALTH}").answers("/ready"), ("bootstrap",))

    def _agent(self, name: str, ready: object) -> Unit:
        command = (
            sys.executable, "-m", f"lab.{name}", "--kubeconfig", str(self.paths.inside_kubeconfig),
            "--state", str(self.paths.root), "--lab", self.paths.name,
        )
        assert callable(ready)
        environment = {"LAB_READY_FILE": str(self.paths.ready(name))}
        return Unit(name, command, ready, ("credentials",), environment)

    def _deployment(self, name: str, namespace: str) -> Unit:
        return Unit(name, None, self._sees(f"{_APPS}/{namespace}/deployments/{name}", is_available), ("bootstrap",))

    def _api(self) -> ApiReader:
        address = f"https://127.0.0.1:{network.API_PORT}"
        return ApiReader(address, self.paths.pki / "apiserver.crt", self.tokens.by_user[ADMIN])

    def _sees(self, path: str, condition: object) -> object:
        assert callable(condition)
        return self._api().shows(path, condition)


def _command(program: Path, flags: dict[str, str]) -> tuple[str, ...]:
    return (str(program), *(f"--{name}={value}" for name, value in flags.items()))


_COREFILE = """.:53 {{
    bind {ip}
    errors
    ready {health}
    kubernetes {domain} in-addr.arpa ip6.arpa {{
        kubeconfig {kubeconfig}
        pods insecure
        ttl 1
    }}
    cache 1
}}
"""
