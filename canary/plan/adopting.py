"""What a plan says of objects that are taken over: in which order, and what the user should know before.

Rests on the facts that the component found in the cluster (`adopting` among the inputs) and on nothing else.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from canary.core.spec import ReleaseSpec
from canary.settings.durations import format_duration


def adoption_lines(spec: ReleaseSpec, news: Mapping[str, Any]) -> tuple[str, ...]:
    """The order of events, if anything is taken over."""
    found = _facts(news)
    if not found:
        return ()
    target, names = spec.target, " and ".join(found["objects"])
    drain = format_duration(spec.retreat.drain)
    stopped = f", then {drain} for open connections, then {target.name} has no pods" if found.get("replicas") else ""
    return (
        f"{names}: not touched until {target.primary} is ready with all its pods",
        f"then Service {target.service} selects {target.primary}{stopped}",
        "if anything fails before that, what serves now goes on serving",
    )


def adoption_warnings(spec: ReleaseSpec, news: Mapping[str, Any]) -> tuple[str, ...]:
    """What is different from now on, and not measured."""
    found = _facts(news)
    return tuple(_warnings(spec, news, found)) if found else ()


def _warnings(spec: ReleaseSpec, news: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    target, pods = spec.target, int(found.get("replicas", 0))
    if pods > target.replicas:
        yield (
            f"{target.name} runs {pods} pods and {target.primary} will have {target.replicas}: declare as many as "
            f"serve now, or be sure that fewer are enough"
        )
    declared = _images(news, target)
    for name, image in sorted((found.get("images") or {}).items()):
        if declared and declared.get(name) != image:
            yield (
                f"container {name} runs {image} and {declared.get(name, 'no container of that name')} is declared: an "
                f"adoption is not measured; adopt what runs now, and release the change after it"
            )


def _facts(news: Mapping[str, Any]) -> Mapping[str, Any]:
    found = news.get("adopting")
    return found if isinstance(found, Mapping) and found.get("objects") else {}


def _images(news: Mapping[str, Any], target: Any) -> dict[str, str]:
    try:
        containers = news["workload"][f"{target.kind} {target.name}"]["spec"]["containers"]
        return {str(one["name"]): str(one["image"]) for one in containers}
    except (KeyError, TypeError):
        return {}
