"""The plans in what `pulumi preview` wrote: its JSON, or a saved plan file.

Looks at nothing but the Rollouts in it. What is deleted has no plan of its own, because a provider is not asked then;
it is made here from what the state holds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from canary.plan.compose import plan_of
from canary.plan.model import Change, Kind, Plan, from_json
from canary.ports import CanaryError, Misconfigured

ROLLOUT = "canary:Rollout"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # how Pulumi writes a value that is known later
LATER: Mapping[str, Any] = {"kind": Kind.UNKNOWN.value, "after": "", "changes": None}


def plans_in(document: Any) -> list[Plan]:
    """Every release's plan, by name. Raises Misconfigured for anything but Pulumi's own output."""
    if isinstance(document, Mapping) and isinstance(document.get("steps"), list):
        found = _from_preview(document["steps"])
    elif isinstance(document, Mapping) and isinstance(document.get("resourcePlans"), Mapping):
        found = _from_plan_file(document["resourcePlans"])
    elif isinstance(document, Mapping) and "diagnostics" in document:
        found = iter(())  # a preview that failed, or of an empty program, has no steps
    else:
        raise Misconfigured("this is neither the output of `pulumi preview --json` nor a plan of `--save-plan`")
    return sorted(found, key=lambda plan: (plan.namespace, plan.name))


def _from_preview(steps: list[Any]) -> Iterator[Plan]:
    for step in steps:
        if not isinstance(step, Mapping) or not _is_rollout(step.get("urn")):
            continue
        old, new = _inputs(step.get("oldState")), _inputs(step.get("newState"))
        if step.get("op") == "delete":
            yield _removal(old, _going(steps, step))
        elif new:
            yield _planned(old, new, same=step.get("op") == "same")


def _is_rollout(urn: object) -> bool:
    return isinstance(urn, str) and ROLLOUT in urn


def _inputs(state: object) -> Mapping[str, Any]:
    found = state.get("inputs") if isinstance(state, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _planned(old: Mapping[str, Any], new: Mapping[str, Any], *, same: bool) -> Plan:
    given = new.get("plan")
    if not isinstance(given, Mapping):
        return plan_of(old, new, UNKNOWN)
    plan = from_json(_known(given))
    if plan.kind is Kind.UNKNOWN and old:
        plan = _with_changes(plan, old, new)
    return replace(plan, kind=Kind.NONE) if same else plan


def _with_changes(plan: Plan, old: Mapping[str, Any], new: Mapping[str, Any]) -> Plan:
    """Pulumi takes a list with something unknown in it for unknown as a whole; the workloads themselves are there."""
    try:
        return replace(plan, changes=plan_of(old, new, UNKNOWN).changes)
    except (CanaryError, KeyError, TypeError):
        return plan


def _known(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: LATER.get(key) if value == UNKNOWN else value for key, value in given.items()}


def _removal(old: Mapping[str, Any], going: tuple[Change, ...]) -> Plan:
    return replace(plan_of(old, old), kind=Kind.REMOVAL, changes=going, stages=(), warnings=())


def _going(steps: list[Any], rollout: Mapping[str, Any]) -> tuple[Change, ...]:
    """The objects of the same release that go, and those that stay without belonging to Pulumi any more."""
    parent = rollout["oldState"].get("parent")
    found = []
    for step in steps:
        state = step.get("oldState") if isinstance(step, Mapping) and step.get("op") == "delete" else None
        if isinstance(state, Mapping) and state.get("parent") == parent and "kubernetes:" in state.get("type", ""):
            kind, name = state["type"].rpartition(":")[2], state["urn"].rpartition("::")[2]
            stays = "stays, of no release" if state.get("retainOnDelete") else None
            found.append(Change("removal", f"{kind} {name}", "in the cluster", stays))
    return tuple(sorted(found, key=lambda change: (change.after is None, change.path)))


def _from_plan_file(resources: Mapping[str, Any]) -> Iterator[Plan]:
    for urn, resource in resources.items():
        goal = resource.get("goal") if isinstance(resource, Mapping) else None
        difference = goal.get("inputDiff") if isinstance(goal, Mapping) and _is_rollout(urn) else None
        if isinstance(difference, Mapping):
            inputs = {**(difference.get("adds") or {}), **(difference.get("updates") or {})}
            if isinstance(inputs.get("plan"), Mapping):
                yield from_json(_known(inputs["plan"]))
