"""The order in which configuration reaches Envoy, and how long a pod's cluster stays."""

import json
from pathlib import Path

import pytest

from lab.mesh.objects import Protocol, World
from lab.mesh.snapshot import build
from lab.mesh.xds import GRACE_SECONDS, Publisher, XdsError
from tests.lab.mesh_world import PodState, canary_world, endpoints, service, world

OLD = PodState("primary-1", "podinfo-primary", "10.42.0.21")
NEW = PodState("primary-2", "podinfo-primary", "10.42.0.22")


class Envoy:
    """Takes what it is told to take, and notes what the files held at that moment."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.refuses: set[str] = set()
        self.routed_when_asked: list[tuple[str, set[str]]] = []

    def await_version(self, kind: str, version: str) -> None:
        assert json.loads((self.directory / f"{kind}.json").read_text())["version_info"] == version
        self.routed_when_asked.append((kind, routed(self.directory)))
        if kind in self.refuses:
            raise XdsError(kind)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def envoy(tmp_path: Path) -> Envoy:
    return Envoy(tmp_path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def publisher(tmp_path: Path, envoy: Envoy, clock: Clock) -> Publisher:
    return Publisher(tmp_path, envoy, clock)


def routed(directory: Path) -> set[str]:
    tables = [json.loads(path.read_text())["resources"][0] for path in (directory / "tables").glob("*.json")]
    routes = [table["virtual_hosts"][0]["routes"][0]["route"] for table in tables if "virtual_hosts" in table]
    return {cluster["name"] for route in routes for cluster in route["weighted_clusters"]["clusters"]}


def clusters(directory: Path) -> set[str]:
    return {resource["name"] for resource in json.loads((directory / "cds.json").read_text())["resources"]}


def primaries(*pods: PodState) -> World:
    return canary_world([], pods, None)


def test_a_cluster_is_accepted_before_a_route_names_it(tmp_path: Path, publisher: Publisher, envoy: Envoy) -> None:
    publisher.publish(build(primaries(OLD)))
    envoy.routed_when_asked.clear()
    publisher.publish(build(primaries(OLD, NEW)))
    (asked,) = envoy.routed_when_asked
    assert asked[0] == "cds"
    assert NEW.cluster not in asked[1]
    assert NEW.cluster in routed(tmp_path)


def test_no_route_is_changed_while_clusters_are_refused(tmp_path: Path, publisher: Publisher, envoy: Envoy) -> None:
    publisher.publish(build(primaries(OLD)))
    envoy.refuses = {"cds"}
    with pytest.raises(XdsError):
        publisher.publish(build(primaries(NEW)))
    assert OLD.cluster in routed(tmp_path)
    envoy.refuses = set()
    publisher.publish(build(primaries(NEW)))
    assert NEW.cluster in routed(tmp_path)


def test_a_removed_pods_cluster_stays_for_its_grace_and_then_goes(
    tmp_path: Path, publisher: Publisher, clock: Clock
) -> None:
    publisher.publish(build(primaries(OLD, NEW)))
    publisher.publish(build(primaries(NEW)))
    assert OLD.cluster not in routed(tmp_path)
    assert OLD.cluster in clusters(tmp_path)
    assert publisher.next_expiry() == clock.now + GRACE_SECONDS
    clock.now += GRACE_SECONDS
    assert publisher.publish(build(primaries(NEW)))
    assert OLD.cluster not in clusters(tmp_path)
    assert publisher.next_expiry() is None


def test_a_pod_that_returns_within_its_grace_is_not_removed_later(
    tmp_path: Path, publisher: Publisher, clock: Clock
) -> None:
    for state in (primaries(OLD, NEW), primaries(NEW), primaries(OLD, NEW)):
        publisher.publish(build(state))
    clock.now += GRACE_SECONDS
    publisher.publish(build(primaries(OLD, NEW)))
    assert OLD.cluster in clusters(tmp_path)


def test_a_restarted_agent_gives_its_predecessors_clusters_their_grace(
    tmp_path: Path, publisher: Publisher, envoy: Envoy, clock: Clock
) -> None:
    publisher.publish(build(primaries(OLD)))
    successor = Publisher(tmp_path, envoy, clock)
    successor.publish(build(primaries(NEW)))
    assert {OLD.cluster, NEW.cluster} <= clusters(tmp_path)


def test_nothing_is_written_when_nothing_changed(tmp_path: Path, publisher: Publisher) -> None:
    publisher.publish(build(primaries(OLD)))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    assert not publisher.publish(build(primaries(OLD)))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")} == before


def test_a_services_table_outlives_its_listener(tmp_path: Path, publisher: Publisher, envoy: Envoy) -> None:
    publisher.publish(build(primaries(OLD)))
    assert len(list((tmp_path / "tables").glob("*.json"))) == 3
    envoy.refuses = {"lds"}
    with pytest.raises(XdsError):
        publisher.publish(build(World()))
    assert len(list((tmp_path / "tables").glob("*.json"))) == 3
    envoy.refuses = set()
    publisher.publish(build(World()))
    assert not list((tmp_path / "tables").glob("*.json"))


def test_a_tcp_services_endpoints_change_without_its_cluster_or_listener(tmp_path: Path, publisher: Publisher) -> None:
    database = service("db", "10.43.0.60", 5432, Protocol.TCP)
    publisher.publish(build(world([database], [endpoints("db", [OLD, NEW])], [OLD, NEW])))
    before = [json.loads((tmp_path / name).read_text())["version_info"] for name in ("cds.json", "lds.json")]
    publisher.publish(build(world([database], [endpoints("db", [OLD, NEW.gone_unready()])], [OLD, NEW])))
    assert before == [json.loads((tmp_path / name).read_text())["version_info"] for name in ("cds.json", "lds.json")]
    (table,) = (json.loads(path.read_text()) for path in (tmp_path / "tables").glob("*.json"))
    (endpoint,) = table["resources"][0]["endpoints"][0]["lb_endpoints"]
    assert endpoint["endpoint"]["address"]["socket_address"]["address"] == OLD.address
