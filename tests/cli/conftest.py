"""A small API server with one release in it, and the command line as a person types it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from canary.cli.main import main
from tests.adapters.conftest import api, kubeconfig, listening, server
from tests.adapters.fakeapi import FakeApi

__all__ = ["api", "listening", "server"]

APPS = "/apis/apps/v1/namespaces/prod/deployments"
SPLIT = "/apis/split.smi-spec.io/v1alpha2/namespaces/prod/trafficsplits/podinfo"

Run = Callable[..., int]


@pytest.fixture
def run(api: FakeApi, server: HTTPServer, tmp_path: Path) -> Run:  # noqa: ARG001 - it answers
    """`run("revert", "--drain", "0")`: the exit code, for the release podinfo in prod."""
    file = tmp_path / "kubeconfig"
    file.write_text(kubeconfig(server.url_for("")), encoding="utf-8")

    def command(name: str, *options: str) -> int:
        return main([name, "podinfo", "-n", "prod", "--kubeconfig", str(file), *options])

    return command


@pytest.fixture
def world(api: FakeApi) -> FakeApi:
    """A release that was left with 35 % of the traffic on the canary; both tracks are ready."""
    api.put("/apis/split.smi-spec.io", {"kind": "APIGroup", "versions": [{"version": "v1alpha2"}]})
    api.put("/apis/split.smi-spec.io/v1alpha2", {"kind": "APIResourceList"})
    api.put(f"{APPS}/podinfo-primary", deployment(ready=2))
    api.put(f"{APPS}/podinfo", deployment(ready=2))
    shares = {"podinfo-canary": 35, "podinfo-primary": 65}
    backends = [{"service": name, "weight": weight} for name, weight in shares.items()]
    api.put(SPLIT, {"metadata": {"name": "podinfo"}, "spec": {"service": "podinfo", "backends": backends}})
    return api


def deployment(ready: int, replicas: int = 2) -> dict[str, Any]:
    """A Deployment as the API server shows it."""
    template: dict[str, Any] = {"metadata": {}, "spec": {"containers": []}}
    return {
        "metadata": {"name": "any", "generation": 1},
        "spec": {"replicas": replicas, "template": template, "selector": {"matchLabels": {"app": "podinfo"}}},
        "status": {"observedGeneration": 1, "replicas": replicas, "updatedReplicas": replicas, "readyReplicas": ready},
    }


def weights(api: FakeApi) -> dict[str, int]:
    """What the TrafficSplit says."""
    return {backend["service"]: backend["weight"] for backend in api.objects[SPLIT]["spec"]["backends"]}


def journal(api: FakeApi) -> dict[str, Any]:
    """The state in the journal."""
    found = api.objects["/api/v1/namespaces/prod/configmaps/podinfo-canary-journal"]
    state: dict[str, Any] = json.loads(found["data"]["state"])
    return state
