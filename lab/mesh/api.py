"""The API server as `watch` wants it, over the official client's connection handling and credentials.

Answers are passed on as plain JSON: the client's own object models cost more time than all of the routing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kubernetes import client, config
from urllib3.exceptions import HTTPError

from lab.mesh.watch import NOT_FOUND, WATCH_SECONDS, ApiError

CONNECT_SECONDS = 5
READ_SECONDS = 30
BAD_REQUEST = 400
SPLIT_GROUP = "split.smi-spec.io"


class KubernetesApi:
    """An API server reached with a kubeconfig's current context."""

    def __init__(self, kubeconfig: Path) -> None:
        settings = client.Configuration()
        config.load_kube_config(str(kubeconfig), client_configuration=settings)  # type: ignore[no-untyped-call]
        settings.proxy = None  # taken from the environment otherwise, which is the outside world's
        self._client = client.ApiClient(settings)

    def get(self, path: str, query: Mapping[str, str]) -> Any:
        """See `watch.Api`."""
        try:
            return json.loads(self._request(path, query, READ_SECONDS).data)
        except (HTTPError, ValueError) as error:
            raise ApiError(0, f"reading {path} failed: {error}") from error

    def lines(self, path: str, query: Mapping[str, str]) -> Iterator[bytes]:
        """See `watch.Api`."""
        response = self._request(path, query, WATCH_SECONDS + READ_SECONDS)
        try:
            yield from _split_lines(response.stream())
        except HTTPError as error:
            raise ApiError(0, f"watching {path} broke off: {error}") from error
        finally:
            response.close()

    def _request(self, path: str, query: Mapping[str, str], read_seconds: float) -> Any:
        """The open answer, a urllib3 response, if its status is a good one."""
        request = self._client.param_serialize(
            "GET",
            path,
            query_params=list(query.items()),
            header_params={"Accept": "application/json"},
            auth_settings=["BearerToken"],
        )
        try:
            response = self._client.call_api(*request, _request_timeout=(CONNECT_SECONDS, read_seconds)).response
        except (HTTPError, client.ApiException) as error:
            raise ApiError(0, f"{path} could not be read: {error}") from error
        if response.status >= BAD_REQUEST:
            response.drain_conn()
            raise ApiError(response.status, f"{path} was answered with {response.status} {response.reason}")
        return response

    def locate_splits(self) -> str | None:
        """The path of TrafficSplits in the version the server prefers; None while their CRD is not installed."""
        try:
            group = self.get(f"/apis/{SPLIT_GROUP}", {})
        except ApiError as error:
            if error.status == NOT_FOUND:
                return None
            raise
        return f"/apis/{group['preferredVersion']['groupVersion']}/trafficsplits"


def _split_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Whole lines, each as soon as its end has come."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line for line in lines if line.strip())
