"""The variables that make an ordinary shell work with a lab, and how a shell reads them.

It refuses to know whether the lab runs.
"""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import lab as package
from lab.cluster.paths import LabPaths, state_root
from lab.pulumi.install import install_into_home
from lab.toolchain import tool

_LINKED = ("kubectl", "pulumi", "hey")


def link_tools(paths: LabPaths) -> None:
    """Fill the lab's PATH folder: kubectl, pulumi, hey; and its PULUMI_HOME with the plugins that are not on PATH."""
    for name in _LINKED:
        link = paths.bin / name
        link.unlink(missing_ok=True)
        link.symlink_to(tool(name))
    install_into_home(paths.pulumi_home)


def search_path(bin_folder: Path, present: str) -> str:
    """PATH with the lab's tools and this Python environment first; folders of any lab are taken out of the rest."""
    own = [str(bin_folder), str(Path(sys.executable).parent)]
    root = state_root()
    rest = [f for f in present.split(os.pathsep) if f and f not in own and not Path(f).is_relative_to(root)]
    return os.pathsep.join(own + rest)


def variables(paths: LabPaths, ports: Mapping[str, int]) -> dict[str, str]:
    """The variables of a lab."""
    return {
        "KUBECONFIG": str(paths.kubeconfig),
        "PATH": search_path(paths.bin, os.environ.get("PATH", os.defpath)),
        "PULUMI_HOME": str(paths.pulumi_home),
        "PULUMI_BACKEND_URL": f"file://{paths.pulumi_backend}",
        "PULUMI_CONFIG_PASSPHRASE": "lab",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_PYTHON_CMD": sys.executable,
        "LAB_PROMETHEUS_URL": f"http://127.0.0.1:{ports['prometheus']}",
        "CANARY_LAB_NAME": paths.name,
    }


def inside_variables(paths: LabPaths, base: Mapping[str, str]) -> dict[str, str]:
    """The variables of a command that runs inside: `base` with the lab's tools on PATH and a kubeconfig that works."""
    own = {
        "KUBECONFIG": str(paths.inside_kubeconfig),
        "PATH": search_path(paths.bin, base.get("PATH", os.defpath)),
        "CANARY_LAB_NAME": paths.name,
        "CANARY_LAB_STATE": str(paths.root.parent),
    }
    kept = {name: value for name, value in base.items() if not name.lower().endswith("_proxy")}
    return {**kept, **own}


def module_variables(paths: LabPaths, base: Mapping[str, str]) -> dict[str, str]:
    """The variables of a process that runs a module of the lab: `base` with this checkout importable."""
    home = str(Path(package.__file__).parents[1])
    known = [part for part in base.get("PYTHONPATH", "").split(os.pathsep) if part and part != home]
    search = {"PYTHONPATH": os.pathsep.join([home, *known])}
    return {**base, **search, "CANARY_LAB_NAME": paths.name, "CANARY_LAB_STATE": str(paths.root.parent)}


def export_lines(values: Mapping[str, str]) -> str:
    """Lines for `eval` in a POSIX shell."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


def unset_lines(values: Mapping[str, str], paths: LabPaths) -> str:
    """Lines for `eval` that take the variables back; PATH loses the lab's folders and keeps the rest."""
    kept = os.environ.get("PATH", os.defpath).split(os.pathsep)
    path = os.pathsep.join(f for f in kept if f not in (str(paths.bin), str(Path(sys.executable).parent)))
    names = " ".join(name for name in values if name != "PATH")
    return f"unset {names}\nexport PATH={shlex.quote(path)}\n"
