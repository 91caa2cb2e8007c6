"""A server's threads share one heap, where the C library would give each its own."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

HEAPS = """
import ctypes, sys, threading
from feedproxy.memory import keep_to_one_heap

if sys.argv[1] == "one":
    keep_to_one_heap()
begun, kept = threading.Barrier(8), []

def allocate():
    begun.wait()
    kept.append([bytes(4000) for _ in range(100)])

threads = [threading.Thread(target=allocate) for _ in range(7)]
for each in threads:
    each.start()
begun.wait()
for each in threads:
    each.join()
ctypes.CDLL(None).malloc_stats()
"""


def heaps(how: str) -> int:
    """How many a process of eight threads has."""
    ran = subprocess.run(
        [sys.executable, "-c", HEAPS, how], capture_output=True, text=True, check=True, timeout=60
    )
    return ran.stderr.count("Arena ")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="another C library")
def test_threads_share_one_heap() -> None:
    assert heaps("many") > 1
    assert heaps("one") == 1
