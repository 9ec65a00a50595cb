"""Puts the stand-in plugins where the engine looks: in a directory on PATH, or in Pulumi's own folder of plugins.

Each is a short shell script. It first looks for the official plugin of the same name, elsewhere on PATH or under
`$PULUMI_HOME/plugins`, and becomes that one; only without it does it become the stand-in. Either way it replaces
itself, so signals and standard input reach the plugin and not a shell. This module refuses to start any plugin.
"""

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from lab.pulumi.versions import kubernetes_version, sdk_version

_REPOSITORY = Path(__file__).resolve().parents[2]
_MARK = "# A stand-in of the canary lab; the official plugin of this name is preferred wherever it is installed."

_PREFER_OFFICIAL = """\
official() {
    [ -f "$1" ] && [ -x "$1" ] || return 1
    { IFS= read -r _; IFS= read -r second; } <"$1" 2>/dev/null
    [ "$second" != "$mark" ]
}
saved=$IFS
IFS=:
for directory in $PATH; do
    if official "$directory/$name"; then IFS=$saved; exec "$directory/$name" "$@"; fi
done
IFS=$saved
for candidate in "${PULUMI_HOME:-$HOME/.pulumi}/plugins/$kind"-v*/"$name" "$HOME/.pulumi/plugins/$kind"-v*/"$name"; do
    if official "$candidate"; then exec "$candidate" "$@"; fi
done
"""

_DYNAMIC = """\
environment=${PULUMI_RUNTIME_VIRTUALENV:-}
if [ -z "$environment" ]; then
    case ${PULUMI_RUNTIME_TOOLCHAIN:-} in
        uv) environment=.venv ;;
        poetry) environment=$(poetry env info --path) ;;
    esac
fi
if [ -z "$environment" ]; then
    exec "${PULUMI_PYTHON_CMD:-python3}" -u -m pulumi.dynamic "$@"
fi
case $environment in /*) ;; *) environment=$PWD/$environment ;; esac
environment=${environment%/}
if [ ! -f "$environment/bin/python" ]; then
    echo "The 'virtualenv' option in Pulumi.yaml names \\"$environment\\", which is not a virtual environment." >&2
    echo "Create it with: python3 -m venv $environment && $environment/bin/pip install -r requirements.txt" >&2
    exit 1
fi
unset PYTHONHOME
PATH="$environment/bin:$PATH"
export PATH
exec "$environment/bin/python" -u -m pulumi.dynamic "$@"
"""


@dataclass(frozen=True, slots=True)
class _Plugin:
    """One stand-in: the executable's name, the engine's name for the plugin's folder, and the script's last step."""

    name: str
    kind: str
    version: str
    body: str


def install(bin_dir: Path) -> None:
    """Write the stand-ins for the language host, the dynamic-provider launcher and the Kubernetes provider.

    `bin_dir` is created when missing and belongs on PATH; writing again is harmless. The engine warns about every
    plugin it finds on PATH; `install_into_home` avoids that.
    """
    for plugin in _plugins():
        _write(bin_dir / plugin.name, plugin)


def install_into_home(pulumi_home: Path) -> None:
    """Write the stand-ins where the engine keeps downloaded plugins: no change of PATH, no warnings, no downloads.

    `pulumi_home` is what `PULUMI_HOME` will be. An official plugin of the same version there is left alone.
    """
    for plugin in _plugins():
        target = pulumi_home / "plugins" / f"{plugin.kind}-v{plugin.version}" / plugin.name
        if not target.exists() or _is_stand_in(target):
            _write(target, plugin)


def _plugins() -> list[_Plugin]:
    sdk = sdk_version()
    return [
        _Plugin("pulumi-language-python", "language-python", sdk, _module("lab.pulumi.language")),
        _Plugin("pulumi-resource-pulumi-python", "resource-pulumi-python", sdk, _DYNAMIC),
        _Plugin(
            "pulumi-resource-kubernetes", "resource-kubernetes", kubernetes_version(), _module("lab.pulumi.kubernetes")
        ),
    ]


def _is_stand_in(path: Path) -> bool:
    return _MARK.encode() in path.read_bytes()[:400]


def _module(name: str) -> str:
    # Without -P the working directory of the engine, which is the user's project, could shadow the lab's packages.
    program = f"import sys; sys.path.insert(0, {str(_REPOSITORY)!r}); from {name}.__main__ import main; main()"
    return f'exec {shlex.quote(sys.executable)} -P -c {shlex.quote(program)} "$@"\n'


def _write(target: Path, plugin: _Plugin) -> None:
    head = f"#!/bin/sh\n{_MARK}\nname={plugin.name}\nkind={plugin.kind}\nmark={shlex.quote(_MARK)}\n"
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{plugin.name}.{os.getpid()}")
    fresh.write_text(head + _PREFER_OFFICIAL + plugin.body, encoding="utf-8")
    fresh.chmod(0o755)
    fresh.replace(target)
