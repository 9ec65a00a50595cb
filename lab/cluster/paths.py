"""Where a lab keeps its files, decided in one place so that no other part joins path strings.

It refuses to know what is written into the files.
"""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from lab.cluster.errors import LabError

DEFAULT_NAME = "default"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")


def default_name() -> str:
    """The lab meant when none is named: `$CANARY_LAB_NAME`, else `default`."""
    return os.environ.get("CANARY_LAB_NAME") or DEFAULT_NAME


def state_root() -> Path:
    """The folder of all labs: `$CANARY_LAB_STATE`, or `canary-lab` in `$XDG_STATE_HOME` or in `~/.local/state`."""
    if explicit := os.environ.get("CANARY_LAB_STATE"):
        return Path(explicit).absolute()
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base).absolute() / "canary-lab"


@dataclass(frozen=True)
class LabPaths:
    """The files of one lab. `LabPaths(name)` finds them by the lab's name (default: `default_name()`)."""

    name: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", default_name())
        if not _NAME.fullmatch(self.name):
            raise LabError(
                f"the lab name {self.name!r} is not usable: use up to 40 of a-z, 0-9 and '-', not at either end"
            )

    @property
    def root(self) -> Path:
        """The state folder of this lab."""
        return state_root() / self.name

    @property
    def run(self) -> Path:
        """What describes the running lab: process id, control socket, ready files."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """One `<component>.log` for each component; kept when the lab goes down."""
        return self.root / "logs"

    @property
    def etcd(self) -> Path:
        """etcd's data; fresh at each start."""
        return self.root / "etcd"

    @property
    def pki(self) -> Path:
        """The API server's self-signed certificate and key, and the token file."""
        return self.root / "pki"

    @property
    def bin(self) -> Path:
        """Links to the command-line tools, for PATH."""
        return self.root / "bin"

    @property
    def config(self) -> Path:
        """Configuration rendered for the components."""
        return self.root / "config"

    @property
    def pulumi_backend(self) -> Path:
        """Pulumi's file backend; it describes this cluster and goes with it."""
        return self.root / "pulumi"

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME; survives `down`."""
        return self.root / "pulumi-home"

    @property
    def kubeconfig(self) -> Path:
        """Admin credentials with the address that works on the host."""
        return self.root / "kubeconfig"

    @property
    def inside_kubeconfig(self) -> Path:
        """Admin credentials with the address that works in the lab's network namespace."""
        return self.root / "inside.kubeconfig"

    @property
    def record(self) -> Path:
        """Who runs this lab (see `lab.cluster.record`)."""
        return self.run / "lab.json"

    @property
    def ports(self) -> Path:
        """The host ports of the relays; kept so that the next start can take the same ones."""
        return self.root / "ports.json"

    def log(self, component: str) -> Path:
        """The log file of a component."""
        return self.logs / f"{component}.log"

    def ready(self, component: str) -> Path:
        """The file that a component creates when it is ready to serve."""
        return self.run / f"{component}.ready"

    @property
    def _of_one_life(self) -> tuple[Path, ...]:
        agents = (self.root / "node", self.root / "mesh")
        return (self.run, self.etcd, self.pki, self.config, self.pulumi_backend, *agents)

    def make(self) -> None:
        """Create the folders, readable by this user only: they hold credentials."""
        lasting = (self.root, self.logs, self.bin, self.pulumi_home)
        for folder in (*lasting, *self._of_one_life):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def wipe(self) -> None:
        """Remove what belongs to one life of the cluster, incl. the Pulumi stacks that describe it; logs stay."""
        for folder in self._of_one_life:
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self.kubeconfig, self.inside_kubeconfig):
            file.unlink(missing_ok=True)

    def purge(self) -> None:
        """Remove everything of this lab."""
        shutil.rmtree(self.root, ignore_errors=True)
