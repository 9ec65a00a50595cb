from typing import Any

import pytest

from canary.adapters.cluster import Cluster
from canary.adapters.errors import Missing
from canary.adapters.retry import Patience
from canary.adapters.trafficsplit import TrafficSplitRouter
from canary.core.routing import HOME, Affinity, Routing
from canary.core.spec import RouterRef, Target
from canary.ports import Misconfigured, Unavailable
from tests.adapters.fakeapi import FakeApi, status


def path(version: str) -> str:
    return f"/apis/split.smi-spec.io/{version}/namespaces/prod/trafficsplits/podinfo"


PATH = path("v1alpha2")


def split(canary: Any, primary: Any, **others: Any) -> dict[str, Any]:
    weights = {"podinfo-canary": canary, "podinfo-primary": primary, **others}
    backends = [{"service": name, "weight": weight} for name, weight in weights.items()]
    return {"metadata": {"name": "podinfo"}, "spec": {"service": "podinfo", "backends": backends}}


@pytest.fixture
def router(cluster: Cluster, target: Target, patience: Patience) -> TrafficSplitRouter:
    return TrafficSplitRouter(cluster, target, RouterRef(), patience)


@pytest.mark.parametrize(
    ("version", "expected"),
    [("v1alpha1", ["5", "95"]), ("v1alpha2", [5, 95]), ("v1alpha3", [5, 95]), ("v1alpha4", [5, 95])],
)
def test_each_version_gets_its_kind_of_weight(
    cluster: Cluster, target: Target, api: FakeApi, version: str, expected: list[Any]
) -> None:
    api.put(path(version), split(0, 100))
    TrafficSplitRouter(cluster, target, RouterRef(version=version)).write(Routing(5))
    backends = api.objects[path(version)]["spec"]["backends"]
    assert [backend["weight"] for backend in backends] == expected
    assert [backend["service"] for backend in backends] == ["podinfo-canary", "podinfo-primary"]


@pytest.mark.parametrize(
    ("canary", "primary", "percent"),
    [(0, 100, 0), (100, 0, 100), ("500m", "500m", 50), (1, 9999, 1), (9999, 1, 99), (0, 0, 0), ("10", "90", 10)],
)
def test_weights_read_as_a_share(
    router: TrafficSplitRouter, api: FakeApi, canary: Any, primary: Any, percent: int
) -> None:
    api.put(PATH, split(canary, primary))
    assert router.read() == Routing(percent)


def test_what_is_already_so_is_not_written(router: TrafficSplitRouter, api: FakeApi) -> None:
    api.put(PATH, split(35, 65))
    router.write(Routing(35))
    assert api.writes() == []


def test_an_edit_between_reading_and_writing_is_looked_at_again(router: TrafficSplitRouter, api: FakeApi) -> None:
    api.put(PATH, split(0, 100))
    api.before_write = [lambda: api.put(PATH, split(7, 93))]
    router.write(Routing(10))
    assert router.read() == Routing(10)
    assert len(api.writes()) == 2


def test_an_edit_that_makes_the_split_foreign_is_not_overwritten(router: TrafficSplitRouter, api: FakeApi) -> None:
    api.put(PATH, split(0, 100))
    api.before_write = [lambda: api.put(PATH, split(0, 50, other=50))]
    with pytest.raises(Misconfigured, match="other"):
        router.write(Routing(10))


def test_a_split_deleted_in_mid_run_is_not_created_anew(router: TrafficSplitRouter, api: FakeApi) -> None:
    api.put(PATH, split(0, 100))
    api.put("/apis/split.smi-spec.io/v1alpha2", {})
    api.before_write = [lambda: api.objects.pop(PATH)]
    with pytest.raises(Missing, match="does not exist"):
        router.write(Routing(10))
    assert PATH not in api.objects


def test_a_write_that_does_not_stick_is_reported(router: TrafficSplitRouter, api: FakeApi) -> None:
    api.put(PATH, split(0, 100))
    plain = api.patch

    def undone(path: str, body: dict[str, Any]) -> Any:
        answer = plain(path, body)
        api.put(PATH, split(0, 100))
        return answer

    api.patch = undone  # type: ignore[method-assign]
    with pytest.raises(Unavailable, match="shows 0% right after 10%"):
        router.write(Routing(10))


def test_an_absent_kind_says_how_to_install_it(router: TrafficSplitRouter, api: FakeApi) -> None:
    with pytest.raises(Missing, match="linkerd smi install"):
        router.read()
    assert len(api.requests) == 3


def test_an_absent_object_is_told_from_an_absent_kind(router: TrafficSplitRouter, api: FakeApi) -> None:
    api.put("/apis/split.smi-spec.io/v1alpha2", {"kind": "APIResourceList"})
    with pytest.raises(Missing, match="TrafficSplit podinfo in namespace prod does not exist"):
        router.read()


def test_an_outage_is_never_a_missing_object(router: TrafficSplitRouter, api: FakeApi) -> None:
    api.faults = [status(500) for _ in range(100)]
    with pytest.raises(Unavailable):
        router.read()


def test_another_apex_is_not_this_releases(router: TrafficSplitRouter, api: FakeApi) -> None:
    api.put(PATH, split(0, 100) | {"spec": {"service": "shop", "backends": []}})
    with pytest.raises(Misconfigured, match="'shop'"):
        router.read()


@pytest.mark.parametrize("routing", [Routing(mirror_percent=5), Routing(5, affinity=Affinity("c"))])
def test_what_weights_cannot_say_is_refused(router: TrafficSplitRouter, routing: Routing) -> None:
    with pytest.raises(Misconfigured, match="another router"):
        router.write(routing)


def test_home_is_written_as_0_and_100(router: TrafficSplitRouter, api: FakeApi) -> None:
    api.put(PATH, split(35, 65))
    router.write(HOME)
    assert [backend["weight"] for backend in api.objects[PATH]["spec"]["backends"]] == [0, 100]


def test_an_unknown_version_is_refused(cluster: Cluster, target: Target) -> None:
    with pytest.raises(Misconfigured, match="v1alpha4"):
        TrafficSplitRouter(cluster, target, RouterRef(version="v2"))
