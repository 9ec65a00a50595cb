"""What each router can express, so that `pulumi preview` refuses what the chosen one cannot do.

The table speaks of routers by name only; the objects they write are the adapters' business.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from canary.core.routing import Capability, MatchRule, Routing
from canary.core.spec import Match, Mirror, RouterRef, Step, Switch, Weight


@dataclass(frozen=True, slots=True)
class RouterKind:
    """A router: the versions of its API, the first being the default, and whether this library has it."""

    versions: tuple[str, ...]
    capabilities: frozenset[Capability]
    present: bool


ROUTERS = {
    "trafficsplit": RouterKind(
        ("v1alpha2", "v1alpha1", "v1alpha3", "v1alpha4"), frozenset({Capability.WEIGHTS}), present=True
    ),
    "httproute": RouterKind(("v1", "v1beta1"), frozenset(Capability) - {Capability.AFFINITY}, present=False),
}


def parse_router(text: str) -> RouterRef:
    """`trafficsplit` or `trafficsplit/v1alpha1`. Raises ValueError that says what is allowed."""
    kind, _, version = text.partition("/")
    known = ROUTERS.get(kind)
    if known is None or not known.present:
        planned = "" if known is None else " is planned but not in this version"
        raise ValueError(f'"{text}"{planned or " is not a router"}; allowed: {", ".join(_choices())}')
    if version and version not in known.versions:
        raise ValueError(f'"{text}" has an unknown version; allowed: {", ".join(_choices())}')
    return RouterRef(kind, version or known.versions[0])


def _choices() -> Iterable[str]:
    for name, kind in ROUTERS.items():
        if kind.present:
            yield name
            yield from (f"{name}/{version}" for version in sorted(kind.versions))


def router_capabilities(ref: RouterRef) -> frozenset[Capability]:
    """What the router can express; nothing when it is unknown."""
    known = ROUTERS.get(ref.kind)
    return known.capabilities if known else frozenset()


def needs_of(step: Step) -> frozenset[Capability]:
    """What a router must be able to express for `step`."""
    match step:
        case Weight(percent=percent):
            return Routing(percent).needs()
        case Mirror(percent=percent):
            return Routing(mirror_percent=percent).needs()
        case Match():
            return Routing(matches=(MatchRule(()),)).needs()
        case Switch():
            return Routing(100).needs()
        case _:
            return frozenset()


def needs_of_all(steps: Iterable[Step]) -> frozenset[Capability]:
    """What a router must be able to express for all `steps`."""
    return reduce(frozenset.union, map(needs_of, steps), frozenset())


def lacking(ref: RouterRef, capability: Capability) -> str:
    """Why `ref` will not do, with the name of a router that would, and whether it is there."""
    able = [_presence(name) for name, kind in ROUTERS.items() if capability in kind.capabilities]
    remedy = f"a router that can: {', '.join(able)}" if able else "no router of this version can"
    return f"needs {capability}, which the router {ref.kind} cannot do; {remedy}"


def _presence(name: str) -> str:
    return name if ROUTERS[name].present else f"{name} (planned, not in this version)"
