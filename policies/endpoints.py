"""Rules on what a release calls: only hosts that are allowed, and with TLS where the call leaves the cluster.

Messages name hosts and never whole URLs: the rest of an incoming webhook's address is a credential.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from policies.dialects import endpoints_of
from policies.finding import Finding, Violation, judged
from policies.release import Endpoint
from policies.resource import Resource
from policies.rule import Rule, Settings, globs, matches

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
# `service.namespace` is a name of the cluster unless the second label is one of these or a country's two letters.
_PUBLIC = frozenset(
    {"com", "net", "org", "info", "biz", "edu", "gov", "mil", "int", "name", "arpa", "local", "localhost"}
)
_COUNTRY = 2


def is_in_cluster(host: str) -> bool:
    """A Service's name: `tools`, `tools.prod`, `tools.prod.svc` and longer."""
    labels = host.rstrip(".").lower().split(".")
    if labels == ["localhost"] or _is_ip(host) or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    match labels:
        case [_]:
            return True
        case [_, last]:
            return last not in _PUBLIC and len(last) != _COUNTRY and not last.isdecimal()
        case [_, _, "svc"] | [_, _, "svc", "cluster", "local"]:
            return True
    return False


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _allowed_hosts(resource: Resource, settings: Settings) -> Iterator[Finding]:
    for endpoint in endpoints_of(resource):
        yield from judged(resource, _host, resource, endpoint, settings)


def _host(resource: Resource, endpoint: Endpoint, settings: Settings) -> Iterator[Finding]:
    if not endpoint.url.text():
        return
    host = _parts(endpoint)[1]
    inside = is_in_cluster(host) and settings["in_cluster"]
    if not inside and not matches(host, settings["hosts"]):
        hosts = [*(["Services of the cluster"] if settings["in_cluster"] else []), *settings["hosts"]]
        fix = "use one of these, or have the host added to `hosts` of policy allowed-hosts"
        yield Violation(resource, endpoint.url.path, f"calls {host or '(no host)'}", ", ".join(hosts) or "none", fix)


def _tls(resource: Resource, _settings: Settings) -> Iterator[Finding]:
    for endpoint in endpoints_of(resource):
        yield from judged(resource, _encrypted, resource, endpoint)


def _encrypted(resource: Resource, endpoint: Endpoint) -> Iterator[Finding]:
    if not endpoint.url.text():
        return
    scheme, host = _parts(endpoint)
    if is_in_cluster(host):
        return
    if scheme != "https":
        given = f"calls {host or '(no host)'} with {scheme or 'no scheme'}"
        yield Violation(resource, endpoint.url.path, given, "https outside the cluster", "write https://")
    if endpoint.unchecked.flag():
        given = f"is true for {host}, so anybody could answer"
        fix = "remove it, and give the CA in the secret if it is your own"
        yield Violation(resource, endpoint.unchecked.path, given, "false outside the cluster", fix)


def _parts(endpoint: Endpoint) -> tuple[str, str]:
    """Scheme and host; Flagger and Argo allow neither to be there."""
    text = endpoint.url.text()
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
    except ValueError:
        return "", ""
    return parts.scheme, parts.hostname or ""


RULES = (
    Rule(
        name="allowed-hosts",
        description="Metrics, webhooks and alerts go to allowed hosts only.",
        resource=_allowed_hosts,
        properties={
            "hosts": globs([], "Hosts outside the cluster that may be called."),
            "in_cluster": {"type": "boolean", "default": True, "description": "Whether any Service may be called."},
        },
    ),
    Rule(
        name="tls-outside-cluster",
        description="What leaves the cluster is encrypted, to a server whose certificate is checked.",
        resource=_tls,
    ),
)
