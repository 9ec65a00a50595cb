"""The provider against an API server's answers, over real sockets: discovery, errors, ownership, credentials."""

import base64
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from lab.pulumi.kubernetes.api_errors import NoSuchKindError, RefusedError, UnreachableError
from lab.pulumi.kubernetes.client import KubeClient
from lab.pulumi.kubernetes.cluster import Cluster
from lab.pulumi.kubernetes.engine_log import EngineLog
from lab.pulumi.kubernetes.kubeconfig import Access, Choice, KubeconfigError, access, load
from lab.pulumi.kubernetes.managed_fields import taken_over
from lab.pulumi.kubernetes.objects import Kind
from lab.pulumi.kubernetes.session import Session, UnreachableClusterError
from lab.pulumi.kubernetes.settings import Settings, SettingsError
from lab.pulumi.kubernetes.writing import ConflictError, Writer

Json = dict[str, Any]
SPLIT = Kind("split.smi-spec.io", "v1alpha2", "TrafficSplit")
GROUP = "/apis/split.smi-spec.io/v1alpha2"
RESOURCES = {"resources": [{"name": "trafficsplits", "kind": "TrafficSplit", "namespaced": True}]}
PATH = f"{GROUP}/namespaces/prod/trafficsplits/web"
MANAGER = "pulumi-kubernetes-12345678"


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1") as running:
        yield running


@pytest.fixture
def cluster(server: HTTPServer) -> Cluster:
    return Cluster(KubeClient(Access(server.url_for("").rstrip("/"), "default")))


def refusal(code: int, reason: str, message: str) -> Response:
    return Response(json.dumps({"kind": "Status", "reason": reason, "message": message}), code)


def test_a_kind_is_found_by_discovery(server: HTTPServer, cluster: Cluster) -> None:
    server.expect_request(GROUP).respond_with_json(RESOURCES)
    server.expect_request(PATH).respond_with_json({"metadata": {"name": "web"}})
    assert cluster.read(SPLIT, "prod", "web") == {"metadata": {"name": "web"}}


def test_a_kind_that_is_defined_later_is_found_then(server: HTTPServer, cluster: Cluster) -> None:
    server.expect_ordered_request(GROUP).respond_with_response(refusal(404, "NotFound", "no"))
    server.expect_ordered_request(GROUP).respond_with_json(RESOURCES)
    assert not cluster.serves(SPLIT)
    assert cluster.serves(SPLIT)


def test_a_kind_nobody_serves_is_named(server: HTTPServer, cluster: Cluster) -> None:
    server.expect_request(GROUP).respond_with_json({"resources": []})
    with pytest.raises(NoSuchKindError, match='no matches for kind "TrafficSplit" in version "split'):
        cluster.served(SPLIT)


def test_a_refusal_speaks_in_the_api_servers_words(server: HTTPServer, cluster: Cluster) -> None:
    server.expect_request(GROUP).respond_with_json(RESOURCES)
    server.expect_request(PATH).respond_with_response(refusal(404, "NotFound", 'trafficsplits "web" not found'))
    with pytest.raises(RefusedError, match='trafficsplits "web" not found') as caught:
        cluster.read(SPLIT, "prod", "web")
    assert caught.value.is_not_found


def test_an_overloaded_api_server_is_asked_again(server: HTTPServer, cluster: Cluster) -> None:
    busy = Response("{}", 429, {"Retry-After": "0"})
    server.expect_ordered_request("/version").respond_with_response(busy)
    server.expect_ordered_request("/version").respond_with_json({})
    cluster.check_reachable()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_an_api_server_that_does_not_answer_is_named() -> None:
    address = f"http://127.0.0.1:{closed_port()}"
    with pytest.raises(UnreachableError, match=address):
        Cluster(KubeClient(Access(address, "default"))).check_reachable()


