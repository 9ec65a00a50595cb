from typing import Any

import pytest

from policies.endpoints import is_in_cluster
from policies.finding import Unjudged, Violation
from policies.resource import Resource
from policies.view import UNKNOWN
from tests.policies.objects import METRIC, broken, flagger, judge, release, thing, unknown

OUT = "http://evil.example.com/hook?token=s3cret"


def hook(url: Any, **more: Any) -> dict[str, Any]:
    return {"name": "h", "url": url, **more}


def template(provider: dict[str, Any], kind: str = "flagger.app/v1beta1:MetricTemplate") -> Resource:
    return thing(kind, provider=provider)


def analysis(**provider: Any) -> Resource:
    return thing("argoproj.io/v1alpha1:AnalysisTemplate", metrics=[{"name": "m", "provider": provider}])


CALLERS = [
    release(webhooks=[hook(OUT)]),
    release(metrics=[{**METRIC, "backend": {"address": OUT}}]),
    release(step_weight=None, steps=[{"gate": hook(OUT)}, {"weight": 50}]),
    release(alerts=[{"name": "a", "address": OUT}]),
    flagger(analysis={"webhooks": [hook(OUT)]}),
    flagger(metricsServer=OUT),
    template({"type": "prometheus", "address": OUT}),
    thing("flagger.app/v1beta1:AlertProvider", address=OUT),
    analysis(prometheus={"address": OUT}),
    analysis(web={"url": OUT}),
]


@pytest.mark.parametrize("caller", CALLERS, ids=str)
def test_whatever_calls_a_stranger_is_refused_and_the_message_tells_no_secret(caller: Resource) -> None:
    [message] = broken("allowed-hosts", caller)
    assert "calls evil.example.com; allowed: Services of the cluster; use one of these" in message
    assert "s3cret" not in message
    [message] = broken("tls-outside-cluster", caller)
    assert "calls evil.example.com with http; allowed: https outside the cluster" in message


@pytest.mark.parametrize("caller", CALLERS, ids=str)
def test_a_host_that_is_allowed_may_be_called(caller: Resource) -> None:
    assert broken("allowed-hosts", caller, hosts=["*.example.com"]) == []


def test_services_of_the_cluster_may_be_called_without_tls() -> None:
    inside = release(webhooks=[hook("http://load-tester.prod/")])
    assert broken("allowed-hosts", inside) == []
    assert broken("tls-outside-cluster", inside) == []


def test_a_configuration_may_forbid_services_that_it_does_not_name() -> None:
    inside = release(webhooks=[hook("http://load-tester.prod/")])
    [message] = broken("allowed-hosts", inside, in_cluster=False, hosts=["prometheus.linkerd-viz"])
    assert "calls load-tester.prod; allowed: prometheus.linkerd-viz" in message


def test_a_system_of_others_is_called_even_without_an_address() -> None:
    asked = {"type": "datadog", "secret_ref": "keys"}
    [message] = broken("allowed-hosts", release(metrics=[{"name": "m", "max": 1, "query": "q", "backend": asked}]))
    assert "analysis.metrics[0].backend.type calls api.datadoghq.com" in message


@pytest.mark.parametrize(
    "careless",
    [
        release(webhooks=[hook("https://hooks.example.com/", disable_tls=True)]),
        release(metrics=[{**METRIC, "backend": {"address": "https://m.example.com", "insecure_skip_verify": True}}]),
        flagger(analysis={"webhooks": [hook("https://hooks.example.com/", disableTLS=True)]}),
        template({"address": "https://m.example.com", "insecureSkipVerify": True}),
        analysis(prometheus={"address": "https://m.example.com", "insecure": True}),
    ],
    ids=str,
)
def test_a_certificate_that_nobody_checks_is_no_tls(careless: Resource) -> None:
    [message] = broken("tls-outside-cluster", careless)
    assert "so anybody could answer" in message


@pytest.mark.parametrize("odd", ["http://", "prometheus.example.com:9090", "http://[bad", "//"])
def test_what_is_hardly_a_url_never_passes(odd: str) -> None:
    assert broken("tls-outside-cluster", flagger(metricsServer=odd)) != []


def test_a_url_that_is_not_known_is_not_judged_and_the_others_are() -> None:
    assert unknown("allowed-hosts", flagger(analysis={"webhooks": [hook(UNKNOWN)]})) == [
        "spec.analysis.webhooks[0].url"
    ]
    mixed = judge("allowed-hosts", flagger(analysis={"webhooks": [hook(UNKNOWN), hook(OUT)]}))
    assert [type(finding) for finding in mixed] == [Unjudged, Violation]


@pytest.mark.parametrize("host", ["tools", "tools.prod", "tools.prod.svc", "tools.prod.svc.cluster.local", "a.dev"])
def test_names_of_services_are_in_the_cluster(host: str) -> None:
    assert is_in_cluster(host)


@pytest.mark.parametrize(
    "host", ["", "localhost", "example.com", "shop.de", "10.0.0.1", "::1", "a.b.svc.evil.com", "a.b.c", "1.2"]
)
def test_other_names_are_not(host: str) -> None:
    assert not is_in_cluster(host)
