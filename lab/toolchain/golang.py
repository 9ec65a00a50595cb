"""The `go` command: whether it will do, the environment it runs in, and one build with its heartbeat.

Knows nothing of caches or of which tools exist.
"""

import os
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from lab.toolchain.cache import cache_root
from lab.toolchain.errors import BuildError, GoError
from lab.toolchain.table import GoTool
from lab.toolchain.versions import Version, dotted, first_version, required_go

MINIMUM_GO: Version = (1, 26)
_NEEDED = f"Go {dotted(MINIMUM_GO)} or newer"
_INSTALL = f"Install {_NEEDED} (https://go.dev/dl/), put its bin directory on PATH and try again."
# Without cgo no C compiler is needed, and names are looked up by Go itself, from /etc/resolv.conf alone.
RECIPE = MappingProxyType(
    {"GOFLAGS": "-trimpath -buildvcs=false -mod=readonly", "GOWORK": "off", "CGO_ENABLED": "0"},
)
_TARGETS = frozenset({"GOOS", "GOARCH", "GOEXPERIMENT"})
_TAIL_LINES = 25
_STOP_GRACE_S = 10


@cache
def go_version() -> str:
    """The installed Go as it names itself, such as `go1.26.8`. Raises GoError if it is missing or too old."""
    asked = ["go", "env", "GOVERSION"]
    # `local`: what is installed, not what some go.mod in the current directory would switch to.
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": ""}
    try:
        answer = subprocess.run(asked, env=environment, cwd="/", capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise GoError(f"The lab compiles its tools, but there is no `go` on PATH. {_INSTALL}") from error
    except subprocess.CalledProcessError as error:
        raise GoError(f"`{' '.join(asked)}` failed: {error.stderr.strip()}. {_INSTALL}") from error
    return checked(answer.stdout.strip())


def checked(reported: str) -> str:
    """`reported` itself. Raises GoError if it is older than the lab's modules can be built with."""
    version = first_version(reported)
    if version is not None and version < MINIMUM_GO:
        raise GoError(f"The lab compiles its tools with {_NEEDED}, but `go` on PATH is {reported}. {_INSTALL}")
    return reported


def environment(go_mod: Path, installed: str, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment for building the module of `go_mod`: the user's, less whatever could change the result.

    The build cache is the user's own (`GOCACHE`, or Go's default) unless `CANARY_LAB_CACHE` asks for one place for all.
    """
    built = {name: value for name, value in inherited.items() if name not in _TARGETS} | RECIPE
    if "CANARY_LAB_CACHE" in inherited:
        built.setdefault("GOCACHE", str(cache_root() / "go-build"))
    version = first_version(installed)
    if version is not None and version < required_go(go_mod):
        # A patch release short of what this module asks for: Go fetches the right one by checksum.
        built["GOTOOLCHAIN"] = "auto"
    return built


class Build:
    """One `go build` of one tool into one file."""

    def __init__(self, tool: GoTool, output: Path) -> None:
        self._tool = tool
        self._command = [
            "go",
            "build",
            "-v",
            f"-tags={','.join(tool.tags)}",
            f"-ldflags={tool.linker_flags}",
            "-o",
            str(output),
            tool.package,
        ]
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._packages = 0
        self._modules = 0

    def run(self, every_s: float, beat: Callable[[float, str], None]) -> None:
        """Builds; calls `beat(seconds, detail)` every `every_s` seconds meanwhile. Raises BuildError."""
        process = subprocess.Popen(
            self._command,
            cwd=self._tool.directory,
            env=self._environment(),
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        reader.start()
        try:
            self._await(process, every_s, beat)
        finally:
            _stop(process)
            reader.join()
        if process.returncode != 0:
            raise BuildError(self._failure())

    def _environment(self) -> dict[str, str]:
        return environment(self._tool.directory / "go.mod", go_version(), os.environ)

    def _await(self, process: "subprocess.Popen[str]", every_s: float, beat: Callable[[float, str], None]) -> None:
        began = time.monotonic()
        while True:
            try:
                process.wait(timeout=every_s)
            except subprocess.TimeoutExpired:
                beat(time.monotonic() - began, self._detail())
            else:
                return

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stderr is not None  # noqa: S101  for the type checker: it was asked for above
        for line in process.stderr:
            if line.startswith("go: downloading"):
                self._modules += 1
            elif " " not in line.strip():
                self._packages += 1
            else:
                self._tail.append(line)
        process.stderr.close()

    def _detail(self) -> str:
        downloaded = f"{self._modules} modules downloaded, " if self._modules else ""
        return f"{downloaded}{self._packages} packages compiled"

    def _failure(self) -> str:
        said = "".join(self._tail).rstrip() or "(no output)"
        return (
            f"Building {self._tool.name} {self._tool.version} failed. In {self._tool.directory} this was run:\n"
            f"  {' '.join(self._command)}\nand said:\n{said}\n"
            "If a download failed, check that the Go module proxy can be reached (`go env GOPROXY`) and try again."
        )


def fetch(tool: GoTool) -> None:
    """Downloads the modules that `tool` is compiled from. Failure is left for the build to report."""
    command = ["go", "list", "-deps", f"-tags={','.join(tool.tags)}", "-f", "", tool.package]
    build_environment = environment(tool.directory / "go.mod", go_version(), os.environ)
    subprocess.run(command, cwd=tool.directory, env=build_environment, capture_output=True, check=False)


def _stop(process: "subprocess.Popen[str]") -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=_STOP_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