def kubeconfig(server: str, **user: Any) -> str:
    context = {"cluster": "k", "user": "u", "namespace": "prod"}
    return json.dumps(
        {
            "current-context": "c",
            "contexts": [{"name": "c", "context": context}],
            "clusters": [{"name": "k", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": user}],
        }
    )


def test_a_session_without_a_cluster_says_so_when_one_is_needed() -> None:
    address = f"http://127.0.0.1:{closed_port()}"
    session = Session.open(Settings(kubeconfig=kubeconfig(address)), EngineLog(""))
    assert session.namespace == "prod"
    with pytest.raises(UnreachableClusterError, match=f"configured Kubernetes cluster is unreachable: .*{address}"):
        _ = session.cluster


def test_a_session_with_a_broken_kubeconfig_says_so_when_a_cluster_is_needed() -> None:
    with pytest.raises(UnreachableClusterError, match="failed to parse kubeconfig data"):
        _ = Session.open(Settings(kubeconfig="no such file"), EngineLog("")).cluster


@pytest.mark.parametrize(
    ("user", "header"),
    [
        ({"token": "t"}, "Bearer t"),
        ({"username": "a", "password": "b"}, f"Basic {base64.b64encode(b'a:b').decode()}"),
        ({}, None),
    ],
)
def test_credentials_are_sent(server: HTTPServer, user: Json, header: str | None) -> None:
    seen: list[str | None] = []

    def answer(request: Request) -> Response:
        seen.append(request.headers.get("Authorization"))
        return Response("{}")

    server.expect_request("/version").respond_with_handler(answer)
    config = load(kubeconfig(server.url_for("").rstrip("/"), **user))
    Cluster(KubeClient(access(config, Choice()))).check_reachable()
    assert seen == [header]


def test_credentials_may_come_from_a_program(server: HTTPServer, tmp_path: Path) -> None:
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": "fetched"},
    }
    program = tmp_path / "credential"
    program.write_text(f"#!/bin/sh\necho '{json.dumps(credential)}'\n")
    program.chmod(0o755)
    wanted = {"apiVersion": credential["apiVersion"], "command": str(program), "interactiveMode": "Never"}
    server.expect_request("/version", headers={"Authorization": "Bearer fetched"}).respond_with_json({})
    config = load(kubeconfig(server.url_for("").rstrip("/"), exec=wanted))
    Cluster(KubeClient(access(config, Choice()))).check_reachable()


def test_a_context_can_be_chosen_and_a_missing_one_is_named() -> None:
    with pytest.raises(KubeconfigError, match='context "other" does not exist'):
        access(load(kubeconfig("http://a")), Choice(context="other"))
    assert access(load(kubeconfig("http://a")), Choice(namespace="dev")).namespace == "dev"


def test_files_named_in_a_kubeconfig_are_relative_to_it(tmp_path: Path) -> None:
    config = json.loads(kubeconfig("http://a"))
    config["clusters"][0]["cluster"]["certificate-authority"] = "ca.crt"
    (tmp_path / "config").write_text(json.dumps(config))
    assert access(load(str(tmp_path / "config")), Choice()).ca == str(tmp_path / "ca.crt")


def test_several_kubeconfigs_are_merged_and_the_first_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, server in (("one", "http://one"), ("two", "http://two")):
        (tmp_path / name).write_text(kubeconfig(server))
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/missing:{tmp_path}/one:{tmp_path}/two")
    assert access(load(""), Choice()).server == "http://one"


@pytest.mark.parametrize("setting", ["enableServerSideApply", "renderYamlToDirectory"])
def test_what_the_stand_in_does_not_do_is_refused_by_name(setting: str) -> None:
    with pytest.raises(SettingsError, match=setting):
        Settings.parse({f"kubernetes:config:{setting}": "false"})


def test_a_setting_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
    assert Settings.parse({}).delete_unreachable
    assert not Settings.parse({"kubernetes:config:deleteUnreachable": "false"}).delete_unreachable


def split(weight: int, *managed: tuple[str, str, Json]) -> Json:
    entries = [{"manager": name, "operation": how, "fieldsV1": fields} for name, how, fields in managed]
    metadata = {"name": "web", "namespace": "prod", "resourceVersion": "7", "managedFields": entries}
    return {"apiVersion": SPLIT.api_version, "kind": SPLIT.name, "metadata": metadata, "spec": {"weight": weight}}


WEIGHT: Json = {"f:spec": {"f:weight": {}}}
SERVICE: Json = {"f:spec": {"f:service": {}}}


def test_an_update_takes_over_what_the_creation_owned() -> None:
    live = split(0, ("pulumi-kubernetes", "Update", SERVICE), ("rollout", "Apply", WEIGHT))
    entries = taken_over(live, MANAGER)
    assert entries is not None
    assert [(entry["manager"], entry["operation"], entry["fieldsV1"]) for entry in entries] == [
        ("rollout", "Apply", WEIGHT),
        (MANAGER, "Apply", SERVICE),
    ]


def test_what_is_taken_over_joins_what_is_owned_already() -> None:
    live = split(0, (MANAGER, "Apply", WEIGHT), ("kubectl-edit", "Update", SERVICE))
    entries = taken_over(live, MANAGER)
    assert entries is not None
    assert [entry["fieldsV1"] for entry in entries] == [{"f:spec": {"f:weight": {}, "f:service": {}}}]


def test_there_is_nothing_to_take_from_another_programs_manager() -> None:
    assert taken_over(split(0, ("rollout", "Apply", WEIGHT)), MANAGER) is None


def applied(server: HTTPServer, live: Json, inputs: Json, ignored: list[tuple[str, ...]]) -> tuple[Json, Json]:
    """What an update sends, and with which options."""
    sent: list[tuple[Json, Json]] = []

    def answer(request: Request) -> Response:
        sent.append((json.loads(request.data), dict(request.args)))
        return Response(json.dumps(live))

    server.expect_request(GROUP).respond_with_json(RESOURCES)
    server.expect_request(PATH, method="PATCH").respond_with_handler(answer)
    cluster = Cluster(KubeClient(Access(server.url_for("").rstrip("/"), "default")))
    Writer(cluster, MANAGER, is_preview=False, is_patch=False, force_always=False).update(inputs, live, ignored)
    return sent[-1]


def test_an_ignored_field_of_another_manager_is_not_sent(server: HTTPServer) -> None:
    live = split(35, (MANAGER, "Apply", SERVICE), ("rollout", "Apply", WEIGHT))
    body, options = applied(server, live, split(0), [("spec", "weight")])
    assert body["spec"] == {}
    assert options == {"fieldManager": MANAGER, "force": "false"}


def test_an_ignored_field_of_its_own_is_sent_as_it_is_live(server: HTTPServer) -> None:
    live = split(35, (MANAGER, "Apply", WEIGHT))
    body, _ = applied(server, live, split(0), [("spec", "weight")])
    assert body["spec"] == {"weight": 35}


def test_a_conflict_is_forced_only_on_request(server: HTTPServer) -> None:
    inputs = split(0)
    inputs["metadata"]["annotations"] = {"pulumi.com/patchForce": "true"}
    _, options = applied(server, split(35, ("rollout", "Apply", WEIGHT)), inputs, [])
    assert options["force"] == "true"


def test_a_conflict_names_the_managers_and_where_help_is(server: HTTPServer, cluster: Cluster) -> None:
    message = 'Apply failed with 1 conflict: conflict with "rollout": .spec.weight'
    server.expect_request(GROUP).respond_with_json(RESOURCES)
    server.expect_request(PATH).respond_with_response(refusal(409, "Conflict", message))
    writer = Writer(cluster, MANAGER, is_preview=False, is_patch=False, force_always=False)
    with pytest.raises(ConflictError, match=rf'(?s)https://.*"{MANAGER}".*conflict with "rollout"'):
        writer.upsert(split(0))
