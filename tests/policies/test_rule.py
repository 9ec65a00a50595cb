"""Where rules hold, who is exempted, and what of a resource is not known."""

import pytest

from policies.exemption import BadConfiguration
from policies.resource import Resource
from policies.view import UNKNOWN, NotKnown, View
from tests.policies.objects import broken, judge, thing, unknown, workload

BAD = workload(container={"image": "web"})


def exempted(until: str, resource: str = "shop/web") -> dict[str, list[dict[str, str]]]:
    return {"exemptions": [{"resource": resource, "until": until, "reason": "migration, see OPS-1"}]}


@pytest.mark.parametrize("resource", ["shop/web", "shop/*", "*/web"])
def test_an_exemption_holds_up_to_and_with_its_last_day(resource: str) -> None:
    assert broken("image-pinned", BAD, **exempted("2026-06-15", resource)) == []


def test_an_exemption_that_has_ended_is_named_in_the_violation() -> None:
    [message] = broken("image-pinned", BAD, **exempted("2026-06-14"))
    assert message.endswith('(its exemption "migration, see OPS-1" ended on 2026-06-14)')


def test_an_exemption_is_for_its_resource_alone() -> None:
    [message] = broken("image-pinned", BAD, **exempted("2026-12-31", "shop/other"))
    assert "exemption" not in message


def test_a_day_that_does_not_exist_is_refused_and_never_taken_for_a_late_one() -> None:
    with pytest.raises(BadConfiguration, match="'2026-02-31' is no day"):
        broken("image-pinned", BAD, **exempted("2026-02-31"))


def test_a_rule_holds_in_its_namespaces_and_stacks() -> None:
    assert broken("image-pinned", BAD, namespaces=["prod-*"]) == []
    assert broken("image-pinned", BAD, except_namespaces=["sh*"]) == []
    assert broken("image-pinned", BAD, stacks=["dev"]) == []
    assert len(broken("image-pinned", BAD, namespaces=["sh??"], stacks=["pr*"])) == 1


def test_where_the_namespace_is_not_known_nor_is_whether_the_rule_holds() -> None:
    lost = thing("core/v1:Pod", "web", UNKNOWN, containers=[{"image": "web"}])
    assert unknown("image-pinned", lost) == ["metadata.namespace"]


def test_an_object_without_a_namespace_is_in_its_providers() -> None:
    props = View({"metadata": {"name": "web"}, "spec": {"containers": [{"image": "web"}]}})
    pod = Resource("kubernetes:core/v1:Pod", "web", "urn:pulumi:prod::a::b::c", props, default_namespace="team")
    [message] = broken("image-pinned", pod)
    assert message.startswith("Pod team/web: ")


def test_one_value_that_is_not_known_hides_no_violation_beside_it() -> None:
    containers = [{"image": UNKNOWN}, {"image": "web"}]
    found = judge("image-pinned", thing("core/v1:Pod", containers=containers))
    assert [type(one).__name__ for one in found] == ["Unjudged", "Violation"]


def test_a_view_of_something_else_than_expected_is_absent() -> None:
    view = View({"spec": "text", "list": {"a": 1}, "number": "3", "no": True})
    assert view.at("spec.replicas").value is None
    assert list(view["list"].each()) == []
    assert (view["number"].number(), view["no"].number(), view["spec"].number()) == (3, None, None)
    assert view["spec"].texts() == {}


def test_what_lies_within_the_unknown_is_unknown() -> None:
    with pytest.raises(NotKnown, match=r"spec\.replicas cannot be known before `up`"):
        View({"spec": UNKNOWN}).at("spec.replicas").number()
    with pytest.raises(NotKnown, match=r"labels\.app"):
        View({"labels": {"app": UNKNOWN}})["labels"].texts()
    assert View({"spec": UNKNOWN})["spec"].is_given
