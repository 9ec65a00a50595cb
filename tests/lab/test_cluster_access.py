"""Credentials: what is written, for whom, and that nobody else can read it."""

import base64
from pathlib import Path

import pytest
import yaml

from lab.cluster import LabPaths
from lab.cluster.access import ADMIN, Credentials, Tokens, authority

LEAF = "-----BEGIN CERTIFICATE-----\nleaf\n-----END CERTIFICATE-----\n"
CA = "-----BEGIN CERTIFICATE-----\nca\n-----END CERTIFICATE-----\n"


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LabPaths:
    monkeypatch.setenv("CANARY_LAB_STATE", str(tmp_path))
    paths = LabPaths("a")
    paths.make()
    return paths


def test_the_authority_is_the_last_certificate() -> None:
    assert authority(LEAF + CA) == CA


def test_nothing_is_written_before_the_api_server_has_a_certificate(paths: LabPaths) -> None:
    assert not Credentials(paths, Tokens.fresh(), 1234).write()
    assert not paths.kubeconfig.exists()


def test_host_and_inside_differ_in_the_address_only(paths: LabPaths) -> None:
    (paths.pki / "apiserver.crt").write_text(LEAF + CA)
    tokens = Tokens.fresh()
    assert Credentials(paths, tokens, 1234).write()
    outside, inside = (yaml.safe_load(file.read_text()) for file in (paths.kubeconfig, paths.inside_kubeconfig))
    assert outside["clusters"][0]["cluster"].pop("server") == "https://127.0.0.1:1234"
    assert inside["clusters"][0]["cluster"].pop("server") == "https://127.0.0.1:6443"
    assert outside == inside
    assert base64.b64decode(outside["clusters"][0]["cluster"]["certificate-authority-data"]).decode() == CA
    assert outside["users"][0]["user"]["token"] == tokens.by_user[ADMIN]


def test_only_this_user_can_read_a_kubeconfig(paths: LabPaths) -> None:
    (paths.pki / "apiserver.crt").write_text(CA)
    Credentials(paths, Tokens.fresh(), 1).write()
    assert paths.kubeconfig.stat().st_mode & 0o777 == 0o600


def test_only_the_admin_is_in_the_group_of_masters() -> None:
    lines = Tokens.fresh().csv().splitlines()
    assert [line.split(",")[1] for line in lines if "system:masters" in line] == [ADMIN]


def test_every_life_has_tokens_of_its_own() -> None:
    assert not set(Tokens.fresh().by_user.values()) & set(Tokens.fresh().by_user.values())
