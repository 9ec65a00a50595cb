"""What routing reads out of the API's objects."""

from typing import Any

import pytest

from lab.mesh import objects
from lab.mesh.objects import Protocol


def service(**spec: Any) -> dict[str, Any]:
    ports = [{"name": "http", "port": 9898}]
    return {
        "metadata": {"namespace": "prod", "name": "podinfo"},
        "spec": {"clusterIP": "10.43.0.50", "ports": ports} | spec,
    }


@pytest.mark.parametrize(
    "spec",
    [
        {"clusterIP": "None"},
        {"clusterIP": ""},
        {"clusterIP": "fd00::1"},
        {"type": "ExternalName"},
        {"ports": []},
        {"ports": [{"port": 53, "protocol": "UDP"}]},
    ],
)
def test_a_service_nobody_can_connect_to_by_tcp_is_left_out(spec: dict[str, Any]) -> None:
    assert objects.service(service(**spec)) is None


@pytest.mark.parametrize(
    ("port", "protocol"),
    [
        ({"name": "http", "port": 80}, Protocol.HTTP),
        ({"name": "http-metrics", "port": 80}, Protocol.HTTP),
        ({"name": "grpc", "port": 9999}, Protocol.HTTP),
        ({"port": 9898}, Protocol.HTTP),
        ({"name": "anything", "port": 8080}, Protocol.HTTP),
        ({"name": "tcp-redis", "port": 80}, Protocol.TCP),
        ({"name": "https", "port": 443}, Protocol.TCP),
        ({"name": "http", "port": 443, "appProtocol": "https"}, Protocol.TCP),
        ({"name": "tcp", "port": 9898, "appProtocol": "http"}, Protocol.HTTP),
        ({"port": 5432}, Protocol.TCP),
        ({"name": "http", "port": 5432}, Protocol.HTTP),
    ],
)
def test_app_protocol_then_name_then_number_decide_how_a_port_is_proxied(
    port: dict[str, Any], protocol: Protocol
) -> None:
    read = objects.service(service(ports=[port]))
    assert read is not None
    assert read.ports[0].protocol is protocol


def slice_with(conditions: dict[str, Any]) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "prod", "name": "podinfo-x", "labels": {objects.SERVICE_LABEL: "podinfo"}},
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": 9898, "protocol": "TCP"}],
        "endpoints": [
            {"addresses": ["10.42.0.5"], "conditions": conditions, "targetRef": {"kind": "Pod", "name": "p"}}
        ],
    }


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, (True, True, False)),
        ({"ready": True}, (True, True, False)),
        ({"ready": False}, (False, False, False)),
        ({"ready": False, "serving": True, "terminating": True}, (False, True, True)),
    ],
)
def test_absent_conditions_have_the_apis_own_defaults(conditions: dict[str, Any], expected: tuple[bool, ...]) -> None:
    read = objects.endpoint_slice(slice_with(conditions))
    assert read is not None
    endpoint = read.endpoints[0]
    assert (endpoint.ready, endpoint.serving, endpoint.terminating) == expected


def test_a_slice_of_no_service_is_left_out() -> None:
    obj = slice_with({})
    obj["metadata"]["labels"] = {}
    assert objects.endpoint_slice(obj) is None


def pod(owner: dict[str, Any] | None, template_hash: str | None = None) -> dict[str, Any]:
    meta: dict[str, Any] = {"namespace": "prod", "name": "podinfo-5d4b7c-x2x4z"}
    meta["ownerReferences"] = [owner | {"controller": True}] if owner else []
    meta["labels"] = {"pod-template-hash": template_hash} if template_hash else {}
    return {"metadata": meta}


@pytest.mark.parametrize(
    ("obj", "owner"),
    [
        (pod({"kind": "ReplicaSet", "name": "podinfo-primary-5d4b7c"}, "5d4b7c"), ("deployment", "podinfo-primary")),
        (pod({"kind": "ReplicaSet", "name": "bare"}), ("replicaset", "bare")),
        (pod({"kind": "StatefulSet", "name": "db"}), ("statefulset", "db")),
        (pod(None), (None, None)),
    ],
)
def test_a_pods_workload_is_its_deployment_or_its_controller(obj: dict[str, Any], owner: tuple[str, str]) -> None:
    read = objects.pod(obj)
    assert (read.kind, read.workload) == owner


@pytest.mark.parametrize(
    ("weight", "thousandths"), [(5, 5000), ("5", 5000), ("500m", 500), ("2k", 2_000_000), (0, 0), ("0", 0)]
)
def test_weights_of_every_version_are_read_exactly(weight: int | str, thousandths: int) -> None:
    spec = {"service": "podinfo", "backends": [{"service": "podinfo-canary", "weight": weight}]}
    read = objects.split({"metadata": {"namespace": "prod", "name": "podinfo"}, "spec": spec})
    assert read.backends == (("podinfo-canary", thousandths),)
