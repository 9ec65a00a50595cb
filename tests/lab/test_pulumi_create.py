"""What a creation makes of the API server's answers, in a preview and for real."""

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from lab.pulumi.kubernetes.creating import Creation, seconds
from lab.pulumi.kubernetes.engine_log import EngineLog
from lab.pulumi.kubernetes.operations import OperationError
from lab.pulumi.kubernetes.properties import UNKNOWN
from lab.pulumi.kubernetes.session import Session
from lab.pulumi.kubernetes.settings import Settings
from lab.pulumi.kubernetes.urns import Urn

Json = dict[str, Any]
URN = Urn("urn:pulumi:dev::project::kubernetes:core/v1:ConfigMap::settings")
RESOURCES = {"resources": [{"name": "configmaps", "kind": "ConfigMap", "namespaced": True}]}
PATH = "/api/v1/namespaces/prod/configmaps"
INPUTS: Json = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "prod"}, "data": {}}
CREATED: Json = INPUTS | {"metadata": INPUTS["metadata"] | {"uid": "u"}, "status": {"x": 1}}


@pytest.fixture
def session(httpserver: HTTPServer) -> Session:
    httpserver.expect_request("/version").respond_with_json({})
    httpserver.expect_request("/api/v1").respond_with_json(RESOURCES)
    cluster = {"name": "k", "cluster": {"server": httpserver.url_for("").rstrip("/")}}
    context = {"name": "c", "context": {"cluster": "k"}}
    config = {"current-context": "c", "clusters": [cluster], "contexts": [context]}
    return Session.open(Settings(kubeconfig=json.dumps(config)), EngineLog(""))


def refuse(httpserver: HTTPServer, code: int, reason: str, message: str, **details: str) -> None:
    status = {"kind": "Status", "reason": reason, "message": message, "details": details}
    httpserver.expect_request(PATH, method="POST").respond_with_response(Response(json.dumps(status), code))


def creation(session: Session, *, is_preview: bool, inputs: Json = INPUTS) -> Creation:
    return Creation(session, URN, inputs, 0, is_preview)


def test_an_object_is_created_plainly_and_its_state_names_its_manager(httpserver: HTTPServer, session: Session) -> None:
    query = {"fieldManager": "pulumi-kubernetes"}
    httpserver.expect_request(PATH, method="POST", query_string=query, json=INPUTS).respond_with_json(CREATED)
    outcome = creation(session, is_preview=False).run()
    assert outcome.id == "prod/a"
    assert outcome.state["metadata"]["uid"] == "u"
    assert outcome.state["__inputs"] == INPUTS
    assert outcome.state["__fieldManager"].startswith("pulumi-kubernetes-")


def test_a_preview_is_a_dry_run_without_a_status(httpserver: HTTPServer, session: Session) -> None:
    query = {"fieldManager": "pulumi-kubernetes", "dryRun": "All"}
    httpserver.expect_request(PATH, method="POST", query_string=query).respond_with_json(CREATED)
    outcome = creation(session, is_preview=True).run()
    assert outcome.id == ""
    assert outcome.state["metadata"]["uid"] == "u"
    assert "status" not in outcome.state


NO_OBSTACLES = {
    "a namespace that is made first": (404, "NotFound", 'namespaces "prod" not found', {"kind": "namespaces"}),
    "rights that only the update has": (403, "Forbidden", "configmaps is forbidden", {}),
    "an object that is deleted first": (409, "AlreadyExists", 'configmaps "a" already exists', {}),
    "a webhook without dry runs": (400, "BadRequest", "admission webhook x does not support dry run", {}),
}


@pytest.mark.parametrize("obstacle", NO_OBSTACLES.values(), ids=NO_OBSTACLES)
def test_a_preview_passes_over_what_says_nothing_about_the_update(
    httpserver: HTTPServer, session: Session, obstacle: tuple[int, str, str, dict[str, str]]
) -> None:
    code, reason, message, details = obstacle
    refuse(httpserver, code, reason, message, **details)
    assert creation(session, is_preview=True).run().state == INPUTS


def test_a_preview_reports_what_the_update_would_stumble_over(httpserver: HTTPServer, session: Session) -> None:
    refuse(httpserver, 422, "Invalid", 'ConfigMap "a" is invalid: data[/]: Invalid value')
    with pytest.raises(OperationError, match=r"was not successfully created.*data.*Invalid value"):
        creation(session, is_preview=True).run()


def test_what_is_unknown_is_never_sent(httpserver: HTTPServer, session: Session) -> None:
    inputs = INPUTS | {"data": {"a": UNKNOWN}}
    assert creation(session, is_preview=True, inputs=inputs).run().state == inputs
    assert [request.method for request, _ in httpserver.log] == ["GET"]


def test_a_kind_that_is_not_served_is_left_to_the_update(session: Session) -> None:
    inputs = INPUTS | {"kind": "Unheard"}
    assert creation(session, is_preview=True, inputs=inputs).run().state == inputs


def test_an_update_waits_for_a_kind_and_then_says_what_is_missing(session: Session) -> None:
    session.cancelled.set()  # so that nothing is waited for
    urn = Urn("urn:pulumi:dev::project::kubernetes:core/v1:Unheard::x")
    with pytest.raises(OperationError, match=r"with kind v1/Unheard failed.*Verify that any required CRDs"):
        Creation(session, urn, INPUTS | {"kind": "Unheard"}, 0, is_preview=False).run()


def test_an_object_that_exists_is_reported_with_the_ways_out(httpserver: HTTPServer, session: Session) -> None:
    refuse(httpserver, 409, "AlreadyExists", 'configmaps "a" already exists')
    with pytest.raises(OperationError, match=r"(?s)already exists.*pulumi import.*upsertExistingObjects"):
        creation(session, is_preview=False).run()


@pytest.mark.parametrize(
    ("timeout", "annotation", "expected"), [(3.0, "7", 3), (0, "7", 7), (0, "", 600), (0, "x", 600)]
)
def test_the_programs_timeout_wins_over_the_annotation_and_that_over_ten_minutes(
    timeout: float, annotation: str, expected: float
) -> None:
    inputs = {"metadata": {"annotations": {"pulumi.com/timeoutSeconds": annotation}}}
    assert seconds(timeout, inputs) == expected
