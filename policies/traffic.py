"""The rule on who shifts traffic: the release does, and a declared weight would fight it at every `pulumi up`."""

from collections.abc import Iterator

from policies.finding import Finding, Violation
from policies.resource import Resource
from policies.rule import Rule, Settings
from policies.view import View

_GROUP = "split.smi-spec.io"
_OWNED = ("spec.backends", "spec")


def _weights(resource: Resource, _settings: Settings) -> Iterator[Finding]:
    if resource.group != _GROUP or resource.kind != "TrafficSplit":
        return
    backends = [(backend["service"].text(), backend["weight"].number() or 0) for backend in _backends(resource)]
    shared = [f"{service} {weight:g}" for service, weight in backends if weight > 0]
    field = "spec.backends"
    if len(shared) > 1:
        fix = "declare all weight on the primary, and let the release shift it: make the workload a Canary"
        yield Violation(resource, field, f"are {', '.join(shared)}", "all weight on one backend", fix)
    elif len(backends) > 1 and not set(_OWNED) & set(resource.ignored):
        fix = 'add ignore_changes=["spec.backends"], or leave the TrafficSplit to a Canary'
        given = "are declared and not ignored, so every `pulumi up` sets them back"
        yield Violation(resource, field, given, "weights that the release alone changes", fix)


def _backends(resource: Resource) -> Iterator[View]:
    return resource.props.at("spec.backends").each()


RULES = (
    Rule(
        name="weights-not-hand-set",
        description="Weights of a TrafficSplit are shifted by a release and not by hand.",
        resource=_weights,
    ),
)
