"""A release's plan inside `pulumi preview`: said under the Rollout, and kept among its inputs as data.

The data is made in an update, too, from the same old and new inputs, so that a saved plan (`--save-plan`) holds. It is
not compared by `diff`: a plan is no difference in what was asked for.
"""

from collections.abc import Mapping
from typing import Any

from pulumi.runtime.rpc import UNKNOWN

from canary.plan import Plan, as_text, plan_of, to_json
from canary.plan.model import Kind
from canary.ports import CanaryError
from canary.provider.engine import INFO, WARNING, EngineLog

Props = Mapping[str, Any]
LATER = ("kind", "after", "changes")  # what follows from a revision that is not known yet


def with_plan(olds: Props, news: Props) -> dict[str, Any]:
    """The inputs with their plan; in a preview it is also said. Never fails: a plan is no reason to stop an update."""
    kept = {key: value for key, value in news.items() if key not in ("preview", "plan")}
    try:
        plan = plan_of(olds, kept, UNKNOWN)
    except (CanaryError, KeyError, TypeError, ValueError) as error:
        if news.get("preview"):
            EngineLog(news.get("urn", "")).say(f"no plan can be shown: {error}", WARNING)
        return kept
    if news.get("preview") and plan.kind is not Kind.NONE:
        EngineLog(news.get("urn", "")).say(as_text(plan), INFO)
    return {**kept, "plan": plan_data(plan)}


def plan_data(plan: Plan) -> dict[str, Any]:
    """The plan as inputs; what follows from an unknown revision is unknown to Pulumi as well."""
    data = to_json(plan)
    return {**data, **dict.fromkeys(LATER, UNKNOWN)} if plan.kind is Kind.UNKNOWN else data
