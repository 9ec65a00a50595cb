"""What a ReleaseGroup declares, and what it refuses before it declares anything."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.runtime import settings as runtime

from canary import Release, ReleaseGroup, SettingsError
from canary.provider.providers import RolloutProvider
from tests.components.graph import Graph, declare
from tests.components.releases import FIELDS, deployment

BOTH = ("backend", "frontend")


def labelled(name: str, image: Any = "stefanprodan/podinfo:2.1.0") -> dict[str, Any]:
    labels = {"app": name}
    containers = deployment(image)["template"]["spec"]["containers"]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    return {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}


def member(name: str, **arguments: Any) -> Release:
    return Release(name, **{**FIELDS, "deployment": labelled(name), **arguments})


def group(*releases: Release, **arguments: Any) -> Graph:
    """The graph of one group, by default of two."""
    return declare(lambda: ReleaseGroup("shop", releases or [member(name) for name in BOTH], **arguments).urn)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return group()


def refused(*releases: Any, name: str = "shop", before: Callable[[], None] = lambda: None, **arguments: Any) -> str:
    """The message of the refusal, which came before anything was declared."""
    caught: list[SettingsError] = []

    def program() -> None:
        before()
        try:
            ReleaseGroup(name, releases, **arguments)
        except SettingsError as problem:
            caught.append(problem)

    declared = declare(program)
    (problem,) = caught
    assert isinstance(problem, pulumi.RunError)
    assert declared.nodes == []
    return str(problem)


def test_every_member_is_a_whole_canary_and_a_child_of_the_group(graph: Graph) -> None:
    assert {name: node.parent for name, node in graph.of("Canary").items()} == dict.fromkeys(BOTH, "shop")
    for kind in ("Drain", "Rollout", "Promotion"):
        assert set(graph.of(kind)) == {f"{name}-{kind.lower()}" for name in BOTH}


def test_the_canaries_are_found_by_name() -> None:
    made: list[ReleaseGroup] = []

    def program() -> Any:
        made.append(ReleaseGroup("shop", [member(name) for name in BOTH]))
        return made[0].canaries["backend"].revision

    declare(program)
    assert list(made[0].canaries) == list(BOTH)
    assert made[0].canaries["frontend"].spec.target.name == "frontend"


def test_no_rollout_begins_before_the_canaries_of_all_are_there(graph: Graph) -> None:
    for rollout in graph.of("Rollout").values():
        assert {"backend", "frontend", "backend-drain", "frontend-drain"} <= rollout.after


def test_no_member_depends_on_anothers_rollout_because_they_run_at_once(graph: Graph) -> None:
    for name in BOTH:
        (other,) = set(BOTH) - {name}
        mine = [node for node in graph.nodes if node.parent == name]
        assert not any(f"{other}-rollout" in node.after for node in mine)
        assert graph.of("Deployment")[f"{name}-primary"].after == {f"{name}-rollout"}


def test_each_rollout_knows_all_members_in_their_order_with_their_revisions(graph: Graph) -> None:
    rollouts = graph.of("Rollout")
    told = [node.inputs["group"] for node in rollouts.values()]
    assert told[0] == told[1]
    assert (told[0]["name"], told[0]["ordered"], told[0]["deadline"], told[0]["begin_deadline"]) == (
        "shop",
        False,
        3600,
        600,
    )
    assert [(one["name"], one["namespace"], one["kind"]) for one in told[0]["members"]] == [
        ("backend", "prod", "Deployment"),
        ("frontend", "prod", "Deployment"),
    ]
    revisions = [rollouts[f"{name}-rollout"].inputs["revision"] for name in BOTH]
    assert [one["revision"] for one in told[0]["members"]] == revisions


def test_order_and_deadlines_are_handed_on() -> None:
    told = group(ordered=True, deadline="2h", begin_deadline="90s").of("Rollout")["backend-rollout"].inputs["group"]
    assert (told["ordered"], told["deadline"], told["begin_deadline"]) == (True, 7200, 90)


def test_another_members_revision_is_no_difference_of_ones_own() -> None:
    before = group().of("Rollout")["backend-rollout"].inputs
    changed = group(member("backend"), member("frontend", deployment=labelled("frontend", "podinfo:2.1.1")))
    after = changed.of("Rollout")["backend-rollout"].inputs
    assert before["group"] != after["group"]
    assert not RolloutProvider().diff("id", before, after).changes


def test_a_revision_that_is_known_later_is_handed_on_too() -> None:
    image = "stefanprodan/podinfo:2.1.0"

    def program() -> Any:
        late = pulumi.Output.from_input(image)
        return ReleaseGroup("shop", [member("backend", deployment=labelled("backend", late)), member("frontend")]).urn

    now, late = group().of("Rollout"), declare(program).of("Rollout")
    assert late["frontend-rollout"].inputs["group"] == now["frontend-rollout"].inputs["group"]


def test_all_faults_of_all_members_and_of_the_group_come_at_once() -> None:
    broken = member("backend", analysis={"interval": "10x", "step_weight": 0})
    message = refused(broken, member("frontend", nonsense=1), name="Shop", deadline="soon")
    for part in (
        "name: ",
        "deadline: ",
        "releases[0].analysis.interval: ",
        "releases[0].analysis.step_weight: ",
        "releases[1].nonsense: ",
    ):
        assert part in message


def test_a_group_of_one_is_refused() -> None:
    assert "two or more, for one alone use Canary" in refused(member("backend"))


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (member("backend"), 'has the name "backend" of releases[0]'),
        (member("other", target="backend"), "has the workload prod/backend of releases[0]"),
    ],
)
def test_the_same_release_twice_is_refused(second: Release, message: str) -> None:
    assert message in refused(member("backend"), second)


def test_a_direct_dependency_is_refused_and_the_remedy_named() -> None:
    message = refused(member("backend"), member("frontend", depends_on=["backend"]))
    assert "releases[1].depends_on: " in message
    assert "ordered=True" in message


def test_what_is_no_release_is_refused() -> None:
    assert "releases[1]: a dict is not accepted; allowed: canary.Release(NAME, ...)" in refused(member("a"), {})


def test_a_group_larger_than_what_runs_at_once_is_refused_because_it_would_wait_for_itself() -> None:
    def three_at_once() -> None:
        runtime.SETTINGS.parallel = 3

    members = [member(f"service-{number}") for number in range(4)]
    assert "--parallel 4" in refused(*members, before=three_at_once)


def test_a_group_that_fits_is_declared() -> None:
    def program() -> Any:
        runtime.SETTINGS.parallel = 2
        return ReleaseGroup("shop", [member(name) for name in BOTH]).urn

    assert set(declare(program).of("Canary")) == set(BOTH)
