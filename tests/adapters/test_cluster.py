import pytest

from canary.adapters.cluster import Cluster
from canary.adapters.errors import Conflict, Forbidden
from canary.adapters.kubeconfig import Connection
from canary.adapters.retry import Patience
from canary.ports import Misconfigured, Unavailable
from tests.adapters.conftest import FakeTime, kubeconfig
from tests.adapters.fakeapi import FakeApi, status

PATH = "/api/v1/namespaces/prod/configmaps/a"


def test_an_absent_object_is_none(cluster: Cluster, api: FakeApi) -> None:
    assert cluster.get(PATH) is None
    assert api.requests == [("GET", PATH)]


def test_the_credentials_of_the_kubeconfig_are_sent(cluster: Cluster, api: FakeApi) -> None:
    cluster.get(PATH)
    assert api.headers[0]["authorization"] == "Bearer s3cret-token"


@pytest.mark.parametrize("code", [500, 502, 503, 504, 429])
def test_trouble_of_the_server_is_tried_again(cluster: Cluster, api: FakeApi, code: int) -> None:
    api.put(PATH, {"data": {"x": "1"}})
    api.faults = [status(code), status(code)]
    found = cluster.get(PATH)
    assert found is not None
    assert found["data"] == {"x": "1"}


def test_trouble_that_lasts_is_unavailable_within_the_deadline(cluster: Cluster, api: FakeApi, time: FakeTime) -> None:
    api.faults = [status(503, "etcd is down") for _ in range(100)]
    with pytest.raises(Unavailable, match="etcd is down"):
        cluster.get(PATH)
    assert sum(time.slept) <= 5


def test_retry_after_is_the_least_pause(cluster: Cluster, api: FakeApi, time: FakeTime) -> None:
    api.faults = [status(429, headers={"Retry-After": "3"})]
    cluster.get(PATH)
    assert time.slept == [3.0]


def test_retry_after_beyond_the_deadline_ends_at_once(cluster: Cluster, api: FakeApi, time: FakeTime) -> None:
    api.faults = [status(503, headers={"Retry-After": "60"})]
    with pytest.raises(Unavailable):
        cluster.get(PATH)
    assert time.slept == []


def test_a_creation_is_never_repeated(cluster: Cluster, api: FakeApi) -> None:
    api.faults = [status(500)]
    with pytest.raises(Unavailable):
        cluster.create("/api/v1/namespaces/prod/configmaps", {"metadata": {"name": "a"}})
    assert len(api.requests) == 1


def test_a_lacking_permission_is_named_and_not_tried_again(cluster: Cluster, api: FakeApi) -> None:
    api.faults = [status(403, 'User "x" cannot get resource "configmaps"')]
    with pytest.raises(Forbidden, match="cannot get resource"):
        cluster.get(PATH)
    assert len(api.requests) == 1


def test_refused_credentials_are_loaded_anew_once(cluster: Cluster, api: FakeApi) -> None:
    api.faults = [status(401, "Unauthorized")]
    assert cluster.get(PATH) is None
    assert len(api.requests) == 2


def test_a_stale_version_is_a_conflict(cluster: Cluster, api: FakeApi) -> None:
    api.put(PATH, {})
    with pytest.raises(Conflict):
        cluster.merge(PATH, {"metadata": {"resourceVersion": "0"}})
    assert len(api.requests) == 1


def test_nobody_listening_is_unavailable_and_names_the_address(patience: Patience) -> None:
    nobody = Cluster(Connection(kubeconfig("http://127.0.0.1:1")), patience)
    with pytest.raises(Unavailable, match=r"http://127\.0\.0\.1:1.*KUBECONFIG"):
        nobody.get(PATH)


def test_no_message_holds_the_token(cluster: Cluster, api: FakeApi) -> None:
    for code in (400, 401, 403, 422):
        api.faults = [status(code)] * 2
        with pytest.raises(Misconfigured) as caught:
            cluster.get(PATH)
        assert "s3cret-token" not in str(caught.value)


def test_a_missing_kubeconfig_is_named() -> None:
    with pytest.raises(Misconfigured, match="/no/such/file"):
        _ = Cluster(Connection("/no/such/file")).address


def test_an_unknown_context_is_named() -> None:
    with pytest.raises(Misconfigured, match="staging"):
        _ = Cluster(Connection(kubeconfig("http://127.0.0.1:1"), "staging")).address


def test_contents_that_are_not_yaml_are_not_quoted() -> None:
    with pytest.raises(Misconfigured) as caught:
        _ = Cluster(Connection("token: hunter2\n\t- [")).address
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(Connection("token: hunter2\n"))
