"""Releases that stand or fall together: no primary of the group is touched before all of its canaries are proved.

    Drains, canaries, Services of all members -> every member's Rollout -> its primary -> its Promotion

A Rollout begins when the canaries of all are there, so a member that cannot even start stops the others in the graph.
Only declarations: what the members agree on while they run is `canary.core.group`'s, and docs/groups.md promises it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pulumi
from pulumi.runtime import settings as runtime

from canary.components import Canary, accepted
from canary.config import Refusal
from canary.ports import Misconfigured
from canary.settings import ReleaseSettings, SettingsError
from canary.settings.durations import NotADuration, parse_duration
from canary.settings.errors import show
from canary.tracks import Plan

NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
Duration = str | timedelta


@dataclass(frozen=True, init=False)
class Release:
    """One member of a ReleaseGroup: the arguments of a `Canary`, which the group declares. No fault is raised here."""

    name: str
    arguments: Mapping[str, Any]

    def __init__(self, name: str, **arguments: Any) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "arguments", arguments)

    def accepted(self) -> tuple[ReleaseSettings, Plan]:
        """What a Canary would make of it. Raises Misconfigured."""
        given = dict(self.arguments)
        deployment, workload, settings = (given.pop(key, None) for key in ("deployment", "workload", "settings"))
        fields = {key: value for key, value in given.items() if key not in ("kubeconfig", "context", "opts")}
        return accepted(self.name, deployment, workload, settings, fields)


class ReleaseGroup(pulumi.ComponentResource):
    """Several releases of which all are promoted, or none. `canaries` has them by name.

    releases: two or more. ordered: a release begins its analysis when all before it have passed theirs, and they go
    home in reverse order. deadline: how long one waits for the others. begin_deadline: how long, for one that does not
    begin at all. A release with nothing to do, or that is deployed for the first time, is not waited for.
    Raises SettingsError with all faults of the group and of all releases at once, before anything is declared.
    """

    def __init__(  # noqa: PLR0913 - what a user may say, by keyword
        self,
        name: str,
        releases: Sequence[Release],
        *,
        ordered: bool = False,
        deadline: Duration = "1h",
        begin_deadline: Duration = "10m",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        faults = [*_group_faults(name, releases), *_release_faults(releases)]
        limits = {"deadline": deadline, "begin_deadline": begin_deadline}
        seconds = {field: _seconds(field, value, faults) for field, value in limits.items()}
        if faults:
            raise Refusal(faults)
        super().__init__("canary:index:ReleaseGroup", name, None, opts)
        members = {release.name: self._member(release) for release in releases}
        self.canaries: Mapping[str, Canary] = members
        _begin(list(members.values()), {"name": name, "ordered": ordered, **seconds})
        self.register_outputs({"revisions": {key: canary.revision for key, canary in self.canaries.items()}})

    def _member(self, release: Release) -> "_Member":
        arguments = dict(release.arguments)
        given = arguments.pop("opts", None) or pulumi.ResourceOptions()
        opts = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(parent=self), given)
        return _Member(release.name, opts=opts, **arguments)


class _Member(Canary):
    """A Canary whose Rollout is declared when all others of its group are prepared."""

    def _declare(self, plan: Plan) -> None:
        self._plan, self.prepared = plan, self._prepare(plan)

    def begin(self, ready: list[pulumi.Resource], group: Mapping[str, Any]) -> None:
        """Declare the rest."""
        self._release(self._plan, ready, group=group)

    @property
    def seat(self) -> dict[str, Any]:
        """What the others need to find it."""
        target = self.spec.target
        return {
            "name": target.name,
            "namespace": target.namespace,
            "kind": target.kind,
            "revision": self.revision,
            "connection": self._connection,
        }


def _begin(members: Sequence[_Member], charter: Mapping[str, Any]) -> None:
    """Declare the rest of all `members`, now that each is known and prepared."""
    group = {**charter, "members": [member.seat for member in members]}
    ready = [resource for member in members for resource in member.prepared]
    for member in members:
        member.begin(ready, group)


def _group_faults(name: str, releases: Sequence[Release]) -> Iterator[str]:
    if not NAME.fullmatch(name):
        yield f"name: {show(name)} is not accepted; allowed: lower case letters, digits and '-', at most 63"
    count = len(releases)
    if count < 2:  # noqa: PLR2004 - what makes a group
        yield f"releases: {count} given; allowed: two or more, for one alone use Canary"
    parallel = int(runtime.SETTINGS.parallel or 0)
    if 0 < parallel < count:
        yield (
            f"releases: {count} given, but this update runs only {parallel} operations at once, and every release of a "
            f"group takes one while it waits for the others; run pulumi with --parallel {count} or more"
        )


def _release_faults(releases: Sequence[Release]) -> Iterator[str]:
    names: dict[str, str] = {}
    for index, release in enumerate(releases):
        place = f"releases[{index}]"
        if not isinstance(release, Release):
            yield f"{place}: a {type(release).__name__} is not accepted; allowed: canary.Release(NAME, ...)"
            continue
        yield from _twins(place, f"name {show(release.name)}", names)
        if "depends_on" in release.arguments:
            yield (
                f"{place}.depends_on: a release of a group cannot depend on another one, because each waits for all "
                "others before it ends; use ordered=True, which begins them in their order"
            )
            continue
        try:
            settings, _ = release.accepted()
        except Misconfigured as error:
            lines = error.lines if isinstance(error, SettingsError) else [str(error)]
            yield from (f"{place}.{line}" for line in lines)
        else:
            yield from _twins(place, f"workload {settings.namespace}/{settings.target_name}", names)


def _twins(place: str, what: str, seen: dict[str, str]) -> Iterator[str]:
    if what in seen:
        yield f"{place}: has the {what} of {seen[what]}; allowed: each release once"
    seen.setdefault(what, place)


def _seconds(field: str, value: Duration, faults: list[str]) -> float:
    try:
        return parse_duration(value).total_seconds()
    except NotADuration as error:
        faults.append(f"{field}: {error}")
        return 0
