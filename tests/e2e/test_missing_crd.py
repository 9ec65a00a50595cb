"""A cluster without TrafficSplit. In a file of its own: no other release may live while its CRD is away."""

import os
from collections.abc import Callable, Iterator

import pytest

from lab.cluster import Lab
from lab.cluster.bootstrap import MANIFESTS
from lab.demo.cluster import Kubectl, eventually
from tests.e2e.world import Checkout, said

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

CRD = "crd/trafficsplits.split.smi-spec.io"


@pytest.fixture
def without_crd(lab: Lab) -> Iterator[None]:
    """TrafficSplit does not exist in the cluster during the test."""
    kubectl = Kubectl({**os.environ, **lab.env()})
    kubectl("delete", CRD, "--wait")
    yield
    kubectl("create", "-f", str(MANIFESTS / "trafficsplit-crd.yaml"))
    kubectl("wait", "--for=condition=Established", CRD, "--timeout=30s")


@pytest.mark.usefixtures("without_crd")
def test_a_cluster_without_trafficsplit_is_refused_with_the_command_that_installs_it(
    fresh: Callable[..., Checkout],
) -> None:
    checkout = fresh()
    update = checkout.up("2.1.0")
    assert update.wait() != 0, update.text
    said(update, "split.smi-spec.io/v1alpha2", "install")
    assert set(checkout.objects("deployments,services,leases.coordination.k8s.io")) == set()


def test_the_same_checkout_works_where_it_exists(fresh: Callable[..., Checkout]) -> None:
    checkout = fresh()
    update = checkout.up("2.1.0")
    assert update.wait() == 0, update.text
    eventually("the release is at rest", checkout.is_home)
