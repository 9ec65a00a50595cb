from dataclasses import replace

import pytest

from canary.adapters.cluster import Cluster
from canary.adapters.kubeconfig import Connection
from canary.adapters.preflight import preflight
from canary.adapters.retry import Patience
from canary.core.spec import Backend, Metric, ReleaseSpec, RouterRef, Target
from tests.adapters.conftest import kubeconfig
from tests.adapters.fakeapi import FakeApi, status

PROXY = "/api/v1/namespaces/linkerd-viz/services/http:prometheus:9090/proxy/api/v1/query"


@pytest.fixture
def spec(target: Target) -> ReleaseSpec:
    metrics = (Metric("request-success-rate"), Metric("request-duration"))
    return ReleaseSpec(target, (), metrics=metrics, backend=Backend(address="http://prometheus.linkerd-viz:9090"))


@pytest.fixture
def sound(api: FakeApi) -> FakeApi:
    api.put("/api", {})
    api.put("/api/v1/namespaces/prod", {})
    api.put("/apis/split.smi-spec.io/v1alpha2", {})
    api.put(PROXY, {"status": "success", "data": {"resultType": "vector", "result": []}})
    return api


def test_a_sound_world_has_no_problems_and_is_only_read(cluster: Cluster, sound: FakeApi, spec: ReleaseSpec) -> None:
    assert preflight(cluster, spec) == []
    assert sound.writes() == []


def test_a_backend_is_asked_once_however_many_metrics_it_has(
    cluster: Cluster, sound: FakeApi, spec: ReleaseSpec
) -> None:
    preflight(cluster, spec)
    assert [path for _, path in sound.requests].count(PROXY) == 1


def test_every_problem_is_told_at_once(cluster: Cluster, api: FakeApi, spec: ReleaseSpec) -> None:
    api.put("/api", {})
    found = {problem.field: problem.message for problem in preflight(cluster, spec)}
    assert list(found) == ["namespace", "router", "metrics.request-success-rate"]
    assert "kubectl create namespace prod" in found["namespace"]
    assert "linkerd smi install" in found["router"]
    assert "prometheus.linkerd-viz:9090" in found["metrics.request-success-rate"]


def test_an_unreachable_cluster_is_the_only_problem(spec: ReleaseSpec, patience: Patience) -> None:
    nobody = Cluster(Connection(kubeconfig("http://127.0.0.1:1")), patience)
    (problem,) = preflight(nobody, spec)
    assert problem.field == "kubeconfig"
    assert "http://127.0.0.1:1" in problem.message


def test_a_kubeconfig_that_is_not_there_is_a_problem(spec: ReleaseSpec) -> None:
    (problem,) = preflight(Cluster(Connection("/no/such/file")), spec)
    assert "/no/such/file" in problem.message


def test_not_being_allowed_to_look_is_no_problem(cluster: Cluster, sound: FakeApi, spec: ReleaseSpec) -> None:
    plain = sound.get
    sound.get = lambda path, body: (  # type: ignore[method-assign]
        status(403) if path == "/api/v1/namespaces/prod" else plain(path, body)
    )
    assert preflight(cluster, spec) == []


@pytest.mark.usefixtures("sound")
def test_the_wanted_version_must_be_served(cluster: Cluster, spec: ReleaseSpec) -> None:
    (problem,) = preflight(cluster, replace(spec, router=RouterRef(version="v1alpha4")))
    assert "v1alpha4" in problem.message


def test_a_version_that_is_not_served_names_those_that_are(cluster: Cluster, sound: FakeApi, spec: ReleaseSpec) -> None:
    versions = [{"version": version} for version in ("v1alpha3", "v1alpha2", "v1beta9")]
    sound.put("/apis/split.smi-spec.io", {"versions": versions})
    (problem,) = preflight(cluster, replace(spec, router=RouterRef(version="v1alpha4")))
    assert "v1alpha4, but v1alpha2, v1alpha3: choose one of these" in problem.message
    assert "install" not in problem.message


def test_without_an_analysis_prometheus_is_not_needed(cluster: Cluster, sound: FakeApi, spec: ReleaseSpec) -> None:
    del sound.objects[PROXY]
    assert preflight(cluster, replace(spec, skip_analysis=True)) == []


@pytest.mark.usefixtures("sound")
def test_an_unknown_backend_names_the_known(cluster: Cluster, spec: ReleaseSpec) -> None:
    (problem,) = preflight(cluster, replace(spec, backend=Backend("graphite")))
    assert "prometheus" in problem.message
