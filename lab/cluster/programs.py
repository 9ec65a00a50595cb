"""The command lines of the control plane's programs, all inside one network namespace.

The settings trade durability for a fast start: a lab is thrown away, so etcd does not sync its files to disk. This
module refuses to know when a program is started and what it waits for.
"""

import sys
from pathlib import Path

from lab.cluster import network
from lab.cluster.bootstrap import manifest_folder
from lab.cluster.paths import LabPaths
from lab.toolchain import tool

ETCD = "http://127.0.0.1:2379"
_ETCD_PEER = "http://127.0.0.1:2380"
DNS_HEALTH = "127.0.0.1:8181"
CONTROLLERS_PORT = 10257

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

Command = tuple[str, ...]


def _command(program: str, flags: dict[str, str | Path | int]) -> Command:
    return (str(tool(program)), *(f"--{name}={value}" for name, value in flags.items()))


def etcd(paths: LabPaths) -> Command:
    """A single member that keeps its data in the lab's folder."""
    return _command(
        "etcd",
        {
            "name": "lab",
            "data-dir": paths.etcd,
            "unsafe-no-fsync": "true",
            "log-level": "warn",
            "listen-client-urls": ETCD,
            "advertise-client-urls": ETCD,
            "listen-peer-urls": _ETCD_PEER,
            "initial-advertise-peer-urls": _ETCD_PEER,
            "initial-cluster": f"lab={_ETCD_PEER}",
        },
    )


def apiserver(paths: LabPaths) -> Command:
    """The API server; it makes its own certificate, whose key signs service account tokens, too."""
    key = paths.pki / "apiserver.key"
    return _command(
        "kube-apiserver",
        {
            "etcd-servers": ETCD,
            "bind-address": "127.0.0.1",
            "secure-port": network.API_PORT,
            "advertise-address": network.NODE_IP,
            "service-cluster-ip-range": network.SERVICE_CIDR,
            "cert-dir": paths.pki,
            "token-auth-file": paths.pki / "tokens.csv",
            "authorization-mode": "RBAC",
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-key-file": key,
            "service-account-signing-key-file": key,
            "allow-privileged": "true",
            "profiling": "false",
            "kubelet-preferred-address-types": "InternalIP",
        },
    )


def controller_manager(paths: LabPaths, kubeconfig: Path) -> Command:
    """All default controllers, without waiting for a leader's lease."""
    return _command(
        "kube-controller-manager",
        {
            "kubeconfig": kubeconfig,
            "authentication-kubeconfig": kubeconfig,
            "authorization-kubeconfig": kubeconfig,
            "bind-address": "127.0.0.1",
            "secure-port": CONTROLLERS_PORT,
            "leader-elect": "false",
            "profiling": "false",
            "service-account-private-key-file": paths.pki / "apiserver.key",
            "use-service-account-credentials": "true",
            "root-ca-file": paths.pki / "ca.crt",
            "cert-dir": paths.pki / "controller-manager",
            "kube-api-qps": 200,
            "kube-api-burst": 400,
        },
    )


def coredns(paths: LabPaths, kubeconfig: Path) -> Command:
    """CoreDNS on the cluster's DNS address; writes its configuration."""
    corefile = paths.config / "Corefile"
    values = {"ip": network.DNS_IP, "health": DNS_HEALTH, "domain": network.CLUSTER_DOMAIN, "kubeconfig": kubeconfig}
    corefile.write_text(_COREFILE.format(**values))
    return (str(tool("coredns")), "-conf", str(corefile))


def apply_manifests(paths: LabPaths) -> Command:
    """Server-side apply of the rendered manifests; may be repeated."""
    flags = ("apply", "--server-side", "--force-conflicts", "--field-manager=lab", "--filename")
    kubeconfig = ("--kubeconfig", str(paths.inside_kubeconfig))
    return (str(tool("kubectl")), *kubeconfig, *flags, str(manifest_folder(paths)))


def agent(paths: LabPaths, name: str) -> Command:
    """A module of the lab that runs inside: `node` or `mesh`."""
    known = ("--kubeconfig", str(paths.inside_kubeconfig), "--state", str(paths.root), "--lab", paths.name)
    return (sys.executable, "-m", f"lab.{name}", *known)
