import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.adapters.address import resolve, shown
from canary.core.spec import Access
from canary.ports import CanaryError, Misconfigured

BASE = "/api/v1/namespaces"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://podinfo:9898/", "prod/services/http:podinfo:9898/proxy/"),
        ("http://podinfo:9898", "prod/services/http:podinfo:9898/proxy/"),
        ("http://load-tester.prod/", "prod/services/http:load-tester:80/proxy/"),
        ("https://x.ns.svc/a/b?q=1&r=%20", "ns/services/https:x:443/proxy/a/b?q=1&r=%20"),
        ("http://x.ns.svc.cluster.local:81/a%2Fb", "ns/services/http:x:81/proxy/a%2Fb"),
        ("http://x.ns.svc.other.domain./", "ns/services/http:x:80/proxy/"),
        ("http://tools.dev/", "dev/services/http:tools:80/proxy/"),
        ("http://PODINFO.Prod/Path#fragment", "prod/services/http:podinfo:80/proxy/Path"),
    ],
)
def test_in_cluster_names_go_through_the_service_proxy(url: str, path: str) -> None:
    found = resolve(url, "prod")
    assert found is not None
    assert found.proxy_path == f"{BASE}/{path}"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:9090/",
        "http://127.0.0.1/",
        "http://10.43.0.1:80/",
        "http://[::1]:80/",
        "https://prometheus.example.com/",
        "https://example.com",
        "https://hooks.slack.com/services/x",
        "https://firma.de/",
        "http://my_host/",
        "http://a.b.c/",
    ],
)
def test_other_names_are_called_directly(url: str) -> None:
    assert resolve(url, "prod") is None


def test_the_setting_overrides() -> None:
    assert resolve("http://podinfo:9898/", "prod", Access.DIRECT) is None
    forced = resolve("http://prometheus.io:9090/", "prod", Access.PROXY)
    assert forced is not None
    assert (forced.service, forced.namespace) == ("prometheus", "io")


@pytest.mark.parametrize(
    "url", ["", "podinfo", "ftp://podinfo/", "http://", "http://podinfo:0/", "http://podinfo:99999/"]
)
def test_what_is_no_url_is_named(url: str) -> None:
    with pytest.raises(Misconfigured, match="is not a URL"):
        resolve(url, "prod")


@pytest.mark.parametrize("path", ["/../x", "/a/../../b", "/%2e%2e/x", "/.%2E/x", "/."])
def test_no_path_leads_out_of_the_proxy(path: str) -> None:
    with pytest.raises(Misconfigured, match="part of its path"):
        resolve(f"http://podinfo{path}", "prod")


def test_credentials_in_a_url_are_never_shown() -> None:
    with pytest.raises(Misconfigured) as caught:
        resolve("http://user:hunter2@podinfo/?token=hunter2", "prod")
    assert "hunter2" not in str(caught.value)
    assert shown("https://u:hunter2@example.com/a?token=hunter2#hunter2") == "https://example.com/a"


@given(st.text(max_size=60))
def test_any_text_is_a_service_a_stranger_or_a_clear_error(text: str) -> None:
    try:
        found = resolve(f"http://{text}", "prod")
    except CanaryError:
        return
    if found is not None:
        path = found.proxy_path.partition("?")[0]
        assert path.startswith(f"{BASE}/{found.namespace}/services/http:{found.service}:{found.port}/proxy/")
        assert "/../" not in path
