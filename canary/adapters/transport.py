"""Sends one HTTP request to where it can be reached from here: directly, or through the API server's service proxy.

Nothing is retried and no status is judged: an answer is what the backend said, an error is that it said nothing.

What the service proxy does to a request, tried on kube-apiserver 1.34: method, body, query, cookies and other headers
arrive; the Host header is the API server's; `Authorization` is the API server's own and never arrives; `https` is not
verified (the API server does not know the backend's CA). It needs get (for POST: create) on services/proxy.
"""

from datetime import timedelta
from http import HTTPStatus

from canary.adapters.address import ServiceAddress, resolve, shown
from canary.adapters.cluster import Answer, Cluster
from canary.adapters.deadline import within
from canary.adapters.direct import Request, send_directly
from canary.adapters.kubestatus import quote, status_of
from canary.core.spec import Access
from canary.ports import Misconfigured, Unavailable

__all__ = ["Request", "Transport"]

SLACK = timedelta(milliseconds=250)


class Transport:
    """Requests on behalf of a release in `namespace`; `access` says which URLs go through the API server."""

    def __init__(self, cluster: Cluster, namespace: str, access: Access | str = Access.AUTO) -> None:
        self._cluster, self._namespace, self._access = cluster, namespace, Access(access)

    def send(self, request: Request) -> Answer:
        """The backend's answer, whatever its status, within `request.timeout`.

        Raises Unavailable when nothing answers, Misconfigured when this request cannot be sent this way at all.
        """
        service = resolve(request.url, self._namespace, self._access)
        call = (lambda: send_directly(request)) if service is None else (lambda: self._proxied(request, service))
        return within(request.timeout + SLACK, call, self.describe(request.url))

    def describe(self, url: str) -> str:
        """`url` without secrets, and how it is reached, for messages."""
        service = resolve(url, self._namespace, self._access)
        return shown(url) if service is None else f"{shown(url)} (through the API server at {self._cluster.address})"

    def _proxied(self, request: Request, service: ServiceAddress) -> Answer:
        if any(name.lower() == "authorization" for name in request.headers):
            raise Misconfigured(
                f"{shown(request.url)} needs an Authorization header, which the API server's service proxy takes "
                "for its own and does not pass on; give an address that is reachable from here, or set access: direct"
            )
        answer = self._cluster.send(
            request.method, service.proxy_path, request.body, request.headers, timeout=request.timeout
        )
        status = status_of(answer.headers, answer.body) if answer.status >= HTTPStatus.BAD_REQUEST else None
        if status is not None:
            self._refuse(request, service, answer.status, quote(str(status.get("message", ""))))
        return answer

    def _refuse(self, request: Request, service: ServiceAddress, code: int, message: str) -> None:
        where = f"Service {service.service} in namespace {service.namespace}, port {service.port}"
        text = f"{self.describe(request.url)}: {message}"
        if code >= HTTPStatus.INTERNAL_SERVER_ERROR or code == HTTPStatus.TOO_MANY_REQUESTS:
            raise Unavailable(f"{text}; is there a ready pod behind {where}?")
        if code == HTTPStatus.NOT_FOUND:
            raise Misconfigured(f"{text}; is {where} the right one? If this name is not in the cluster: access: direct")
        raise Misconfigured(f"{text}; grant this identity services/proxy there, or set access: direct")
