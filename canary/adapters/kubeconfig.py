"""Finds the cluster and the credentials: a thin layer over the official client's loaders, which know every auth plugin.

Imports the official client only when a connection is really made: it costs 0.6 s, and most of `pulumi up` needs none.
"""

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from canary.ports import Misconfigured

if TYPE_CHECKING:
    import urllib3

REMEDY = "set KUBECONFIG or the `kubeconfig` and `context` settings to a cluster that you can reach with kubectl"
DEFAULT_FILE = "~/.kube/config"


@dataclass(frozen=True, slots=True)
class Connection:
    """Which cluster, as which user. JSON-able: two strings.

    kubeconfig: a path, several paths joined as in $KUBECONFIG, or the contents (YAML or JSON; keep them secret).
    Empty: $KUBECONFIG, else ~/.kube/config, else the service account of the pod. context: empty for the current one.
    """

    kubeconfig: str = field(default="", repr=False)
    context: str = ""

    @property
    def holds_contents(self) -> bool:
        """`kubeconfig` is the configuration itself, not the path of a file."""
        text = self.kubeconfig.strip()
        return "\n" in text or text.startswith("{")


class Session:
    """An open way to the API server: its address, a connection pool, and headers that are valid now. Thread-safe."""

    def __init__(self, connection: Connection) -> None:
        from kubernetes.client import Configuration  # noqa: PLC0415 - dear: see the module's docstring
        from kubernetes.client.rest import RESTClientObject  # noqa: PLC0415 - dear

        self._configuration: Any = Configuration()
        _load(connection, self._configuration)
        self._lock = threading.Lock()
        self.address: str = str(self._configuration.host).rstrip("/")
        self.pool: urllib3.PoolManager = RESTClientObject(self._configuration).pool_manager

    def headers(self) -> dict[str, str]:
        """The authorization header, refreshed by the plugin when it has expired; empty with client certificates."""
        with self._lock:
            token = self._configuration.get_api_key_with_prefix("BearerToken", "authorization")
        return {"Authorization": str(token)} if token else {}


def _load(connection: Connection, configuration: Any) -> None:
    from kubernetes.config import ConfigException  # noqa: PLC0415 - dear

    try:
        _choose(connection, configuration)
    except (ConfigException, OSError, ValueError, TypeError, KeyError) as error:
        where = _describe(connection)
        raise Misconfigured(f"cannot use {where}: {_reason(error)}; {REMEDY}") from error


def _choose(connection: Connection, configuration: Any) -> None:
    import kubernetes.config  # noqa: PLC0415 - dear

    config: Any = kubernetes.config  # its loaders have no annotations

    context = connection.context or None
    if connection.holds_contents:
        config.load_kube_config_from_dict(_parse(connection.kubeconfig), context, configuration, persist_config=False)
        return
    files = connection.kubeconfig or os.environ.get("KUBECONFIG", "")
    paths = [str(Path(part).expanduser()) for part in (files or DEFAULT_FILE).split(os.pathsep) if part]
    if any(Path(path).is_file() for path in paths):
        config.load_kube_config(os.pathsep.join(paths), context, configuration)
    elif not files and os.environ.get("KUBERNETES_SERVICE_HOST"):
        config.load_incluster_config(configuration)
    else:
        raise FileNotFoundError(f"no such file: {os.pathsep.join(paths)}")


def _parse(text: str) -> dict[str, Any]:
    try:
        parsed = yaml.safe_load(text)
    except yaml.YAMLError:
        # its text would quote the contents, credentials included
        raise ValueError("the contents are not YAML") from None
    if not isinstance(parsed, dict):
        raise TypeError("the contents are not a mapping")
    return parsed


def _describe(connection: Connection) -> str:
    context = f", context {connection.context!r}" if connection.context else ""
    if connection.holds_contents:
        return f"the kubeconfig given as text{context}"
    source = connection.kubeconfig or os.environ.get("KUBECONFIG") or DEFAULT_FILE
    return f"the kubeconfig {source}{context}"


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
