"""Which resource is a release, and of which of the three kinds."""

from collections.abc import Iterator

from policies import argo, flagger
from policies.argo import ArgoRelease
from policies.flagger import FlaggerRelease
from policies.ours import OurRelease
from policies.release import Endpoint, Release
from policies.resource import ROLLOUT, Resource


def release_of(resource: Resource) -> Release | None:
    """The release that `resource` declares, if it does. Of our component only the Rollout, lest all be said thrice."""
    if resource.type == ROLLOUT:
        return OurRelease(resource)
    if resource.group == flagger.GROUP and resource.kind == "Canary":
        return FlaggerRelease(resource)
    if resource.group == argo.GROUP and resource.kind == "Rollout" and not resource.is_patch:
        return ArgoRelease(resource)
    return None


def endpoints_of(resource: Resource) -> Iterator[Endpoint]:
    """All URLs that `resource` makes somebody call. Raises NotKnown."""
    if resource.type == ROLLOUT:
        yield from OurRelease(resource).endpoints()
    elif resource.group == flagger.GROUP:
        yield from flagger.endpoints(resource)
    elif resource.group == argo.GROUP:
        yield from argo.endpoints(resource)
