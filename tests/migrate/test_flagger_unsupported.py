"""Fields of Flagger that have no counterpart here are named, none is dropped in silence."""

import pytest

from canary.migrate import flagger_fields as fields
from tests.migrate.canaries import RATE, canary, lines_of, read


@pytest.mark.parametrize("key", fields.SPEC)
def test_a_field_of_the_spec_without_counterpart_is_a_fault(key: str) -> None:
    (line,) = lines_of(canary(**{key: {"name": "x"}}))
    assert line.startswith(f"spec.{key}: is not supported: ")


@pytest.mark.parametrize("key", fields.SERVICE)
def test_a_field_of_the_service_without_counterpart_is_a_fault(key: str) -> None:
    (line,) = lines_of(canary(service={"port": 1, key: "x"}))
    assert line.startswith(f"spec.service.{key}: is not supported: ")


@pytest.mark.parametrize("key", fields.SERVICE_OF_ROUTERS)
def test_what_flaggers_mesh_routers_do_not_read_is_a_note_for_them_and_a_fault_otherwise(key: str) -> None:
    service = {"port": 1, key: ["x"]}
    assert any(note.startswith(f"spec.service.{key}: ") for note in read(canary(service=service)).notes)
    (line,) = lines_of(canary(service=service, provider=""))
    assert line.startswith(f"spec.service.{key}: is not supported: ")


@pytest.mark.parametrize("key", fields.AFFINITY)
def test_what_the_affinity_cookie_cannot_have_is_a_fault(key: str) -> None:
    lines = lines_of(canary({"sessionAffinity": {"cookieName": "c", key: "x"}}))
    assert lines[0].startswith(f"spec.analysis.sessionAffinity.{key}: is not supported: ")
    assert lines[1].startswith(
        "spec.analysis.sessionAffinity: needs session affinity, which the router trafficsplit cannot do"
    )


@pytest.mark.parametrize("key", fields.MATCH)
def test_a_condition_on_anything_but_headers_is_a_fault(key: str) -> None:
    match = {"headers": {"x-user": {"exact": "me"}}, key: {"exact": "x"}}
    lines = lines_of(canary({"iterations": 5, "match": [match]}))
    assert lines[0].startswith(f"spec.analysis.match[0].{key}: is not supported: ")


def test_an_unknown_field_is_a_fault_at_any_depth() -> None:
    assert [
        line.partition(":")[0]
        for line in lines_of(canary({"stepWeigth": 5, "metrics": [RATE | {"max": 1}]}, sevice={}))
    ] == [
        "spec.analysis.metrics[0].max",
        "spec.analysis.stepWeigth",
        "spec.sevice",
    ]
