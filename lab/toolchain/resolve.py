"""From a tool's name to the path of a program that runs: on PATH, in a wheel, cached, or built now.

The only module that knows the order in which those are tried.
"""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic

from lab.toolchain import golang, installed
from lab.toolchain.cache import Slot, cache_root, key_of
from lab.toolchain.errors import BuildError, ToolchainError, UnknownToolError
from lab.toolchain.progress import Console, Progress
from lab.toolchain.table import GO_TOOLS, NAMES, TABLE, WHEEL_TOOLS, GoTool, WheelTool, tagged_podinfo

_IMAGE_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def tool(name: str, progress: Progress | None = None) -> Path:
    """The program called `name`, built first if need be (minutes, with progress on standard error).

    Raises UnknownToolError, GoError if Go is missing or too old, BuildError, ToolchainError.
    """
    entry = _entry(name)
    if isinstance(entry, WheelTool):
        return installed.in_wheel(entry)
    return installed.on_path(entry) or built(entry, progress or Console())


def state(name: str) -> str:
    """Where the program called `name` is now, or that it is not built. Builds nothing; raises as `tool`."""
    entry = _entry(name)
    if isinstance(entry, WheelTool):
        return str(installed.in_wheel(entry))
    if found := installed.on_path(entry):
        return f"{found} (on PATH)"
    slot = slot_of(entry)
    return str(slot.directory / entry.name) if slot.directory.is_dir() else "not built"


def _entry(name: str) -> GoTool | WheelTool:
    if name not in TABLE:
        raise UnknownToolError(f"There is no tool {name!r} in the lab. There are: {', '.join(NAMES)}.")
    return TABLE[name]


def podinfo(tag: str, progress: Progress | None = None) -> Path:
    """A podinfo that reports `tag` as its version: what pulling `stefanprodan/podinfo:TAG` is elsewhere.

    Raises ToolchainError if `tag` is not an image tag, otherwise as `tool`.
    """
    if not _IMAGE_TAG.fullmatch(tag):
        raise ToolchainError(f"{tag!r} is not an image tag: letters, digits, '_', '.' and '-', at most 128 of them.")
    return built(tagged_podinfo(tag), progress or Console())


def ensure_all(progress: Progress | None = None) -> None:
    """Makes every tool ready, so that nothing is built later on. Raises what `tool` raises, for the first failure."""
    told = progress or Console()
    for carried in WHEEL_TOOLS:
        installed.in_wheel(carried)
    missing = [source for source in GO_TOOLS if not is_ready(source)]
    if missing:
        _build_all(missing, told)


def is_ready(source: GoTool) -> bool:
    """Whether `source` can be had without building. Raises GoError if that cannot be told for want of Go."""
    return installed.on_path(source) is not None or slot_of(source).directory.is_dir()


def _build_all(missing: Sequence[GoTool], progress: Progress) -> None:
    # One build after the other: `go build` alone keeps two cores 92 % busy. Only downloads run ahead of it.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="fetch") as fetcher:
        fetcher.map(golang.fetch, missing)
        try:
            for source in missing:
                built(source, progress)
        finally:
            fetcher.shutdown(cancel_futures=True)


def slot_of(source: GoTool) -> Slot:
    """Where in the cache this very build belongs: any change of sources, flags or compiler gives another place."""
    pins = (source.directory / "go.mod").read_bytes(), (source.directory / "go.sum").read_bytes()
    flags = (source.package, source.linker_flags, *source.tags, *golang.RECIPE.values())
    return Slot(cache_root(), source.name, key_of((*pins, *flags, golang.go_version())))


def built(source: GoTool, progress: Progress) -> Path:
    """The program built from `source`, from the cache if it is there."""
    directory = slot_of(source).filled(
        work=partial(_build, source, progress),
        waiting=lambda: progress.started(source.name, "another process is building it, waiting"),
    )
    return directory / source.name


def _build(source: GoTool, progress: Progress, directory: Path) -> None:
    began = monotonic()
    progress.started(source.name, f"building {source.version}")
    program = directory / source.name
    golang.Build(source, program).run(progress.interval_s, partial(progress.beat, source.name))
    _verify(source, program)
    progress.finished(source.name, monotonic() - began, "ready")


def _verify(source: GoTool, program: Path) -> None:
    said = installed.what_it_says(program, source.version_args) if source.version_args else source.version
    if source.version not in said:
        asked = " ".join((source.name, *source.version_args))
        msg = (
            f"{source.name} was built from {source.package} {source.version}, but `{asked}` says: {said.strip()!r}. "
            f"The pins in {source.directory} and the linker variables in lab/toolchain/table.py do not fit together."
        )
        raise BuildError(msg)
