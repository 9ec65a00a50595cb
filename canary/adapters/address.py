"""Which URLs are names that only resolve inside the cluster, and where the API server's service proxy has them.

Pure: knows neither the cluster nor DNS. When a name could be either (`tools.dev`), it counts as in-cluster, because
asking the API server for a Service that does not exist tells nobody anything; a request to a stranger might.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from canary.core.spec import Access
from canary.ports import Misconfigured

DEFAULT_PORTS = {"http": 80, "https": 443}
# Two labels are `service.namespace`, unless the second is one of these, or has two letters as every country's has.
PUBLIC = frozenset(
    {"com", "net", "org", "info", "biz", "edu", "gov", "mil", "int", "name", "arpa", "local", "localhost"}
)
COUNTRY = 2
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """A URL of a Service, taken apart. `path` starts with a slash; `query` has no question mark."""

    scheme: str
    service: str
    namespace: str
    port: int
    path: str = "/"
    query: str = ""

    @property
    def proxy_path(self) -> str:
        """The path on the API server that reaches the same thing."""
        base = f"/api/v1/namespaces/{self.namespace}/services/{self.scheme}:{self.service}:{self.port}/proxy{self.path}"
        return f"{base}?{self.query}" if self.query else base


def resolve(url: str, namespace: str, access: Access = Access.AUTO) -> ServiceAddress | None:
    """The Service that `url` names, None when it is to be called directly.

    A single label is a Service in `namespace`. Raises Misconfigured for a URL that is none, and under Access.PROXY for
    a host that cannot be a Service.
    """
    parts = parse(url)
    labels = (parts.hostname or "").rstrip(".").split(".")
    if access is Access.DIRECT or (access is Access.AUTO and not _is_in_cluster(labels)):
        return None
    return _service(parts, labels, namespace)


def parse(url: str) -> SplitResult:
    """The parts of an http or https URL. Raises Misconfigured with what is wrong with it."""
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError as error:
        raise Misconfigured(f"{shown(url)!r} is not a URL: {error}") from error
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or not port_is_fine:
        raise Misconfigured(f"{shown(url)!r} is not a URL; write http://host:port/path or https://…")
    return parts


def shown(url: str) -> str:
    """`url` as it may appear in a message: without user, password, query and fragment."""
    head = url.partition("?")[0].partition("#")[0]
    scheme, mark, rest = head.rpartition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}"


def _is_in_cluster(labels: list[str]) -> bool:
    if labels == ["localhost"] or _is_ip(".".join(labels)) or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    match labels:
        case [_]:
            return True
        case [_, last]:
            return last not in PUBLIC and len(last) != COUNTRY and not last.isdecimal()
        case [_, _, "svc", *_]:
            return True
    return False


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _service(parts: SplitResult, labels: list[str], namespace: str) -> ServiceAddress:
    url = shown(parts.geturl())
    if not all(_LABEL.fullmatch(label) for label in labels) or labels[2:3] not in ([], ["svc"]):
        raise Misconfigured(f"{url!r} names no Service, so the API server cannot reach it; use access: auto or direct")
    if parts.username is not None:
        raise Misconfigured(
            f"{url!r}: the API server's service proxy drops credentials; take them out, or use access: direct"
        )
    if {".", ".."} & {unquote(segment) for segment in parts.path.split("/")}:
        raise Misconfigured(f"{url!r} must not contain '.' or '..' as a part of its path")
    return ServiceAddress(
        scheme=parts.scheme,
        service=labels[0],
        namespace=labels[1] if len(labels) > 1 else namespace,
        port=parts.port or DEFAULT_PORTS[parts.scheme],
        path=parts.path or "/",
        query=parts.query,
    )
