"""What the scenarios lean on, without a cluster: the boundaries, the table, the draws of the soak."""

import json
from pathlib import Path

import pytest

from lab.faults import Asked
from tests.faults.ledger import Ledger
from tests.faults.test_soak import FAULTS, drawn
from tests.faults.test_write_boundaries import boundaries_of

API = "/apis/x/v1/namespaces/prod"


def asked(*places: str) -> list[Asked]:
    """Requests, as `PATCH trafficsplits/podinfo`."""
    parts = [place.split() for place in places]
    return [Asked(method, f"{API}/{path}?fieldManager=x") for method, path in parts]


def test_reads_are_no_boundaries_and_each_write_between_others_is_one() -> None:
    found = boundaries_of(asked("PUT journal/a", "GET journal/a", "PATCH splits/a", "PUT journal/a", "PUT journal/a"))
    assert found == [(f"PUT {API}/journal/a", 1), (f"PATCH {API}/splits/a", 1), (f"PUT {API}/journal/a", 2)]


def test_a_lease_is_a_boundary_when_it_is_taken_and_not_when_it_is_renewed() -> None:
    found = boundaries_of(asked("PUT leases/a", "PATCH splits/a", "PUT leases/a", "PATCH splits/a"))
    assert found == [(f"PUT {API}/leases/a", 1), (f"PATCH {API}/splits/a", 1)]


def test_a_call_through_the_service_proxy_is_no_write() -> None:
    assert boundaries_of(asked("POST services/http:load-tester:80/proxy/")) == []


def test_a_scenario_that_broke_off_says_so_in_the_table() -> None:
    ledger = Ledger()
    with pytest.raises(ValueError, match="no number"), ledger.row(7, "API"):
        int("no number")
    with ledger.row(1, "Ctrl-C") as row:
        row.requests, row.safe_s, row.state = 10, 0.5, "converged"
    assert ledger.table()[2:] == [
        "| 1 | Ctrl-C   | 10       | 0      | 0.5 s        | converged                 |",
        "| 7 | API      | 0        | 0      | held         | FAILED                    |",
    ]


def test_the_table_is_written_as_json_where_it_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTS_RESULTS", str(tmp_path / "results.json"))
    ledger = Ledger()
    with ledger.row(1, "Ctrl-C") as row:
        row.requests = 10
    ledger.write()
    (kept,) = json.loads((tmp_path / "results.json").read_text())
    assert (kept["number"], kept["requests"], kept["state"]) == (1, 10, "FAILED")


def test_a_seed_draws_the_same_faults_again_however_long_the_soak() -> None:
    assert drawn(7, 5) == drawn(7, 50)[:5]
    assert drawn(7, 50) != drawn(8, 50)


def test_a_soak_of_fifty_draws_most_kinds_of_faults() -> None:
    assert len({draw.fault for draw in drawn(1, 50)}) > len(FAULTS) * 0.7
