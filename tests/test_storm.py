"""A short fault storm; `make storm` is the long one, and limits how long answers may take, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.storm.run import Options, storm
from tests.storm.site import EMULATOR


@pytest.mark.skipif(not EMULATOR.exists(), reason="there is no emulator in ../shared")
def test_a_storm_of_faults_and_kills_breaks_no_promise(tmp_path: Path) -> None:
    figures = list(storm(Options(seconds=10, seed=4, still=0), tmp_path))
    assert [str(each) for each in figures if not each.holds and not each.timed] == []
