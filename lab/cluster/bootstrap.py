"""What every lab has in it from the start: the YAML files beside this module, and Prometheus's configuration.

It renders them into the lab's state folder, where one `kubectl apply --server-side` finds them. What the mesh wants
scraped is the mesh's own file; this module only carries it.
"""

import shutil
from pathlib import Path

import yaml

import lab
from lab.cluster.errors import LabError
from lab.cluster.paths import LabPaths

MANIFESTS = Path(__file__).with_name("manifests")
PROMETHEUS_CONFIG = Path(lab.__file__).with_name("mesh") / "prometheus.yml"


def manifest_folder(paths: LabPaths) -> Path:
    """Where the rendered manifests of a lab are."""
    return paths.config / "manifests"


def prometheus_config_map(config: str) -> str:
    """The ConfigMap that the Prometheus Deployment mounts."""
    document = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "prometheus-config", "namespace": "linkerd-viz"},
        "data": {"prometheus.yml": config},
    }
    return yaml.safe_dump(document, sort_keys=False)


def render(paths: LabPaths, without: frozenset[str] = frozenset()) -> None:
    """Write the manifests of a lab.

    Args:
        paths: the lab.
        without: units left out; without the mesh there is nothing to scrape and no Prometheus.

    Raises:
        LabError: the mesh's Prometheus configuration is missing.
    """
    folder = manifest_folder(paths)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(MANIFESTS, folder)
    if "mesh" in without:
        (folder / "prometheus.yaml").unlink()
        return
    try:
        config = PROMETHEUS_CONFIG.read_text()
    except OSError as error:
        raise LabError(
            f"Prometheus's configuration could not be read: {error}. It belongs to the data plane; check the checkout."
        ) from error
    (folder / "prometheus-config.yaml").write_text(prometheus_config_map(config))
