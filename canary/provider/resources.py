"""The three dynamic resources of a release, as the component declares them."""

from collections.abc import Awaitable
from typing import Any, cast

import pulumi
from pulumi.dynamic import Resource, ResourceProvider

from canary.provider.providers import DrainProvider, PromotionProvider, RolloutProvider

MODULE = "canary"


class _ReleaseResource(Resource, module=MODULE, name="Release"):
    """A step of a release. Hands its own URN to the provider, which is given none."""

    kind = "Release"
    provider: type[ResourceProvider]

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        full = f"{name}-{self.kind.lower()}"
        urn = pulumi.create_urn(full, f"pulumi-python:dynamic/{MODULE}:{self.kind}", parent=opts.parent)
        super().__init__(self.provider(), full, {**props, "urn": _text_only(urn)}, opts)


def _text_only(output: pulumi.Output[str]) -> pulumi.Output[str]:
    """The value without its dependency: the URN is made from the parent's, and to depend on a parent is a cycle."""
    return pulumi.Output.from_input(cast(Awaitable[str], output.future()))


class Drain(_ReleaseResource, module=MODULE, name="Drain"):
    """Nobody is on the canary when this is done."""

    kind, provider = "Drain", DrainProvider


class Rollout(_ReleaseResource, module=MODULE, name="Rollout"):
    """The canary has proved itself when this is done. `run` is new for every run of the analysis."""

    run: pulumi.Output[str]
    kind, provider = "Rollout", RolloutProvider

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(name, {**props, "run": None}, opts)


class Promotion(_ReleaseResource, module=MODULE, name="Promotion"):
    """All traffic is on the new primary, and the canary is stopped, when this is done."""

    kind, provider = "Promotion", PromotionProvider
