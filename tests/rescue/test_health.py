from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from canary.rescue.health import Health
from tests.adapters.conftest import FakeTime


def test_alive_from_the_start_ready_once_the_cluster_answered() -> None:
    time = FakeTime()
    health = Health(time.monotonic)
    assert (health.status("/healthz"), health.status("/readyz")) == (200, 503)
    health.answered()
    assert health.status("/readyz") == 200


def test_a_loop_that_hangs_is_not_alive() -> None:
    time = FakeTime()
    health = Health(time.monotonic)
    time.now += 61
    assert health.status("/healthz") == 503
    health.turned()
    assert health.status("/healthz") == 200


def test_probes_are_answered_over_http() -> None:
    port = Health().serve(0)
    with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        assert answer.status == 200
    with pytest.raises(HTTPError, match="404"):
        urlopen(f"http://127.0.0.1:{port}/other", timeout=5)
