"""Field by field through Flagger's definitions: each field changes the release or is named; none is dropped in silence.

Both ages of the object: v1beta1 with `analysis`, v1alpha3 with `canaryAnalysis`.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import yaml

from canary.migrate import Imported, ImportFault, from_flagger
from tests.migrate import flagger_crd as crd
from tests.migrate.canaries import canary

Document = dict[str, Any]
AGES = ("flagger.app/v1beta1", "flagger.app/v1alpha3")
CUSTOM = {"name": "errors", "query": "sum(a)", "thresholdRange": {"max": 1}}


def base() -> Document:
    hook = {"name": "load-test", "url": "http://load-tester.prod/"}
    return canary(
        {
            "metrics": [{"name": "request-success-rate", "thresholdRange": {"min": 99}}],
            "webhooks": [hook],
            "alerts": [{"name": "team", "providerRef": {"name": "first"}}],
        }
    )


def companion(kind: str, name: str, spec: Document, namespace: str = "prod") -> Document:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "flagger.app/v1beta1", "kind": kind, "metadata": metadata, "spec": spec}


def companions() -> Iterator[Document]:
    for number, (name, namespace) in enumerate((("first", "prod"), ("first", "shared"), ("second", "prod"))):
        yield companion("AlertProvider", name, {"type": "slack", "address": f"http://chat/{number}"}, namespace)
    for number, namespace in enumerate(("prod", "shared")):
        spec = {"provider": {"type": "prometheus", "address": f"http://p:{9090 + number}"}, "query": "sum(t)"}
        yield companion("MetricTemplate", "errors", spec, namespace)


def put(spec: Document, path: str, value: Any) -> Document:
    """`spec` with `value` at `path`."""
    place: Any = spec
    *parents, last = path.split(".")
    for part in parents:
        name, listed, _ = part.partition("[]")
        place = place.setdefault(name, [{}] if listed else {})
        place = place[0] if listed else place
        if name == "*":
            raise AssertionError(path)
    place[last] = value
    return spec


def drop(spec: Document, path: str) -> None:
    *parents, last = path.split(".")
    place: Any = spec
    for part in parents:
        name, listed, _ = part.partition("[]")
        place = place[name][0] if listed else place[name]
    place.pop(last, None)


def read(document: Document, age: str = AGES[0], *others: Document) -> Imported:
    document = deepcopy(document)
    document["apiVersion"] = age
    if age == AGES[1]:
        document["spec"]["canaryAnalysis"] = document["spec"].pop("analysis")
    return from_flagger(yaml.safe_dump_all([document, *(others or companions())]))


def release(imported: Imported) -> Any:
    """All that decides about the release."""
    return imported.settings.to_spec(imported.kind), imported.settings.service_port()


def findings(document: Document, age: str) -> list[str]:
    """The paths of all faults, or of all notes if there is no fault; spelled as in v1beta1."""
    try:
        lines: tuple[str, ...] = read(document, age).notes
    except ImportFault as fault:
        lines = fault.lines
    return [line.partition(":")[0].replace("canaryAnalysis", "analysis") for line in lines]


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize(("path", "value"), crd.HONOURED.items())
def test_a_field_with_a_counterpart_changes_the_release(path: str, value: Any, age: str) -> None:
    changed = base()
    put(changed["spec"], path, value)
    if path == "analysis.metrics[].name":
        put(changed["spec"], "analysis.metrics[].thresholdRange", {"max": 99})
    assert release(read(changed, age)) != release(read(base(), age))


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize(("path", "instead"), crd.IN_PLACE_OF.items())
def test_a_field_that_replaces_another_changes_the_release(path: str, instead: tuple[str, Any], age: str) -> None:
    changed = base()
    drop(changed["spec"], instead[0])
    put(changed["spec"], path, instead[1])
    assert release(read(changed, age)) != release(read(base(), age))


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize(("path", "value"), crd.OF_CUSTOM_METRIC.items())
def test_a_field_of_a_custom_metric_changes_the_release(path: str, value: Any, age: str) -> None:
    plain, changed = base(), base()
    for one in (plain, changed):
        one["spec"]["analysis"]["metrics"] = [dict(CUSTOM)]
    if path.endswith("namespace"):
        for one in (plain, changed):
            put(one["spec"], "analysis.metrics[].templateRef", {"name": "errors"})
    put(changed["spec"], path, value)
    assert release(read(changed, age)) != release(read(plain, age))


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize(("path", "value"), crd.OF_ROUTER.items())
def test_a_field_that_only_some_routers_can_do_names_the_router_and_nothing_else(
    path: str, value: Any, age: str
) -> None:
    changed = base()
    field = path.split(".")[1].removesuffix("[]")
    if field == "match":
        drop(changed["spec"], "analysis.stepWeight")
        put(changed["spec"], "analysis.iterations", 5)
    put(changed["spec"], "analysis.mirror", field.startswith("mirror"))
    put(changed["spec"], "analysis.sessionAffinity", {"cookieName": "a"} if field == "sessionAffinity" else {})
    put(changed["spec"], path.replace("*", "x-user"), value)
    with pytest.raises(ImportFault) as caught:
        read(changed, age)
    (line,) = caught.value.lines
    assert "needs " in line
    assert "which the router trafficsplit cannot do" in line


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize(("path", "value"), crd.NAMED.items())
def test_a_field_without_counterpart_is_named_by_its_path(path: str, value: Any, age: str) -> None:
    changed = base()
    if ".match[]" in path:
        drop(changed["spec"], "analysis.stepWeight")
        put(changed["spec"], "analysis.iterations", 5)
        put(changed["spec"], "analysis.match", [{"headers": dict(crd.HEADER)}])
    put(changed["spec"], path, value)
    assert f"spec.{path.replace('[]', '[0]')}" in findings(changed, age)


@pytest.mark.parametrize(("path", "value"), crd.TEMPLATE.items())
def test_every_field_of_a_metric_template_changes_the_release(path: str, value: Any) -> None:
    provider = {"type": "prometheus", "address": "http://p:9090", "secretRef": {"name": "keys"}}
    plain = {"provider": provider, "query": "sum(t)"}
    document = base()
    document["spec"]["analysis"] |= {"alerts": [], "metrics": [dict(CUSTOM) | {"templateRef": {"name": "t"}}]}

    def seen(spec: Document) -> Any:
        return release(read(document, AGES[0], companion("MetricTemplate", "t", spec)))

    assert seen(put(deepcopy(plain), path, value)) != seen(plain)


@pytest.mark.parametrize("kind", crd.UNSUPPORTED_BACKENDS)
def test_a_template_of_another_metrics_system_is_named(kind: str) -> None:
    document = base()
    document["spec"]["analysis"] |= {"alerts": [], "metrics": [dict(CUSTOM) | {"templateRef": {"name": "t"}}]}
    template = companion("MetricTemplate", "t", {"provider": {"type": kind}, "query": "q"})
    with pytest.raises(ImportFault, match=rf"MetricTemplate prod/t: spec\.provider\.type: is not supported: .*{kind}"):
        read(document, AGES[0], template)


@pytest.mark.parametrize(("path", "value"), crd.PROVIDER.items())
def test_every_field_of_an_alert_provider_changes_the_release(path: str, value: Any) -> None:
    plain = {"type": "slack", "channel": "c", "username": "u", "address": "http://chat/"}
    document = base()

    def seen(spec: Document) -> Any:
        return release(read(document, AGES[0], companion("AlertProvider", "first", spec)))

    assert seen(put(deepcopy(plain), path, value)) != seen(plain)


def test_an_alert_providers_proxy_is_named() -> None:
    spec = {"type": "slack", "address": "http://chat/", "proxy": "http://proxy:3128"}
    with pytest.raises(ImportFault, match=r"AlertProvider prod/first: spec\.proxy: is not supported"):
        read(base(), AGES[0], companion("AlertProvider", "first", spec))


@pytest.mark.parametrize("provider", crd.UNSUPPORTED_PROVIDERS)
def test_a_mesh_without_a_router_here_is_named(provider: str) -> None:
    assert "spec.provider" in findings(put(base(), "spec.provider", provider), AGES[0])
