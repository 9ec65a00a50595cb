"""The rule that every workload behind a Service is released progressively, and the one on who watches the releases."""

from collections.abc import Iterator
from itertools import pairwise

from policies.finding import Finding, Violation, judged
from policies.pods import all_containers, is_serving
from policies.resource import ROLLOUT, Resource
from policies.rule import PRODUCTION, Rule, Settings, globs
from policies.served import Workloads, each_workload
from policies.view import NotKnown, View

_NAMED = 3


def _covered(resources: list[Resource], settings: Settings) -> Iterator[Finding]:
    for workloads, workload in each_workload(resources):
        if workload.kind in settings["kinds"]:
            yield from judged(workload, _under_release, workloads, workload)


def _under_release(workloads: Workloads, workload: Resource) -> Iterator[Finding]:
    if workloads.is_released(workload):
        return
    services = [service.object_name for service in workloads.services(workload)]
    if services:
        named = ", ".join(services[:_NAMED]) + (" …" if len(services) > _NAMED else "")
        fix = (
            f'declare it with canary.Canary("{workload.object_name}", …) instead, '
            "or make it the target of a Flagger Canary or an Argo Rollout"
        )
        given = f"labels are selected by Service {named}, and nothing measures a new version before all users have it"
        yield Violation(workload, "its pods'", given, "under a progressive release", fix)


def _guarded(resources: list[Resource], _settings: Settings) -> Iterator[Finding]:
    for release in resources:
        if release.type == ROLLOUT:
            yield from judged(release, _watched, resources, release)


def _watched(resources: list[Resource], release: Resource) -> Iterator[Finding]:
    """A release whose namespace some guard of the stack watches. Raises NotKnown when that cannot be told."""
    unknown: list[NotKnown] = []
    for resource in resources:
        try:
            if is_serving(resource) and any(_watches(one, resource, release) for one in all_containers(resource)):
                return
        except NotKnown as problem:
            unknown.append(problem)
    if unknown:
        raise unknown[0]
    where = release.namespace
    given = f"{where} has no guard: when the machine that runs `pulumi up` is lost, nobody sends the traffic home"
    fix = f'add canary.Guard(namespace="{where}", …); if another stack has it, disable policy guard-present here'
    yield Violation(release, "namespace", given, "one that a guard of this stack watches", fix)


def _watches(container: View, workload: Resource, release: Resource) -> bool:
    """It runs `canary guard`, split between entry point, command and arguments as one likes, for that namespace."""
    words = [word.text() for field in ("command", "args") for word in container[field].each()]
    ours = words[:1] == ["guard"] and "canary" in container["image"].text()
    if not ours and ("canary", "guard") not in pairwise(words):
        return False
    options = [part for word in words for part in word.split("=", 1)]
    named = [value for option, value in pairwise(options) if option in ("-n", "--namespace")]
    return "--all-namespaces" in options or release.namespace in (named or [workload.namespace])


RULES = (
    Rule(
        name="workload-under-canary",
        description="Every workload behind a Service is released progressively.",
        stack=_covered,
        properties={
            "kinds": {
                **globs(["Deployment"], "Kinds of workloads that must be."),
                "items": {"type": "string", "enum": ["Deployment", "DaemonSet", "StatefulSet"]},
            },
        },
    ),
    Rule(
        name="guard-present",
        description="In production a guard ends releases whose machine was lost.",
        stack=_guarded,
        stacks=PRODUCTION,
    ),
)
