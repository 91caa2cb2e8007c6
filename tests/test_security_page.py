"""SECURITY.md names tests that there are, and the README leads to it."""

from __future__ import annotations

import re
from pathlib import Path

from feedproxy.gunicorn_conf import threads, workers
from feedproxy.gunicorn_server import PATIENCE
from feedproxy.rulefiles.reading import LARGEST
from feedproxy.web.guessing import EVERY, FREE, SHARED

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")


def test_each_defence_is_proved_by_tests_that_there_are() -> None:
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 12
    for *_, proof in rows:
        named = re.findall(r"`(tests/test_\w+\.py)`", proof)
        assert named
        for path in named:
            assert "def test_" in (ROOT / path).read_text("utf-8")


def test_its_figures_are_those_of_the_program() -> None:
    assert (FREE, EVERY) == (10, 3)
    assert "ten wrong keys are free, then one in three seconds" in PAGE
    assert f"gains {FREE * SHARED:.0f} tries, then {SHARED / EVERY:.0f} a second" in PAGE
    assert PATIENCE == 60
    assert f"({workers * threads}, or `WEB_CONCURRENCY` x {threads})" in PAGE
    assert LARGEST == 1 << 20


def test_the_readme_leads_to_it() -> None:
    assert "(SECURITY.md)" in (ROOT / "README.md").read_text("utf-8")
