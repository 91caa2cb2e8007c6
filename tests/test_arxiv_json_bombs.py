"""Ten megabytes made to be slow or large: two seconds of the processor and 100 MB at most.

Run as a program it measures: each bomb is read in a process of its own, forked from this one.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.test_arxiv import batch
from tests.test_arxiv_json_fuzz import ANNOUNCED, API, outcome

FEED = b'<feed xmlns="http://www.w3.org/2005/Atom">'
PAPER = b"<entry><id>http://arxiv.org/abs/2603.00001</id><title>"
ENTRY = "<entry><id>oai:arXiv.org:2603.%05dv1</id><title>T</title>%s</entry>"
PAPERS = batch("2026-03-04")


def entries(count: int, more: str = "") -> bytes:
    inside = "".join(ENTRY % (number, more) for number in range(count)).encode()
    return PAPERS.replace(b"</feed>", inside + b"</feed>")


BOMBS: dict[str, Callable[[], bytes]] = {
    "objects": lambda: b"[" + b"{}," * 3_300_000 + b"{}]",
    "fewer objects": lambda: b"[" + b'{"a":{}},' * 160_000 + b"{}]",
    "arrays": lambda: b"[" * 10_000_000,
    "texts": lambda: b"[" + b'"ab",' * 1_900_000 + b'""]',
    "items": lambda: b"[" + b'{"title":"a","link":"/b","authors":["c"]},' * 80_000 + b"0]",
    "authors": lambda: b'[{"title":"a","link":"/b","authors":[' + b'"\\u00e9",' * 480_000 + b"0]}]",
    "one text": lambda: b'[{"title":"' + b"$x<b>&amp;" * 990_000 + b'","link":"/b"}]',
    "one number": lambda: b"[" + b"9" * 9_000_000 + b"]",
    "lone surrogates": lambda: b'["' + b"\\ud800" * 1_600_000 + b'"]',
    "all entries": lambda: entries(99_000),
    "as many entries as are read": lambda: entries(40_000),
    "elements": lambda: FEED + b"<a/>" * 249_000 + b"</feed>",
    "all elements": lambda: FEED + b"<a/>" * 2_400_000 + b"</feed>",
    "deep": lambda: b"<feed>" * 1_600_000,
    "attributes": lambda: b"<feed " + b"".join(b'a%d="" ' % n for n in range(390_000)) + b"/>",
    "namespaces": lambda: (
        b"<feed " + b"".join(b'xmlns:a%d="a" ' % n for n in range(390_000)) + b"/>"
    ),
    "white space": lambda: entries(99, f"<summary>T{' ' * 99_000}</summary>"),
    "accents": lambda: FEED + PAPER + rb"{\'e" * 2_400_000 + b"</title></entry></feed>",
}


def measure() -> None:
    for name, bomb in BOMBS.items():
        body = bomb()
        if os.fork() == 0:
            before = resource.getrusage(resource.RUSAGE_SELF)
            outcome(API if body.startswith(b"[") else ANNOUNCED, body)
            after = resource.getrusage(resource.RUSAGE_SELF)
            seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(name, seconds, (after.ru_maxrss - before.ru_maxrss) / 1024, sep="|", flush=True)
            os._exit(0)
        os.wait()


@pytest.fixture(scope="module")
def measured() -> dict[str, tuple[float, float]]:
    command = [sys.executable, "-m", "tests.test_arxiv_json_bombs"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    rows = (line.split("|") for line in done.stdout.splitlines())
    return {name: (float(seconds), float(megabytes)) for name, seconds, megabytes in rows}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_small(measured: dict[str, tuple[float, float]], name: str) -> None:
    assert len(BOMBS[name]()) <= 10_000_000
    seconds, megabytes = measured[name]
    assert seconds < 2
    assert megabytes < 100


if __name__ == "__main__":
    measure()
