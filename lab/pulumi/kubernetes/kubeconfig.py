"""Which cluster, as whom, and in which namespace by default: read from a kubeconfig as `kubectl` reads it.

What stands in the file is read here; credentials that a program or a cloud must fetch are left to the official client,
which is slow to load and therefore only loaded for them. This module refuses to open a connection.
"""

import base64
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.pulumi.kubernetes.properties import Json

_IN_CLUSTER = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_FETCHED = ("exec", "auth-provider")
_NOTHING_CONFIGURED = (
    "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable"
)


class KubeconfigError(Exception):
    """The kubeconfig cannot be used; the message says what is missing or wrong in it."""


@dataclass(frozen=True, slots=True)
class Access:
    """Everything needed to speak to one API server. `authorization` gives the header's value, or nothing."""

    server: str
    namespace: str
    ca: bytes | str | None = None
    certificate: bytes | str | None = None
    key: bytes | str | None = None
    authorization: Callable[[], str | None] = lambda: None
    verify: bool = True
    server_name: str | None = None
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What the provider's settings override; empty strings override nothing."""

    context: str = ""
    cluster: str = ""
    namespace: str = ""


def load(path_or_contents: str) -> Json:
    """A kubeconfig from a file, from its contents, or (for an empty string) from the usual places.

    The usual places are the files in `KUBECONFIG`, else `~/.kube/config`; none of them need exist.
    Raises `KubeconfigError` when what is there is not a kubeconfig.
    """
    if not path_or_contents:
        return _merged(_read(path) for path in _usual_places() if path.is_file())
    if "\n" not in path_or_contents and (path := Path(path_or_contents).expanduser()).is_file():
        return _read(path)
    return _parse(path_or_contents, Path.cwd())


def access(config: Json, choice: Choice) -> Access:
    """The access that `config` gives under `choice`. Raises `KubeconfigError`."""
    if not config.get("contexts") and not config.get("clusters"):
        return _in_cluster(choice)
    context_name = choice.context or config.get("current-context") or ""
    context = _named(config, "contexts", "context", context_name)
    cluster = _named(config, "clusters", "cluster", choice.cluster or context.get("cluster", ""))
    user = _named(config, "users", "user", context["user"]) if context.get("user") else {}
    namespace = choice.namespace or context.get("namespace") or "default"
    if not cluster.get("server"):
        raise KubeconfigError(f'invalid configuration: cluster of context "{context_name}" has no server')
    if any(kind in user for kind in _FETCHED):
        return _fetched(config, context_name, namespace)
    return Access(
        server=cluster["server"].rstrip("/"),
        namespace=namespace,
        ca=_material(cluster, "certificate-authority"),
        certificate=_material(user, "client-certificate"),
        key=_material(user, "client-key"),
        authorization=_authorization(user),
        verify=not cluster.get("insecure-skip-tls-verify", False),
        server_name=cluster.get("tls-server-name"),
        proxy=cluster.get("proxy-url"),
    )


def default_namespace(config: Json, choice: Choice) -> str:
    """The namespace for objects that name none: the setting's, else the context's, else `default`."""
    try:
        context = _named(config, "contexts", "context", choice.context or config.get("current-context") or "")
    except KubeconfigError:
        context = {}
    return choice.namespace or context.get("namespace") or "default"


def active_cluster(config: Json, choice: Choice) -> Json | None:
    """The cluster's entry that `choice` selects, or `None`; to tell whether two settings mean the same cluster."""
    try:
        context = _named(config, "contexts", "context", choice.context or config.get("current-context") or "")
        return _named(config, "clusters", "cluster", choice.cluster or context.get("cluster", ""))
    except KubeconfigError:
        return None


def _usual_places() -> list[Path]:
    if named := os.environ.get("KUBECONFIG"):
        return [Path(entry) for entry in named.split(os.pathsep) if entry]
    return [Path.home() / ".kube" / "config"]


