"""From an image reference to a local program."""

from pathlib import Path

import pytest

from lab import toolchain
from lab.node.images import ImageError, InvalidImageName, Reference, pull


@pytest.mark.parametrize(
    ("text", "repository", "tag"),
    [
        ("busybox", "docker.io/library/busybox", "latest"),
        ("stefanprodan/podinfo:2.1.0", "docker.io/stefanprodan/podinfo", "2.1.0"),
        ("ghcr.io/stefanprodan/podinfo:6.9.2@sha256:ab", "ghcr.io/stefanprodan/podinfo", "6.9.2"),
        ("localhost:5000/app", "localhost:5000/app", "latest"),
    ],
)
def test_a_reference_is_spelled_out(text: str, repository: str, tag: str) -> None:
    assert Reference.parse(text) == Reference(repository, tag)


@pytest.mark.parametrize("text", ["", "Upper/Case", ":tag", "a//b", "/a"])
def test_what_is_no_reference_is_an_invalid_image_name(text: str) -> None:
    with pytest.raises(InvalidImageName, match="couldn't parse image name"):
        Reference.parse(text)


def test_a_digest_alone_is_refused_with_a_remedy() -> None:
    with pytest.raises(ImageError, match="add :TAG"):
        Reference.parse("stefanprodan/podinfo@sha256:ab")


def test_an_unknown_repository_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(ImageError, match=r"none for docker\.io/library/nginx; it has .*stefanprodan/podinfo"):
        pull("nginx:1.27")


def test_the_tag_reaches_podinfo_as_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "podinfo", lambda tag: Path(f"/cache/podinfo-{tag}"))
    monkeypatch.setattr(toolchain, "NAMES", ())
    image = pull("ghcr.io/stefanprodan/podinfo:2.1.1")
    assert image.files == {"/home/app/podinfo": Path("/cache/podinfo-2.1.1")}
    assert (image.arguments, image.workdir) == (("./podinfo",), "/home/app")


def test_the_command_line_of_this_checkout_is_an_image() -> None:
    image = pull("pulumi-canary:dev")
    assert image.entrypoint[1:] == ("-m", "canary")
    assert (image.files["/app/canary"] / "cli" / "guard.py").is_file()
    assert image.workdir == "/app"


def test_a_program_that_cannot_be_built_is_a_failed_pull(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_go(_tag: str) -> Path:
        raise toolchain.ToolchainError("there is no `go` on PATH")

    monkeypatch.setattr(toolchain, "podinfo", no_go)
    with pytest.raises(ImageError, match="failed to pull 'stefanprodan/podinfo:2': there is no `go`"):
        pull("stefanprodan/podinfo:2")
