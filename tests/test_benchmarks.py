"""Every benchmark runs, over invented papers, and ends in the line that a person and a program
can read. No figure is judged here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.__main__ import run, scripts
from benchmarks.growth import growth, sizes, table
from benchmarks.plots import svg
from tests.running import environment

ROOT = Path(__file__).resolve().parents[1]
SMALL = {
    "cold_feed": "--clients 5 --workers 2",
    "edited_topic": "--records 50",
    "growth": "--records 30 --topics 10 --clients 0 --plots 0",
    "hot_path": "--records 5 --times 2",
    "listing_page": "",
    "loading": "--topics 5",
    "long_lists": "--records 20 --terms 5",
    "matching": "--topics 20 --records 5",
    "memory": "--records 5 --topics 2",
    "pages": "--records 20 --rounds 1",
    "polling": "--records 5 --topics 2",
    "servers": "--records 5 --requests 16 --processes 1 --seconds 0 --slow 0",
    "warm_path": "--entries 10 --rounds 1",
}
BOUND = 120.0
"""Seconds that any of them may take on a busy machine."""
LAST_LINE = re.compile(r".+: [\d.e+-]+ .+, [\d.e+-]+ x baseline \(baseline: .+\)")


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that has the benchmarks, and no recorded papers beside it."""
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "benchmarks", folder / "benchmarks")
    return folder


def ran(bench: Path, name: str, *more: str) -> list[str]:
    with subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{name}", *SMALL[name].split(), *more],
        cwd=bench,
        env=environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            written, errors = process.communicate(timeout=BOUND)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # with the servers that it started
            raise
    assert process.returncode == 0, errors
    return written.splitlines()


def test_each_is_here() -> None:
    assert set(scripts()) == set(SMALL)


def test_one_that_cannot_be_run_is_named_in_the_end(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["nothing"]) == 1
    assert capfd.readouterr().err.endswith("\nfailed: nothing\n")


@pytest.mark.parametrize("name", SMALL)
def test_it_ends_in_the_figure_and_its_ratio_and_names_the_machine(bench: Path, name: str) -> None:
    lines = ran(bench, name)
    assert LAST_LINE.fullmatch(lines[-1])
    assert any(line.startswith("on ") and "Python" in line for line in lines)


def test_json_is_one_object_a_line(bench: Path) -> None:
    for line in ran(bench, "warm_path", "--json"):
        assert {"name", "value", "unit", "ratio", "baseline", "machine"} <= set(json.loads(line))


ROWS = [{"records": 10, "start, s": 0.5}, {"records": 100, "start, s": 2.0}]


def test_growth_is_told_from_the_smallest_to_the_largest() -> None:
    assert sizes(10, 10_000) == [10, 100, 1000, 10_000]
    assert sizes(1000, 30) == [30]
    assert str(growth(ROWS, "start, s")) == (
        "growth, start at 100 records: 2 s, 4 x baseline (baseline: at 10 records)"
    )
    assert table(ROWS).splitlines()[2:] == ["| 10 | 0.5 |", "| 100 | 2 |"]


def test_a_plot_has_a_line_for_each_column_in_whole_decades() -> None:
    plot = ElementTree.fromstring(svg("a < b", "records", {"x": [(1, 1), (10, 100), (100, 10)]}))
    shown = "{http://www.w3.org/2000/svg}"
    [line] = plot.iter(f"{shown}polyline")
    (_, low), (_, high), (_, middle) = (
        [float(part) for part in point.split(",")] for point in line.attrib["points"].split()
    )
    assert middle - high == pytest.approx(low - middle, abs=0.11)
    texts = [text.text for text in plot.iter(f"{shown}text")]
    assert {"a < b", "records", "1", "10", "100", "x"} <= set(texts)