def _read(path: Path) -> Json:
    try:
        return _parse(path.read_text(encoding="utf-8"), path.parent)
    except OSError as problem:
        raise KubeconfigError(f"cannot read kubeconfig {path}: {problem}") from problem


def _parse(text: str, folder: Path) -> Json:
    try:
        config = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  (a safe loader)
    except yaml.YAMLError as problem:
        raise KubeconfigError(f"kubeconfig is not YAML: {problem}") from problem
    if not isinstance(config, dict):
        raise KubeconfigError("kubeconfig is neither the path of a file nor the contents of one")
    _resolve_paths(config, folder)
    return config


def _resolve_paths(config: Json, folder: Path) -> None:
    for section, inner, keys in (
        ("clusters", "cluster", ("certificate-authority",)),
        ("users", "user", ("client-certificate", "client-key", "tokenFile")),
    ):
        for entry in config.get(section) or []:
            body = entry.get(inner) or {}
            body.update({key: str(folder / body[key]) for key in keys if body.get(key)})


def _merged(configs: Iterable[Json]) -> Json:
    merged: Json = {"clusters": [], "contexts": [], "users": []}
    for config in configs:
        for section in ("clusters", "contexts", "users"):
            known = {entry["name"] for entry in merged[section]}
            merged[section] += [entry for entry in config.get(section) or [] if entry["name"] not in known]
        merged["current-context"] = merged.get("current-context") or config.get("current-context")
    return merged


def _named(config: Json, section: str, inner: str, name: str) -> Json:
    for entry in config.get(section) or []:
        if entry.get("name") == name:
            return entry.get(inner) or {}
    if section == "contexts":
        raise KubeconfigError(f'context "{name}" does not exist')
    raise KubeconfigError(f'invalid configuration: {inner} "{name}" does not exist')


def _material(entry: Json, key: str) -> bytes | str | None:
    if data := entry.get(f"{key}-data"):
        return base64.b64decode(data)
    path: str | None = entry.get(key)
    return path


def _authorization(user: Json) -> Callable[[], str | None]:
    if token := user.get("token"):
        return lambda: f"Bearer {token}"
    if file := user.get("tokenFile"):
        return lambda: f"Bearer {Path(file).read_text(encoding='utf-8').strip()}"
    if name := user.get("username"):
        basic = base64.b64encode(f"{name}:{user.get('password', '')}".encode()).decode()
        return lambda: f"Basic {basic}"
    return lambda: None


def _fetched(config: Json, context: str, namespace: str) -> Access:
    from kubernetes.client import Configuration  # noqa: PLC0415  (half a second, for those who need it)
    from kubernetes.config import ConfigException, load_kube_config_from_dict  # noqa: PLC0415  (as above)

    configuration = Configuration()
    try:
        load_kube_config_from_dict(  # type: ignore[no-untyped-call]  # the official client's loader is not annotated
            config, context=context, client_configuration=configuration
        )
    except ConfigException as problem:
        raise KubeconfigError(f'the credentials of context "{context}" cannot be fetched: {problem}') from problem
    return _from_official(configuration, namespace)


def _in_cluster(choice: Choice) -> Access:
    if not (_IN_CLUSTER / "token").is_file():
        raise KubeconfigError(_NOTHING_CONFIGURED)
    from kubernetes.client import Configuration  # noqa: PLC0415  (half a second, for those who need it)
    from kubernetes.config import load_incluster_config  # noqa: PLC0415  (as above)

    configuration = Configuration()
    load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]  # as above
    return _from_official(configuration, choice.namespace or "default")


def _from_official(configuration: Any, namespace: str) -> Access:
    return Access(
        server=configuration.host.rstrip("/"),
        namespace=namespace,
        ca=configuration.ssl_ca_cert,
        certificate=configuration.cert_file,
        key=configuration.key_file,
        authorization=lambda: configuration.get_api_key_with_prefix("BearerToken", alias="authorization"),
        verify=configuration.verify_ssl,
        server_name=getattr(configuration, "tls_server_name", None),
        proxy=configuration.proxy,
    )
