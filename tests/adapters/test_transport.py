import socket
import threading
import time as real_time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer

from canary.adapters.cluster import Cluster
from canary.adapters.direct import Request
from canary.adapters.transport import Transport
from canary.core.spec import Access
from canary.ports import Misconfigured, Unavailable
from tests.adapters.fakeapi import status

PROXY = "/api/v1/namespaces/prod/services/http:podinfo:9898/proxy"


@pytest.fixture
def transport(cluster: Cluster) -> Transport:
    return Transport(cluster, "prod")


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that sends a byte of its answer now and then, for ever."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not stop.wait(0.02):
                    connection.sendall(b".")

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        stop.set()


def test_an_in_cluster_request_arrives_with_method_body_query_and_type(
    server: HTTPServer, transport: Transport
) -> None:
    server.expect_request(
        f"{PROXY}/a", "POST", data=b'{"x":1}', query_string="q=1", headers={"Content-Type": "application/json"}
    ).respond_with_data("ok", 201)
    request = Request("http://podinfo:9898/a?q=1", "POST", b'{"x":1}', {"Content-Type": "application/json"})
    assert transport.send(request).status == 201


def test_a_direct_request_never_carries_the_clusters_token(server: HTTPServer, transport: Transport) -> None:
    server.expect_request("/x").respond_with_data("ok")
    transport.send(Request(server.url_for("/x")))
    assert "Authorization" not in server.log[0][0].headers


@pytest.mark.parametrize("code", [400, 401, 404, 500, 503])
def test_a_status_of_the_backend_is_an_answer_and_is_asked_once(
    server: HTTPServer, transport: Transport, code: int
) -> None:
    server.expect_request(f"{PROXY}/").respond_with_data("no", code)
    assert transport.send(Request("http://podinfo:9898/")).status == code
    assert len(server.log) == 1


@pytest.mark.parametrize("code", [500, 503, 504, 429])
def test_trouble_of_the_proxy_is_unavailable_and_names_the_service(
    server: HTTPServer, transport: Transport, code: int
) -> None:
    server.expect_request(f"{PROXY}/").respond_with_response(status(code, "no endpoints available"))
    with pytest.raises(Unavailable, match="ready pod behind Service podinfo in namespace prod, port 9898"):
        transport.send(Request("http://podinfo:9898/"))


@pytest.mark.parametrize(("code", "remedy"), [(404, "the right one"), (403, "services/proxy")])
def test_a_wrong_service_or_permission_is_not_worth_a_retry(
    server: HTTPServer, transport: Transport, code: int, remedy: str
) -> None:
    server.expect_request(f"{PROXY}/").respond_with_response(status(code, "no"))
    with pytest.raises(Misconfigured, match=remedy):
        transport.send(Request("http://podinfo:9898/"))


def test_an_authorization_header_cannot_pass_the_proxy(transport: Transport) -> None:
    with pytest.raises(Misconfigured, match="access: direct"):
        transport.send(Request("http://podinfo/", headers={"authorization": "Bearer x"}))


def test_access_direct_leaves_the_cluster_out(server: HTTPServer, cluster: Cluster) -> None:
    server.expect_request("/x").respond_with_data("ok")
    url = server.url_for("/x")
    assert Transport(cluster, "prod", Access.DIRECT).send(Request(url)).status == 200
    assert Transport(cluster, "prod", "direct").describe("http://podinfo/") == "http://podinfo/"


def test_nobody_listening_is_unavailable_without_the_query(transport: Transport) -> None:
    with pytest.raises(Unavailable, match=r"no answer from http://127\.0\.0\.1:1/x \(connection refused\)") as caught:
        transport.send(Request("http://127.0.0.1:1/x?token=hunter2"))
    assert "hunter2" not in str(caught.value)


def test_an_answer_that_drips_for_ever_ends_with_the_timeout(transport: Transport, dripping: str) -> None:
    start = real_time.monotonic()
    with pytest.raises(Unavailable, match="did not answer within"):
        transport.send(Request(dripping, timeout=timedelta(milliseconds=100)))
    assert real_time.monotonic() - start < 1


def test_a_ca_that_is_none_is_named(transport: Transport) -> None:
    with pytest.raises(Misconfigured, match="not a PEM certificate"):
        transport.send(Request("https://127.0.0.1:1/", ca="nonsense"))
