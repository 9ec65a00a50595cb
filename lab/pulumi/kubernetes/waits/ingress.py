"""When an Ingress is ready: it has an address, and the Services its rules name have endpoints.

This module refuses to send a request through it.
"""

from collections.abc import Iterator

from lab.pulumi.kubernetes.objects import Kind, metadata_of, name_of, pluck
from lab.pulumi.kubernetes.properties import Json
from lab.pulumi.kubernetes.waits.subject import Subject
from lab.pulumi.kubernetes.waits.verdict import Look, Note, Verdict

_SERVICE = Kind("", "v1", "Service")
_SLICE = Kind("discovery.k8s.io", "v1", "EndpointSlice")
_NO_ADDRESS = "Ingress .status.loadBalancer field was not updated with a hostname/IP address."
_NO_TARGET = "Ingress has at least one rule with an unavailable target endpoint."


def judge(live: Json, reachable: set[str]) -> Verdict:
    """Whether the Ingress is ready; `reachable` are the Services with endpoints, and the aliases."""
    has_address = bool(pluck(live, "status", "loadBalancer", "ingress"))
    has_targets = all(service in reachable for service in _services(live))
    if has_address and has_targets:
        return Verdict(is_ready=True, live=live, notes=(Note("✅ Ingress initialization complete"),))
    problems = (() if has_targets else (_NO_TARGET,)) + (() if has_address else (_NO_ADDRESS,))
    text = "[1/3] Finding a matching service for each Ingress path"
    if has_targets:
        text = "[2/3] Waiting for update of .status.loadBalancer with hostname/IP"
    return Verdict(is_ready=False, live=live, notes=(Note(text),), problems=problems)


def watch(subject: Subject) -> Look:
    """The looks at one Ingress."""

    def look() -> Verdict:
        return judge(subject.read(), _reachable(subject))

    return look


def _reachable(subject: Subject) -> set[str]:
    services = subject.cluster.list(_SERVICE, subject.namespace)
    aliases = {name_of(each) for each in services if pluck(each, "spec", "type") == "ExternalName"}
    slices = subject.cluster.list(_SLICE, subject.namespace)
    return aliases | {str((metadata_of(each).get("labels") or {}).get("kubernetes.io/service-name")) for each in slices}


def _services(live: Json) -> Iterator[str]:
    for rule in pluck(live, "spec", "rules") or []:
        for path in pluck(rule, "http", "paths") or []:
            if name := pluck(path, "backend", "service", "name"):
                yield str(name)
