"""What a refusing kernel's user is told, from a kernel that really refuses (in a namespace with a limit of zero)."""

import subprocess
import sys
from pathlib import Path

import pytest

from lab.cluster import namespaces

ROOT = Path(namespaces.__file__).parents[2]
LIMITED = """
import os
from pathlib import Path
from lab.cluster import namespaces
user, group = os.geteuid(), os.getegid()
try:
    namespaces.unshare(namespaces.CLONE_NEWUSER)
    namespaces._become_mapped_root(user, group)
    Path("/proc/sys/user/max_net_namespaces").write_text("0")
except OSError:
    raise SystemExit(77)
namespaces.isolate()
"""


def test_a_refusal_is_one_message_with_remedies() -> None:
    outcome = subprocess.run([sys.executable, "-c", LIMITED], cwd=ROOT, capture_output=True, text=True, check=False)
    if outcome.returncode == 77:
        pytest.skip("this kernel refuses user namespaces altogether")
    last = outcome.stderr.rpartition("LabError: ")[2]
    assert last.startswith("creating the lab's namespaces as user 0 failed: ")
    assert "sysctl -w user.max_user_namespaces" in last


def test_a_replacement_for_a_file_that_is_not_there_is_left_out(tmp_path: Path) -> None:
    namespaces.put_over({str(tmp_path / "missing"): tmp_path / "source"})
    assert list(tmp_path.iterdir()) == []
