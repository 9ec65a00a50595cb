"""A snapshot written in Envoy's words: clusters, listeners, route tables and endpoint sets as xDS JSON.

Only what a mesh would do to a request is configured: no header but x-forwarded-proto is added, nothing times out, no
answer is retried. A request is tried again only if it never reached a process (connection refused, stream refused,
reset before the request was sent); a response, 5xx included, is always the pod's own and passed on.

Knows Envoy's schema; knows nothing of files, versions or the order in which they are published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from lab.mesh.objects import Protocol
from lab.mesh.snapshot import UNAVAILABLE, Cluster, Route

Resource: TypeAlias = dict[str, Any]

RETRY_ON = "connect-failure,refused-stream,reset-before-request"
CONNECT_TIMEOUT = "2s"
UPSTREAM_IDLE = "1s"
"""Shorter than any server's own keep-alive (gunicorn: 2 s), so that no request meets a connection just being closed."""
MANY = 1_000_000
"""Circuit breakers off: a pod's limits are its own affair."""

_TYPE = "type.googleapis.com/"
_HTTP = _TYPE + "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_ROUTER = _TYPE + "envoy.extensions.filters.http.router.v3.Router"
_TCP = _TYPE + "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
_UPSTREAM = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

CLUSTER_TYPE = _TYPE + "envoy.config.cluster.v3.Cluster"
LISTENER_TYPE = _TYPE + "envoy.config.listener.v3.Listener"
ROUTE_TYPE = _TYPE + "envoy.config.route.v3.RouteConfiguration"
ENDPOINT_TYPE = _TYPE + "envoy.config.endpoint.v3.ClusterLoadAssignment"


def clusters(pods: Iterable[Cluster], routes: Iterable[Route], tables: Path) -> list[Resource]:
    """All clusters: one a pod, one a TCP route, and the one without endpoints."""
    tcp = [_tcp_cluster(route, tables) for route in routes if route.protocol is Protocol.TCP]
    return [_static_cluster(UNAVAILABLE, []), *(_pod_cluster(pod) for pod in pods), *tcp]


def _pod_cluster(cluster: Cluster) -> Resource:
    return _static_cluster(cluster.name, [_endpoint(cluster, 1)])


def _static_cluster(name: str, endpoints: list[Resource]) -> Resource:
    assignment = {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]}
    return _cluster(name) | {"type": "STATIC", "load_assignment": assignment}


def _tcp_cluster(route: Route, tables: Path) -> Resource:
    """Endpoints come by file, so that a changed set never touches the connections of those that stay."""
    source = {"eds_config": path_source(table_path(tables, route.name)), "service_name": route.name}
    return _cluster(route.name) | {"type": "EDS", "eds_cluster_config": source}


def _cluster(name: str) -> Resource:
    limits = {"max_connections": MANY, "max_pending_requests": MANY, "max_requests": MANY, "max_retries": MANY}
    return {
        "@type": CLUSTER_TYPE,
        "name": name,
        "connect_timeout": CONNECT_TIMEOUT,
        "circuit_breakers": {"thresholds": [limits]},
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "typed_extension_protocol_options": {
            _UPSTREAM: {
                "@type": _TYPE + _UPSTREAM,
                "common_http_protocol_options": {"idle_timeout": UPSTREAM_IDLE},
                # The client's own choice of HTTP/1.1 or HTTP/2 goes through, so gRPC needs no configuration.
                "use_downstream_protocol_config": {"http_protocol_options": {}, "http2_protocol_options": {}},
            }
        },
    }


def _endpoint(cluster: Cluster, weight: int) -> Resource:
    return {"endpoint": {"address": _address(cluster.address, cluster.port)}, "load_balancing_weight": weight}


def _address(address: str, port: int) -> Resource:
    return {"socket_address": {"address": address, "port_value": port}}


def listener(route: Route, tables: Path) -> Resource:
    """The listener of one Service port; it never changes while the Service keeps its address."""
    filters = _http_filter(route, tables) if route.protocol is Protocol.HTTP else _tcp_filter(route)
    return {
        "@type": LISTENER_TYPE,
        "name": route.name,
        "address": _address(route.address, route.port),
        "filter_chains": [{"filters": [filters]}],
    }


def _http_filter(route: Route, tables: Path) -> Resource:
    router = {"@type": _ROUTER, "suppress_envoy_headers": True}
    config = {
        "@type": _HTTP,
        "stat_prefix": "service",
        "rds": {"route_config_name": route.name, "config_source": path_source(table_path(tables, route.name))},
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
        "http_protocol_options": {"accept_http_10": True},
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "stream_idle_timeout": "0s",
        "skip_xff_append": True,
        "generate_request_id": False,
        "preserve_external_request_id": True,
        "server_header_transformation": "PASS_THROUGH",
    }
    return {"name": "envoy.filters.network.http_connection_manager", "typed_config": config}


def _tcp_filter(route: Route) -> Resource:
    config = {"@type": _TCP, "stat_prefix": "service", "cluster": route.name, "idle_timeout": "0s"}
    return {"name": "envoy.filters.network.tcp_proxy", "typed_config": config}


def table(route: Route, pods: Mapping[str, Cluster]) -> Resource:
    """What changes with pods and weights: a route table for HTTP, an endpoint set for TCP."""
    return _route_table(route) if route.protocol is Protocol.HTTP else _endpoint_set(route, pods)


def table_type(route: Route) -> str:
    """The xDS type of `table(route)`."""
    return ROUTE_TYPE if route.protocol is Protocol.HTTP else ENDPOINT_TYPE


def _route_table(route: Route) -> Resource:
    weighted = [{"name": share.cluster, "weight": share.weight} for share in route.shares]
    action = {
        "weighted_clusters": {"clusters": weighted},
        "timeout": "0s",
        "retry_policy": {"retry_on": RETRY_ON, "num_retries": 2},
    }
    host = {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": action}]}
    return {"@type": ROUTE_TYPE, "name": route.name, "virtual_hosts": [host]}


def _endpoint_set(route: Route, pods: Mapping[str, Cluster]) -> Resource:
    endpoints = [_endpoint(pods[share.cluster], share.weight) for share in route.shares if share.cluster in pods]
    return {"@type": ENDPOINT_TYPE, "cluster_name": route.name, "endpoints": [{"lb_endpoints": endpoints}]}


def table_path(tables: Path, name: str) -> Path:
    """The file that holds a route's table."""
    return tables / (name.replace("/", "_") + ".json")


def path_source(path: Path) -> Resource:
    """A configuration source that Envoy reads again whenever the file is replaced by a rename."""
    return {"resource_api_version": "V3", "path_config_source": {"path": str(path)}}
