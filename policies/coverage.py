"""The rule that every workload behind a Service is released progressively, and the one on who watches the releases."""

from collections.abc import Iterator
from itertools import pairwise

from policies.finding import Finding, Violation, judged
from policies.pods import all_containers, is_serving
from policies.resource import ROLLOUT, Resource
from policies.rule import PRODUCTION, Rule, Settings, globs
from policies.served import Workloads, each_workload
from policies.view import NotKnown, View

GUARD = "canary:index:Guard"
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


def _guarded(resources: list[Resource], settings: Settings) -> Iterator[Finding]:
    releases = [resource for resource in resources if resource.type == ROLLOUT]
    if releases and not any(resource.type in settings["types"] for resource in resources):
        yield from judged(releases[0], _deployed, resources, releases[0])


def _deployed(resources: list[Resource], release: Resource) -> Iterator[Finding]:
    unknown: list[NotKnown] = []
    for resource in resources:
        try:
            if is_serving(resource) and any(_runs_guard(container) for container in all_containers(resource)):
                return
        except NotKnown as problem:
            unknown.append(problem)
    if unknown:
        raise unknown[0]
    given = "run without a guard: when the machine that runs `pulumi up` is lost, nobody sends the traffic home"
    fix = "add canary.Guard(…) to this stack; if another stack has it, disable policy guard-present here"
    yield Violation(release, "this stack's releases", given, "a guard in production", fix)


def _runs_guard(container: View) -> bool:
    """`canary guard …` or `python -m canary guard …`, split between command and args as one likes."""
    words = [word.text() for field in ("command", "args") for word in container[field].each()]
    return any(pair == ("canary", "guard") for pair in pairwise(words))


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
        properties={"types": globs([GUARD], "Pulumi's types of components that are a guard.")},
    ),
)
