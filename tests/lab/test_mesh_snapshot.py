"""Which pod gets which share of a Service's requests."""

from dataclasses import replace
from fractions import Fraction

from lab.mesh.objects import Endpoint, Pod, Protocol, Service, ServicePort, Slice, World
from lab.mesh.snapshot import UNAVAILABLE, build
from tests.lab.mesh_world import NAMESPACE, PodState, canary_world, endpoints, service, split, world

CANARY = PodState("canary-1", "podinfo", "10.42.0.11")
PRIMARY = PodState("primary-1", "podinfo-primary", "10.42.0.21")
SECOND = PodState("primary-2", "podinfo-primary", "10.42.0.22")


def shares(state: World, name: str = "podinfo") -> dict[str, Fraction]:
    """Each cluster's part of the Service's requests."""
    (route,) = (route for route in build(state).routes.values() if route.name.startswith(f"{NAMESPACE}/{name}/"))
    whole = sum(share.weight for share in route.shares)
    return {share.cluster: Fraction(share.weight, whole) for share in route.shares}


def test_without_a_split_ready_pods_share_evenly() -> None:
    state = canary_world([CANARY], [PRIMARY, SECOND], None)
    assert shares(state) == {PRIMARY.cluster: Fraction(1, 2), SECOND.cluster: Fraction(1, 2)}


def test_a_split_divides_the_apex_by_weight_and_each_backend_among_its_pods() -> None:
    state = canary_world([CANARY], [PRIMARY, SECOND], (5, 95))
    assert shares(state) == {
        CANARY.cluster: Fraction(5, 100),
        PRIMARY.cluster: Fraction(95, 200),
        SECOND.cluster: Fraction(95, 200),
    }


def test_a_split_leaves_its_backends_own_services_alone() -> None:
    state = canary_world([CANARY], [PRIMARY], (5, 95))
    assert shares(state, "podinfo-canary") == {CANARY.cluster: Fraction(1)}
    assert shares(state, "podinfo-primary") == {PRIMARY.cluster: Fraction(1)}


def test_weight_zero_means_none_at_all() -> None:
    assert shares(canary_world([CANARY], [PRIMARY], (0, 100))) == {PRIMARY.cluster: Fraction(1)}


def test_weight_zero_means_none_even_if_nobody_else_can_answer() -> None:
    assert shares(canary_world([CANARY], [], (0, 100))) == {UNAVAILABLE: Fraction(1)}


def test_all_weights_zero_is_as_no_split() -> None:
    assert shares(canary_world([CANARY], [PRIMARY], (0, 0))) == {PRIMARY.cluster: Fraction(1)}


def test_no_backends_is_as_no_split() -> None:
    state = canary_world([CANARY], [PRIMARY], (1, 1))
    state = replace(state, splits={key: replace(item, backends=()) for key, item in state.splits.items()})
    assert shares(state) == {PRIMARY.cluster: Fraction(1)}


def test_a_backend_with_weight_but_no_ready_pod_fails_its_share() -> None:
    state = canary_world([CANARY.gone_unready()], [PRIMARY], (20, 80))
    assert shares(state) == {UNAVAILABLE: Fraction(1, 5), PRIMARY.cluster: Fraction(4, 5)}


def test_a_backend_service_that_does_not_exist_fails_its_share() -> None:
    state = canary_world([CANARY], [PRIMARY], (20, 80))
    services = {key: item for key, item in state.services.items() if item.name != "podinfo-canary"}
    assert shares(replace(state, services=services))[UNAVAILABLE] == Fraction(1, 5)


def test_a_backend_is_asked_on_the_apexs_port_number_and_its_own_target_port() -> None:
    canary = replace(CANARY, port=8080)
    assert canary.cluster.endswith("|8080")
    assert shares(canary_world([canary], [PRIMARY], (20, 80)))[canary.cluster] == Fraction(1, 5)


def test_a_pod_out_of_routing_keeps_its_cluster() -> None:
    for state in (SECOND.gone_unready(), SECOND.draining()):
        snapshot = canary_world([], [PRIMARY, state], None)
        assert SECOND.cluster not in shares(snapshot)
        assert SECOND.cluster in build(snapshot).clusters


def test_a_pod_being_deleted_leaves_routing_before_its_endpoint_says_so() -> None:
    state = canary_world([], [PRIMARY, SECOND], None)
    deleting = Pod(NAMESPACE, SECOND.name, "deployment", SECOND.deployment, deleting=True)
    state = replace(state, pods={**state.pods, (NAMESPACE, SECOND.name): deleting})
    assert shares(state) == {PRIMARY.cluster: Fraction(1)}


def test_with_no_ready_pod_those_that_terminate_but_still_serve_answer() -> None:
    assert shares(canary_world([], [PRIMARY.draining()], None)) == {PRIMARY.cluster: Fraction(1)}


def test_an_unready_pod_is_no_last_resort() -> None:
    assert shares(canary_world([], [PRIMARY.gone_unready()], None)) == {UNAVAILABLE: Fraction(1)}


def test_a_pod_not_yet_known_is_not_used_without_a_name() -> None:
    state = canary_world([], [PRIMARY, SECOND], None)
    known = {key: item for key, item in state.pods.items() if item.name != SECOND.name}
    assert shares(replace(state, pods=known)) == {PRIMARY.cluster: Fraction(1)}


def test_an_address_in_two_slices_counts_once_and_as_ready() -> None:
    slices = [
        endpoints("podinfo", [PRIMARY.draining()]),
        endpoints("podinfo", [PRIMARY]),
        endpoints("podinfo", [SECOND]),
    ]
    state = world([service("podinfo", "10.43.0.50")], slices, [PRIMARY, SECOND])
    assert shares(state) == {PRIMARY.cluster: Fraction(1, 2), SECOND.cluster: Fraction(1, 2)}


def test_an_address_without_a_pod_is_served_and_counted_for_none() -> None:
    endpoint = Endpoint("10.42.9.9", ready=True, serving=True, terminating=False, pod=None)
    manual = Slice(NAMESPACE, "podinfo", (("http", 80),), (endpoint,))
    assert shares(world([service("podinfo", "10.43.0.50")], [manual], [])) == {"address|10.42.9.9|80": Fraction(1)}


def test_of_two_splits_for_a_service_the_older_applies() -> None:
    state = canary_world([CANARY], [PRIMARY], (5, 95))
    younger = split(100, 0, created="2026-02-02T00:00:00Z", name="a-younger")
    state = replace(state, splits={**state.splits, (NAMESPACE, younger.name): younger})
    assert shares(state)[CANARY.cluster] == Fraction(1, 20)


def test_services_whose_own_process_answers_are_left_alone() -> None:
    kubernetes = Service("default", "kubernetes", "10.43.0.1", (ServicePort("https", 443, Protocol.TCP),))
    assert build(World(services={("default", "kubernetes"): kubernetes})).routes == {}


def test_every_cluster_a_route_names_is_in_the_snapshot() -> None:
    snapshot = build(canary_world([CANARY, PRIMARY.draining()], [SECOND], (5, 95)))
    named = {share.cluster for route in snapshot.routes.values() for share in route.shares}
    assert named <= {*snapshot.clusters, UNAVAILABLE}
