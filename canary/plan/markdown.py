"""A plan as a comment on a pull request. Whatever comes from a program is escaped: it cannot change the comment."""

from collections.abc import Iterator, Sequence

from canary.plan.model import Change, Kind, Plan
from canary.plan.text import duration, headline, stretches, times

TITLE = "### Release plan"


def as_markdown(plans: Sequence[Plan]) -> str:
    """One comment for all releases of a preview."""
    if not plans:
        return f"{TITLE}\n\nNo release is affected.\n"
    quiet = [plan for plan in plans if plan.kind is Kind.NONE]
    loud = [plan for plan in plans if plan.kind is not Kind.NONE]
    parts = [TITLE, *("\n".join(_release(plan)) for plan in loud)]
    parts += [f"No change: {', '.join(_code(plan.title) for plan in quiet)}"] if quiet else []
    return "\n\n".join(parts) + "\n"


def _release(plan: Plan) -> Iterator[str]:
    yield f"#### {_escaped(headline(plan))}"
    if plan.kind is not Kind.REMOVAL:
        yield from ("", *(f"- ⚠️ {_escaped(line)}" for line in plan.warnings))
    yield from ("", *(f"- {_escaped(line)}" for line in plan.adopts)) if plan.adopts else ()
    yield from _table(("what", "where", "before", "after"), [_change(one) for one in plan.changes or ()])
    if plan.changes is None:
        yield "\nWhat changed is not recorded: the last update was made by an older version.\n"
    if plan.is_analysed:
        yield from _analysis(plan)


def _change(change: Change) -> tuple[str, ...]:
    return change.about, _code(change.path), _code(change.before), _code(change.after)


def _analysis(plan: Plan) -> Iterator[str]:
    rows = [(s.number, _escaped(s.what), times(s.stages[0].best, s.stages[0].worst)) for s in stretches(plan.stages)]
    yield from _table(("step", "what", "takes"), rows)
    measures = [(_code(m.name), _role(m.bound, decides=m.decides), duration(m.window)) for m in plan.measures]
    yield from _table(("measured", "allowed", "looks back at most"), measures)
    yield from _folded("Queries", [f"{one.name} ({one.source}):\n{one.query}" for one in plan.measures])
    calls = [(_escaped(c.type), _code(c.name), _code(c.url), _escaped(c.when)) for c in plan.calls]
    yield from _table(("called", "name", "address", "when"), calls)
    yield ""
    yield from (f"- {_escaped(line)}" for line in plan.budget)
    yield f"- **On failure**: {_escaped('; '.join(plan.failure))}"


def _role(bound: str, *, decides: bool) -> str:
    return _escaped(bound if decides else f"{bound} (reported only)")


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(cells)} |" for cells in rows)


def _folded(title: str, blocks: Sequence[str]) -> Iterator[str]:
    if not blocks:
        return
    yield f"\n<details><summary>{title}</summary>\n"
    for block in blocks:
        yield f"{_fence(block)}\n{block}\n{_fence(block)}"
    yield "\n</details>"


def _fence(text: str) -> str:
    """Longer than any run of backticks in `text`, so that nothing in it ends the block."""
    return "`" * max(3, _longest_run(text) + 1)


def _longest_run(text: str) -> int:
    best = run = 0
    for char in text:
        run = run + 1 if char == "`" else 0
        best = max(best, run)
    return best


def _code(text: str | None) -> str:
    """In one table cell; `&#124;` because a bar ends a cell even in code."""
    if not text:
        return ""
    flat = text.replace("\n", " ").replace("|", "\\|")
    ticks = "`" * (_longest_run(flat) + 1)
    pad = " " if "`" in flat else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def _escaped(text: str) -> str:
    for char in "\\`*_[]<>|#":
        text = text.replace(char, f"\\{char}")
    return text.replace("@", "@&#8203;").replace("\n", " ")  # or it would call the person of that name
