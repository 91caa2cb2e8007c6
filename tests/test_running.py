"""What the tests start is what they test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import feedproxy
from tests.running import BOUND, environment


def test_a_process_in_another_folder_runs_the_code_beside_these_tests(tmp_path: Path) -> None:
    (tmp_path / "also_found.py").touch()
    told = subprocess.run(
        [sys.executable, "-P", "-c", "import also_found, feedproxy; print(feedproxy.__file__)"],
        cwd=tmp_path,
        env=environment({"PYTHONPATH": str(tmp_path)}),
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=True,
    )
    assert told.stdout.strip() == feedproxy.__file__
