"""Envoy's start-up configuration: where it reads xDS files, its admin address, and how statistics are named.

Statistics are cut down to what is read (a pod's responses, latency and requests in flight; what has been accepted of
each configuration), and the pod's labels are taken out of its cluster's name here, by Envoy itself, so that
prometheus.yml only has to rename. Histogram bounds are Linkerd's, in milliseconds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.mesh.render import path_source

ADMIN_ADDRESS = "10.44.0.1"
ADMIN_PORT = 9901
"""Must agree with the target in prometheus.yml."""

LATENCY_BOUNDS_MS = tuple(digit * 10**power for power in range(5) for digit in (1, 2, 3, 4, 5))
"""Linkerd's buckets: 1 2 3 4 5, 10 20 … 50, … up to 50000 ms."""

EXACT_BELOW_MS = 100
"""Envoy's histograms keep two digits and count a bin with the bound it begins at: 508 ms would pass for "at most 500".
From here on it is asked for one less, the end of the bin before; prometheus.yml gives the bound its name back."""

FLUSH_INTERVAL = "0.500s"
"""How far the latency histograms may lag behind the counters: half a scrape interval."""

_POD = r"^cluster\.pod\|"
_LABEL_PATTERNS = {
    "namespace": r"^cluster\.(pod\|([^|]+)\|)",
    "pod": _POD + r"[^|]+\|(?:[a-z]+/[^|]+\|)?(([^|/]+)\|)",
    "target_addr": _POD + r"[^|]+\|(?:[a-z]+/[^|]+\|)?[^|/]+\|(([0-9.]+\|[0-9]+)\.)",
    **{
        kind: _POD + rf"[^|]+\|({kind}/([^|]+)\|)"
        for kind in ("deployment", "statefulset", "daemonset", "replicaset", "job")
    },
}
_KEPT = (
    r"cluster\.pod\|.*\|\d+\.upstream_rq_(\d{3}|total|time|active)",
    r"cluster_manager\.cds\..*",
    r"listener_manager\.lds\..*",
)


def bootstrap(cds: Path, lds: Path, address: str = ADMIN_ADDRESS, port: int = ADMIN_PORT) -> dict[str, Any]:
    """The bootstrap document for an Envoy that reads `cds` and `lds` and has its admin at `address:port`."""
    return {
        "node": {"id": "lab-mesh", "cluster": "lab"},
        "admin": {"address": {"socket_address": {"address": address, "port_value": port}}},
        "dynamic_resources": {"cds_config": path_source(cds), "lds_config": path_source(lds)},
        "stats_flush_interval": FLUSH_INTERVAL,
        "stats_config": _statistics(),
    }


def envoy_bounds() -> list[int]:
    """The bounds to ask Envoy for."""
    return [bound if bound < EXACT_BELOW_MS else bound - 1 for bound in LATENCY_BOUNDS_MS]


def _statistics() -> dict[str, Any]:
    tags: list[dict[str, str]] = [{"tag_name": "envoy.response_code"}]
    tags += [{"tag_name": name, "regex": pattern} for name, pattern in _LABEL_PATTERNS.items()]
    return {
        "use_all_default_tags": False,
        "stats_tags": tags,
        "stats_matcher": {"inclusion_list": {"patterns": [{"safe_regex": {"regex": regex}} for regex in _KEPT]}},
        "histogram_bucket_settings": [{"match": {"prefix": "cluster."}, "buckets": envoy_bounds()}],
    }
