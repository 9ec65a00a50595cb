"""A resource as the rules see it: an object of the cluster, or a step of a release, with its properties as a View.

It knows how Pulumi's type tokens and URNs are made, and nothing of any rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.view import NotKnown, View

ROLLOUT = "pulumi-python:dynamic/canary:Rollout"
_KUBERNETES = "kubernetes:"
_DYNAMIC = "pulumi-python:dynamic/canary:"
_PATCH = "Patch"


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a stack.

    type: Pulumi's token, such as `kubernetes:apps/v1:Deployment`. ignored: the paths in `ignoreChanges`.
    default_namespace: where its provider puts an object that names no namespace.
    """

    type: str
    name: str
    urn: str
    props: View
    ignored: tuple[str, ...] = ()
    default_namespace: str = "default"

    @property
    def is_object(self) -> bool:
        """An object of the cluster."""
        return self.type.startswith(_KUBERNETES)

    @property
    def is_step(self) -> bool:
        """One of the dynamic resources of our component: its properties hold the release's whole specification."""
        return self.type.startswith(_DYNAMIC)

    @property
    def is_patch(self) -> bool:
        """It declares some fields of an object that somebody else owns."""
        return self.is_object and self.type.endswith(_PATCH)

    @property
    def group(self) -> str:
        """The API group, such as `apps`; for the core group `core`. Empty for what is no object."""
        return self.type.removeprefix(_KUBERNETES).split("/")[0] if self.is_object else ""

    @property
    def kind(self) -> str:
        """The object's kind."""
        return self.type.rpartition(":")[2].removesuffix(_PATCH)

    @property
    def stack(self) -> str:
        """The stack's name, which every URN has."""
        return self.urn.removeprefix("urn:pulumi:").split("::")[0]

    @property
    def meta(self) -> View:
        """Where the names are: the object's metadata, or the step's own properties."""
        return self.props["metadata"] if self.is_object else self.props

    @property
    def namespace(self) -> str:
        """The object's namespace. Raises NotKnown."""
        return self.meta["namespace"].text() or self.default_namespace

    @property
    def object_name(self) -> str:
        """The object's own name, or Pulumi's when it will be made from that. Raises NotKnown."""
        return self.meta["name"].text() or self.name

    @property
    def subject(self) -> str:
        """`namespace/name`; what is not known yet is a question mark, which no exemption's text matches."""
        return f"{_or_question(self, 'namespace')}/{_or_question(self, 'object_name')}"

    @property
    def title(self) -> str:
        """How messages call it."""
        return f"{'Canary' if self.is_step else self.kind} {self.subject}"


def _or_question(resource: Resource, attribute: str) -> str:
    try:
        return str(getattr(resource, attribute))
    except NotKnown:
        return "?"


def of_kind(resources: list[Resource], group: str, *kinds: str) -> Iterator[Resource]:
    """Those of one API group and some kinds; patches are none of them."""
    for resource in resources:
        if resource.group == group and resource.kind in kinds and not resource.is_patch:
            yield resource
