"""What an update would change, and whether it needs a new object.

The live object, reduced to what the old inputs named, is compared with the new inputs: drift that a refresh has found
counts, what the cluster added by itself does not. This module refuses to ask the cluster for more than a kind's scope.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lab.pulumi.kubernetes.checkpoint import Checkpoint
from lab.pulumi.kubernetes.force_new import IDENTITY, force_new_paths
from lab.pulumi.kubernetes.naming import is_autonamed, is_named
from lab.pulumi.kubernetes.normalize import normalize
from lab.pulumi.kubernetes.objects import Kind, drop, name_of, namespace_of, prune, set_metadata
from lab.pulumi.kubernetes.patches import Change, Difference, differences, merge_patch
from lab.pulumi.kubernetes.properties import Json, plain
from lab.pulumi.kubernetes.property_paths import contains, parse_path
from lab.pulumi.kubernetes.session import Session
from lab.pulumi.kubernetes.urns import Urn
from lab.pulumi.kubernetes.zeros import without_dropped_zeros


@dataclass(frozen=True, slots=True)
class Diff:
    """The differences, the paths that need a new object, and whether the old one must go first."""

    differences: tuple[Difference, ...]
    replaces: tuple[str, ...]
    delete_first: bool


def diff(session: Session, urn: Urn, state: Json, new: Json, ignored: Sequence[str]) -> Diff:
    """Compare the stored `state` with the `new` inputs. Raises `PathError` for a bad path in `ignored`."""
    stored = Checkpoint.parse(state)
    old_inputs, new_inputs = normalize(stored.inputs), normalize(plain(new))
    live = prune(stored.live, old_inputs)
    _align(session, stored.live, live, new_inputs)
    wanted = without_dropped_zeros(new_inputs, old_inputs, stored.live)
    forced = IDENTITY
    if not urn.is_patch_of(str(new_inputs.get("kind"))):
        forced = force_new_paths(new_inputs, session.settings.mutability)
    patch = merge_patch(live, wanted)
    found = _without_ignored(differences(patch, live, wanted, live, forced), ignored)
    replaces = tuple(difference.text for difference in found if _replaces(difference))
    return Diff(tuple(found), replaces, bool(replaces) and _keeps_its_name(new_inputs, stored.live))


def _align(session: Session, stored_live: Json, live: Json, new: Json) -> None:
    namespaced = session.is_namespaced(Kind.of(new))
    for obj in (live, new):
        if namespaced:
            set_metadata(obj, "namespace", namespace_of(obj) or "default")
        else:
            drop(obj, "metadata", "namespace")
    live.setdefault("apiVersion", new.get("apiVersion"))
    live.setdefault("kind", new.get("kind"))
    drop(live, "metadata", "resourceVersion")
    if name_of(new):
        set_metadata(live, "name", name_of(stored_live))


def _without_ignored(found: list[Difference], ignored: Sequence[str]) -> list[Difference]:
    paths = [parse_path(text) for text in ignored]
    return [difference for difference in found if not any(contains(path, difference.path) for path in paths)]


def _replaces(difference: Difference) -> bool:
    return difference.replaces or (difference.change is Change.DELETE and difference.path == ("metadata",))


def _keeps_its_name(new: Json, live: Json) -> bool:
    """Whether the new object would have the very name of the old one, so that both cannot exist."""
    same_place = name_of(new) == name_of(live) and namespace_of(new) == namespace_of(live)
    return is_named(new) and not is_autonamed(new) and same_place
