"""Whether a remembered process lives, with real processes."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab.cluster.record import Record, start_time


@pytest.fixture
def process() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])


def test_a_record_reads_back(tmp_path: Path, process: "subprocess.Popen[bytes]") -> None:
    record = Record.of(process.pid)
    record.write(tmp_path / "r")
    assert Record.read(tmp_path / "r") == record
    assert record.lives()
    process.kill()
    process.wait()


def test_a_process_that_has_ended_does_not_live_even_unreaped(process: "subprocess.Popen[bytes]") -> None:
    record = Record.of(process.pid)
    record.end(grace_s=10)
    assert not record.lives()
    assert process.wait() == -signal.SIGTERM


def test_a_process_deaf_to_sigterm_is_killed() -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        Record.of(process.pid).end(grace_s=0.1)
        assert process.wait() == -signal.SIGKILL


def test_another_process_with_the_same_number_is_not_taken_for_it(process: "subprocess.Popen[bytes]") -> None:
    stranger = Record(process.pid, (start_time(process.pid) or 0) - 1)
    assert not stranger.lives()
    stranger.end(grace_s=0.1)
    assert process.poll() is None
    process.kill()
    process.wait()


@pytest.mark.parametrize("text", ["", "{}", '{"pid": 1}', "nonsense"])
def test_an_unreadable_record_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "r").write_text(text)
    assert Record.read(tmp_path / "r") is None
