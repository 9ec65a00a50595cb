"""The rule on images: what was measured is what will run, so an image's name must not come to mean another image."""

import re
from collections.abc import Iterator

from policies.exemption import BadConfiguration
from policies.finding import Finding, Violation, judged
from policies.pods import all_containers
from policies.resource import Resource
from policies.rule import Rule, Settings
from policies.view import View

_DIGEST = re.compile(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}")
# A version with three numbers, or a commit.
_FIXED_TAG = r"v?\d+\.\d+\.\d+([-+._].*)?|([a-z0-9]+-)*[0-9a-f]{7,64}"


def split(image: str) -> tuple[str, str, str]:
    """`registry:5000/app:1.2@sha256:…` as name, tag and digest; what is absent is empty."""
    named, _, digest = image.partition("@")
    last = named.rpartition("/")[2]
    tag = last.partition(":")[2]
    return named.removesuffix(f":{tag}") if tag else named, tag, digest


def _pinned(resource: Resource, settings: Settings) -> Iterator[Finding]:
    for container in all_containers(resource):
        yield from judged(resource, _image, resource, container["image"], settings)


def _image(resource: Resource, image: View, settings: Settings) -> Iterator[Finding]:
    text = image.text()
    name, tag, digest = split(text)
    if _DIGEST.fullmatch(digest) or (not text and resource.is_patch):
        return
    if settings["require_digest"]:
        fix = f"append the digest: {name or 'NAME'}:{tag or 'TAG'}@sha256:…"
        yield Violation(resource, image.path, f"is {text or 'missing'}", "an image with its digest", fix)
    elif not _pattern(settings["tag_pattern"]).fullmatch(tag):
        given = f"is {text or 'missing'}" if tag or not text else f"is {text}, which means {text}:latest"
        allowed = "a digest, or a tag that is never moved, such as v1.2.3 or a commit"
        fix = f"name the version: {name or 'NAME'}:1.2.3, or {name or 'NAME'}@sha256:…"
        yield Violation(resource, image.path, given, allowed, fix)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise BadConfiguration(f"tag_pattern {text!r} is no regular expression: {error}") from error


RULES = (
    Rule(
        name="image-pinned",
        description="Every image is named by digest or by a tag that is never moved.",
        resource=_pinned,
        properties={
            "tag_pattern": {
                "type": "string",
                "default": _FIXED_TAG,
                "description": "Regular expression for the whole of a tag that counts as never moved.",
            },
            "require_digest": {"type": "boolean", "default": False, "description": "Allow digests only."},
        },
    ),
)
