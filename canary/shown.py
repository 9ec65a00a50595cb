"""What runs, as far as everybody may see it: the workload with every secret value replaced by `[secret]`.

It goes into the state of a release beside the revision, so that the next preview can say what changes. Whether a value
is a secret is only known inside the program, hence here; a provider is handed secrets like any other value.
"""

from collections.abc import Awaitable, Mapping
from typing import Any, cast

import pulumi

from canary.core.routing import Track
from canary.tracks import WORKLOADS, Plan
from canary.workload import Manifest, template_of

SECRET = "[secret]"  # noqa: S105 - stands for one
_DATA = ("data", "stringData")


def shown_workload(plan: Plan) -> dict[str, Any]:
    """By `Kind name`, what makes the canary's revision: pod template and companions, without secret values."""
    track = plan.of(Track.CANARY)
    return {_label(manifest): masked(_content(manifest)) for manifest in (track.workload, *track.companions)}


def masked(value: Any) -> Any:
    """`value` with `[secret]` for every Output that is secret; others stay, also those known only later."""
    if isinstance(value, pulumi.Output):
        return _masked_output(value)
    if isinstance(value, Mapping):
        return {key: masked(inner) for key, inner in value.items()}
    return [masked(inner) for inner in value] if isinstance(value, list) else value


def _masked_output(value: pulumi.Output[Any]) -> pulumi.Output[Any]:
    hidden: pulumi.Output[bool] = pulumi.Output.from_input(cast(Awaitable[bool], value.is_secret()))
    return pulumi.Output.all(pulumi.Output.unsecret(value), hidden).apply(lambda both: SECRET if both[1] else both[0])


def _label(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def _content(manifest: Manifest) -> Any:
    if manifest["kind"] in WORKLOADS:
        return template_of(manifest["spec"])
    kept = {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind")}
    return _sealed(kept) if manifest["kind"] == "Secret" else kept


def _sealed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A Secret shows its keys only, also when its values were written as plain text."""
    return {key: _hidden(value) if key in _DATA else value for key, value in manifest.items()}


def _hidden(data: Any) -> Any:
    return dict.fromkeys(data, SECRET) if isinstance(data, Mapping) else SECRET
