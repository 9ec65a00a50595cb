"""Reading from an API server over a real socket."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from lab.mesh.api import KubernetesApi
from lab.mesh.watch import ApiError


def kubeconfig(folder: Path, server: str) -> Path:
    document = {
        "current-context": "lab",
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "mesh"}}],
        "clusters": [{"name": "lab", "cluster": {"server": server}}],
        "users": [{"name": "mesh", "user": {"token": "secret"}}],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def api(tmp_path: Path, httpserver: HTTPServer) -> KubernetesApi:
    return KubernetesApi(kubeconfig(tmp_path, httpserver.url_for("")))


def test_the_users_token_is_shown_and_the_document_read(api: KubernetesApi, httpserver: HTTPServer) -> None:
    expected = httpserver.expect_oneshot_request("/api/v1/pods", headers={"Authorization": "Bearer secret"})
    expected.respond_with_json({"items": []})
    assert api.get("/api/v1/pods", {}) == {"items": []}


def test_a_streamed_line_comes_whole_however_it_was_cut(api: KubernetesApi, httpserver: HTTPServer) -> None:
    def stream(_: Request) -> Response:
        def chunks() -> Iterator[bytes]:
            yield from (b'{"a":', b' 1}\n{"b": 2}', b"\n\n", b'{"c": 3}\n')

        return Response(chunks(), content_type="application/json")

    httpserver.expect_request("/api/v1/pods", query_string="watch=1").respond_with_handler(stream)
    lines = [json.loads(line) for line in api.lines("/api/v1/pods", {"watch": "1"})]
    assert lines == [{"a": 1}, {"b": 2}, {"c": 3}]


def test_an_error_status_is_told_with_its_number(api: KubernetesApi, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/v1/pods").respond_with_data("too old", status=410)
    with pytest.raises(ApiError, match="410") as caught:
        list(api.lines("/api/v1/pods", {}))
    assert caught.value.status == 410


def test_a_server_that_is_not_there_is_an_api_error(tmp_path: Path) -> None:
    with pytest.raises(ApiError, match="/api/v1/pods could not be read"):
        KubernetesApi(kubeconfig(tmp_path, "http://127.0.0.1:1")).get("/api/v1/pods", {})


def test_splits_are_read_in_the_preferred_version(api: KubernetesApi, httpserver: HTTPServer) -> None:
    answer = {"preferredVersion": {"groupVersion": "split.smi-spec.io/v1alpha2"}}
    httpserver.expect_request("/apis/split.smi-spec.io").respond_with_json(answer)
    assert api.locate_splits() == "/apis/split.smi-spec.io/v1alpha2/trafficsplits"


def test_without_the_crd_there_is_no_path(api: KubernetesApi, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/apis/split.smi-spec.io").respond_with_data("", status=404)
    assert api.locate_splits() is None


def test_an_incomplete_kubeconfig_is_named(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text("{}")
    with pytest.raises(ValueError, match=str(path)):
        KubernetesApi(path)
