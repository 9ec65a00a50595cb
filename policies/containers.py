"""Rules on the containers of a workload that serves: probes, by which it is known to be ready, and resources."""

from collections.abc import Iterator

from policies.finding import Finding, Violation, judged
from policies.pods import containers, is_serving
from policies.resource import Resource
from policies.rule import Rule, Settings, globs
from policies.view import View

_PROBES = {"readiness": "readinessProbe", "liveness": "livenessProbe", "startup": "startupProbe"}


def _probes(resource: Resource, settings: Settings) -> Iterator[Finding]:
    """Of containers with ports; when none declares any, of all: somebody has to say whether the pod is ready."""
    if not is_serving(resource):
        return
    every = list(containers(resource))
    listening = [container for container in every if container["ports"].is_given]
    for container in listening or every:
        for name in settings["probes"]:
            yield from judged(resource, _probe, resource, container[_PROBES[name]], name)


def _probe(resource: Resource, probe: View, name: str) -> Iterator[Finding]:
    if not probe.value:
        fix = f"add one, such as {{httpGet: {{path: /{'readyz' if name == 'readiness' else 'healthz'}, port: http}}}}"
        yield Violation(resource, probe.path, "is missing", f"a {name} probe", fix)


def _resources(resource: Resource, settings: Settings) -> Iterator[Finding]:
    if not is_serving(resource):
        return
    for container in containers(resource):
        for part in ("requests", "limits"):
            for name in settings[part]:
                yield from judged(resource, _amount, resource, container["resources"][part][name], part, name)


def _amount(resource: Resource, amount: View, part: str, name: str) -> Iterator[Finding]:
    if not amount.text():
        example = {"cpu": "100m", "memory": "128Mi"}.get(name, "1")
        fix = f"measure what it needs and set it, such as {name}: {example}"
        yield Violation(resource, amount.path, "is missing", f"an amount of {name} among the {part}", fix)


def _list_of(names: tuple[str, ...], default: list[str], description: str) -> dict[str, object]:
    return {**globs(default, description), "items": {"type": "string", "enum": list(names)}}


RULES = (
    Rule(
        name="probes",
        description="What serves says when it is ready, and is not released on the hope that it is.",
        resource=_probes,
        properties={"probes": _list_of(tuple(_PROBES), ["readiness"], "Probes that a container with ports must have.")},
    ),
    Rule(
        name="resource-limits",
        description="What serves asks for what it needs and is bounded.",
        resource=_resources,
        properties={
            "requests": globs(["cpu", "memory"], "Resources that each container must request."),
            "limits": globs(["memory"], "Resources in which each container must be limited."),
        },
    ),
)
