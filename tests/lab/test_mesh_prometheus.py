"""The scrape configuration and Envoy's statistics must agree."""

import re
from pathlib import Path
from typing import Any

import yaml

from lab import mesh
from lab.mesh.bootstrap import ADMIN_ADDRESS, ADMIN_PORT, LATENCY_BOUNDS_MS, envoy_bounds

CONFIG: dict[str, Any] = yaml.safe_load((Path(mesh.__file__).parent / "prometheus.yml").read_text())
(JOB,) = CONFIG["scrape_configs"]


def relabelled(label: str, value: str) -> str:
    """The label after all rules that replace it by a rule on itself."""
    for rule in JOB["metric_relabel_configs"]:
        if rule.get("source_labels") == [label] == [rule.get("target_label")]:
            match = re.fullmatch(rule["regex"], value)
            value = match.expand(re.sub(r"\$(\d)", r"\\\1", rule["replacement"])) if match else value
    return value


def test_the_admin_address_is_scraped() -> None:
    assert JOB["static_configs"] == [{"targets": [f"{ADMIN_ADDRESS}:{ADMIN_PORT}"]}]


def test_every_bound_asked_of_envoy_gets_linkerds_name() -> None:
    assert [relabelled("le", f"{bound}.0") for bound in envoy_bounds()] == [f"{bound}.0" for bound in LATENCY_BOUNDS_MS]


def test_metrics_get_linkerds_names() -> None:
    names = {
        "envoy_cluster_upstream_rq": "response_total",
        "envoy_cluster_upstream_rq_total": "request_total",
        "envoy_cluster_upstream_rq_time_bucket": "response_latency_ms_bucket",
    }
    assert {name: relabelled("__name__", name) for name in names} == names
