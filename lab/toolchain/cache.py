"""Keeps what was built, outside git, one directory for each thing under the hash of everything that shaped it.

A slot is either complete or absent: the work is done in a directory of its own and renamed at the end, under a lock, so
two labs that start at once build once, and a killed build leaves nothing that could be taken for a result. What is
stored in a slot is the caller's affair.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lab.toolchain.errors import ToolchainError

_KEY_LENGTH = 16


def cache_root() -> Path:
    """`$CANARY_LAB_CACHE`, or `canary-lab` in `$XDG_CACHE_HOME` (default `~/.cache`)."""
    if chosen := os.environ.get("CANARY_LAB_CACHE"):
        return Path(chosen).expanduser().resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "canary-lab"


def key_of(parts: Iterable[bytes | str]) -> str:
    """A short hash over `parts`; their borders count, so ("ab", "c") and ("a", "bc") differ."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(f"{len(content)}:".encode() + content)
    return digest.hexdigest()[:_KEY_LENGTH]


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one result: `ROOT/tools/NAME/KEY/`."""

    root: Path
    name: str
    key: str

    @property
    def directory(self) -> Path:
        """Where the result is once it is complete; absent before."""
        return self.root / "tools" / self.name / self.key

    def filled(self, work: Callable[[Path], None], waiting: Callable[[], None]) -> Path:
        """The slot's directory, filled by `work(empty directory)` if nobody did so before.

        `waiting` is called once if another process holds the lock. What `work` raises passes through and leaves the
        slot absent. Raises ToolchainError if the cache cannot be written.
        """
        if self.directory.is_dir():
            return self.directory
        with self._locked(waiting):
            if not self.directory.is_dir():
                self._fill(work)
        return self.directory

    def _fill(self, work: Callable[[Path], None]) -> None:
        self._sweep()
        # Not a fixed name: a build orphaned by SIGKILL may still write to the directory it was given.
        partial = Path(tempfile.mkdtemp(prefix=self._partial_prefix, dir=self.directory.parent))
        try:
            work(partial)
            partial.chmod(0o755)
            partial.rename(self.directory)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _sweep(self) -> None:
        for left_behind in self.directory.parent.glob(f"{self._partial_prefix}*"):
            shutil.rmtree(left_behind, ignore_errors=True)

    @property
    def _partial_prefix(self) -> str:
        return f".{self.key}.partial."

    @contextmanager
    def _locked(self, waiting: Callable[[], None]) -> Iterator[None]:
        with self._lock_file() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _lock_file(self) -> Iterator[int]:
        path = self.directory.parent / f".{self.key}.lock"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise ToolchainError(
                f"cannot write the tool cache at {self.root}: {error}. Set CANARY_LAB_CACHE to a writable directory."
            ) from error
        try:
            yield descriptor
        finally:
            with suppress(OSError):
                os.close(descriptor)
