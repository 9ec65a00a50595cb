"""Who may enter the cluster: a token for each user of the lab, and the kubeconfigs that carry them.

The API server makes its own certificate at its first start; everything here trusts that one and nothing else.
"""

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import yaml

from lab.cluster import network
from lab.cluster.paths import LabPaths

ADMIN, CONTROLLERS, DNS = "lab-admin", "system:kube-controller-manager", "lab-coredns"
_GROUPS = {ADMIN: "system:masters", CONTROLLERS: "", DNS: ""}
_PEM_BEGIN = "-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True)
class Tokens:
    """The bearer token of each user."""

    by_user: dict[str, str]

    @classmethod
    def fresh(cls) -> "Tokens":
        """New random tokens."""
        return cls({user: secrets.token_hex(16) for user in _GROUPS})

    def csv(self) -> str:
        """The API server's `--token-auth-file`."""
        return "".join(f'{token},{user},{user},"{_GROUPS[user]}"\n' for user, token in self.by_user.items())


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read, at once or not at all."""
    draft = path.with_name(path.name + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def authority(certificates: str) -> str:
    """The last certificate of the API server's own file: the authority that signed the first."""
    return _PEM_BEGIN + certificates.rpartition(_PEM_BEGIN)[2]


def kubeconfig(server: str, ca: str, user: str, token: str) -> str:
    """A kubeconfig with one context, `lab`."""
    cluster = {"server": server, "certificate-authority-data": base64.b64encode(ca.encode()).decode()}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "lab",
        "clusters": [{"name": "lab", "cluster": cluster}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": user}}],
    }
    return yaml.safe_dump(document, sort_keys=False)


@dataclass(frozen=True)
class Credentials:
    """Writes the kubeconfigs of a lab."""

    paths: LabPaths
    tokens: Tokens
    host_port: int

    def of(self, user: str) -> Path:
        """The kubeconfig of a component inside."""
        return self.paths.pki / f"{user.removeprefix('system:')}.kubeconfig"

    def write(self) -> bool:
        """Write all of them; False while the API server has not made its certificate."""
        if not (self.paths.pki / "apiserver.crt").exists():
            return False
        ca = authority((self.paths.pki / "apiserver.crt").read_text())
        (self.paths.pki / "ca.crt").write_text(ca)
        inside = f"https://127.0.0.1:{network.API_PORT}"
        for user, token in self.tokens.by_user.items():
            write_private(self.of(user), kubeconfig(inside, ca, user, token))
        admin = self.tokens.by_user[ADMIN]
        write_private(self.paths.inside_kubeconfig, kubeconfig(inside, ca, ADMIN, admin))
        outside = f"https://127.0.0.1:{self.host_port}"
        write_private(self.paths.kubeconfig, kubeconfig(outside, ca, ADMIN, admin))
        return True
