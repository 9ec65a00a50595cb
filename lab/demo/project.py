"""A user's checkout of the program, and the Pulumi commands they would type in it.

The files are copied, so that a demo or a test never changes those of the repository; the packages are links to them.
"""

import io
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

import lab

ROOT = Path(lab.__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "podinfo"
STACK = "prod"

Say = Callable[[str], None]


@dataclass
class Update:
    """A running or finished Pulumi command: its lines so far, and how it ended."""

    process: "subprocess.Popen[str]"
    started: float
    lines: list[str] = field(default_factory=list)
    ended: float = 0.0
    reader: threading.Thread | None = None

    @property
    def text(self) -> str:
        """All output so far."""
        return "\n".join(self.lines)

    @property
    def seconds(self) -> float:
        """Wall clock, so far or in all."""
        return (self.ended or time.monotonic()) - self.started

    def wait(self, timeout: float = 900) -> int:
        """The exit code."""
        code = self.process.wait(timeout)
        if self.reader:
            self.reader.join(10)
        return code


class Project:
    """One copy, in `folder`, of the program in `source`, with one stack."""

    def __init__(self, folder: Path, env: Mapping[str, str], say: Say = lambda _: None, source: Path = ROOT) -> None:
        self.folder, self.source = folder, source
        self.env = {**os.environ, **env, "PYTHONPATH": str(ROOT), "PULUMI_CONFIG_PASSPHRASE": "lab", "NO_COLOR": "1"}
        self.say = say

    def create(self, **changes: Any) -> "Project":
        """Copy the program, change its configuration (dotted keys below `config`), make the stack."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        for path in (*self.source.glob("*.yaml"), self.source / "__main__.py"):
            shutil.copy(path, self.folder / path.name)
        (self.folder / ".venv").symlink_to(sys.prefix)
        self.configure(changes)
        self.run("stack", "select", STACK, "--create")
        return self

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Set values in the stack's file, as an editor would: `{"canary:analysis.interval": "3s"}`."""
        path = self.folder / f"Pulumi.{STACK}.yaml"
        document = yaml.safe_load(path.read_text())
        for dotted, value in changes.items():
            *parents, last = dotted.split(".")
            place = document["config"]
            for name in parents:
                place = place.setdefault(name, {})
            place[last] = value
        path.write_text(yaml.safe_dump(document, sort_keys=False))

    def run(self, *args: str, timeout: float = 120) -> str:
        """A short command; its output. Raises CalledProcessError with what it said."""
        done = subprocess.run(
            ["pulumi", *args, "--non-interactive"],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"pulumi {' '.join(args)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def set_tag(self, tag: str) -> None:
        """`pulumi config set image:tag TAG`."""
        self.run("config", "set", "image:tag", tag, "--stack", STACK)

    def up(self, *args: str) -> Update:
        """Start `pulumi up`; its lines are passed on while it runs."""
        return self.start("up", "--yes", "--skip-preview", *args)

    def start(self, *args: str) -> Update:
        """Start any Pulumi command."""
        command: Sequence[str] = ["pulumi", *args, "--non-interactive", "--stack", STACK]
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        update = Update(process, time.monotonic())
        update.reader = threading.Thread(target=self._read, args=(update,), daemon=True)
        update.reader.start()
        return update

    def _read(self, update: Update) -> None:
        with update.process.stdout or io.StringIO() as stdout:
            for line in stdout:
                update.lines.append(line.rstrip())
                self.say(line.rstrip())
        update.process.wait()
        update.ended = time.monotonic()
