"""What the tests start is what they test."""

from __future__ import annotations

import sys
from pathlib import Path

import feedproxy
from tests.running import run


def test_a_process_in_another_folder_runs_the_code_beside_these_tests(tmp_path: Path) -> None:
    (tmp_path / "also_found.py").touch()
    tell = "import also_found, feedproxy; print(feedproxy.__file__)"
    told = run(tmp_path, sys.executable, "-P", "-c", tell, PYTHONPATH=str(tmp_path))
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == feedproxy.__file__
