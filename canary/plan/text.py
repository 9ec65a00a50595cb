"""A plan for a terminal: what is said under the Rollout in `pulumi preview`, and by `canary plan -o text`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from canary.plan.model import Change, Kind, Plan, Stage
from canary.settings.durations import format_duration


def as_text(plan: Plan) -> str:
    """All of it, a fact a line."""
    lines = [headline(plan), *_section("adopts", plan.adopts)]
    lines += _section("changes", [change_line(one) for one in plan.changes or ()])
    if plan.is_analysed:
        lines += _section("steps", list(step_lines(plan)))
        lines += _section("measured", list(_measures(plan)))
        lines += _section("called", [f"{one.type} {one.name} {one.url}: {one.when}" for one in plan.calls])
        lines += _section("failure budget", plan.budget)
        lines += _section("on failure", plan.failure)
    if plan.kind is not Kind.REMOVAL:
        lines += _section("warnings", plan.warnings)
    return "\n".join(lines)


def headline(plan: Plan) -> str:
    """What is going to happen, in one sentence."""
    match plan.kind:
        case Kind.FIRST:
            return (
                f"{plan.title}: first deployment of revision {plan.after or '(known during the update)'}, without "
                "analysis, because there is nothing to compare with"
            )
        case Kind.RELEASE:
            return f"{plan.title}: release of revision {plan.before or '?'} → {plan.after}{_how(plan)}"
        case Kind.SETTINGS:
            return f"{plan.title}: other settings, the same revision {plan.after}: no analysis, no pod is replaced"
        case Kind.NONE:
            return f"{plan.title}: no change, revision {plan.after} stays"
        case Kind.REMOVAL:
            return f"{plan.title}: removal of revision {plan.before}: {_after_removal(plan)}"
    return f"{plan.title}: revision {plan.before or '?'} → known during the update{_how(plan)}"


def _after_removal(plan: Plan) -> str:
    if any(change.after for change in plan.changes or ()):
        return f"users on the canary go to {plan.name}-primary first, which stays and serves"
    return "all that serves it goes, and requests fail from then on (keep_on_removal: true would keep the primary)"


def _how(plan: Plan) -> str:
    if not plan.stages:
        return ", without analysis"
    return f", {times(plan.best, plan.worst)}"


def times(best: float, worst: float | None) -> str:
    """`3m20s at best, 41m at worst`."""
    return f"{duration(best)} at best, {'no limit' if worst is None else duration(worst)} at worst"


def duration(seconds: float) -> str:
    """`3m20s`."""
    return format_duration(timedelta(seconds=round(seconds, 3)))


def change_line(change: Change) -> str:
    """`image: Deployment podinfo spec.containers[podinfod].image: a → b`."""
    before, after = change.before, change.after
    removed_or_new = f"+ {after}" if before is None else f"- {before}"
    told = removed_or_new if before is None or after is None else f"{before} → {after}"
    return f"{change.about}: {change.path}: {told}"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Stages in a row that differ in their weights only."""

    first: int
    stages: tuple[Stage, ...]

    @property
    def number(self) -> str:
        """`1`, or `1-20`."""
        last = self.first + len(self.stages) - 1
        return str(self.first) if last == self.first else f"{self.first}-{last}"

    @property
    def what(self) -> str:
        """The step, or `5%, 10%, ... 100% of requests, 1 passed check each`."""
        if len(self.stages) == 1:
            return self.stages[0].what
        weights = [f"{stage.weight}%" for stage in self.stages]
        shown = weights if len(weights) <= MOST else [*weights[:2], "...", weights[-1]]
        return f"{', '.join(shown)}{_rest(self.stages[0])} each"


MOST = 6  # weights that are listed one by one


def _rest(stage: Stage) -> str:
    return stage.what.removeprefix(f"{stage.weight}%")


def stretches(stages: Sequence[Stage]) -> list[Stretch]:
    """The stages, with those that only raise the weight taken together."""
    found: list[Stretch] = []
    for number, stage in enumerate(stages, 1):
        if found and _alike(found[-1].stages[-1], stage):
            found[-1] = Stretch(found[-1].first, (*found[-1].stages, stage))
        else:
            found.append(Stretch(number, (stage,)))
    return found


def _alike(one: Stage, other: Stage) -> bool:
    weighted = one.what.startswith(f"{one.weight}%") and other.what.startswith(f"{other.weight}%")
    return weighted and (_rest(one), one.best, one.worst) == (_rest(other), other.best, other.worst)


def step_lines(plan: Plan) -> Iterator[str]:
    """Each step with its times."""
    for stretch in stretches(plan.stages):
        stage = stretch.stages[0]
        yield f"{stretch.number}. {stretch.what}: {times(stage.best, stage.worst)}"


def _measures(plan: Plan) -> Iterator[str]:
    for one in plan.measures:
        role = "" if one.decides else " (reported only)"
        yield f"{one.name} {one.bound}{role}, over at most {duration(one.window)}, from {one.source}"
        yield f"  {one.query}"


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"  {title}:", *(f"    {line}" for line in lines)] if lines else []
