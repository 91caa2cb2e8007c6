"""Counting answers over all workers, in memory that processes share after a fork.

No file or database is involved, so nothing can be full, locked or left behind, and what a
killed worker has counted stays counted.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import sys
import threading
import weakref
from tempfile import TemporaryFile

CODES = range(100, 600)
ROWS = 256
"""How many processes can count at once, including old ones during a reload; more do not count."""
BYTES = 8


class Tally:
    """How many answers had which status code, in this process and all that are forked from it.

    Each process counts in a row of its own, which it holds by a lock that ends with the process.
    The next process that takes the row counts on from there, so a sum never falls.
    """

    def __init__(self, rows: int = ROWS) -> None:
        self._rows = rows
        self._memory = mmap.mmap(-1, rows * len(CODES) * BYTES)
        self._counts = memoryview(self._memory).cast("Q")
        self._locks = _nameless_file()
        weakref.finalize(self, os.close, self._locks)
        self._thread = threading.Lock()
        self._pid = 0
        self._row: int | None = None

    def add(self, code: int) -> None:
        with self._thread:
            if self._pid != os.getpid():
                self._pid, self._row = os.getpid(), self._free_row()
            if self._row is not None and code in CODES:
                self._counts[self._row * len(CODES) + CODES.index(code)] += 1

    def sums(self) -> dict[int, int]:
        """The counts by status code, without those that are 0."""
        width = len(CODES)
        sums = {code: sum(self._counts[place::width]) for place, code in enumerate(CODES)}
        return {code: count for code, count in sums.items() if count}

    def _free_row(self) -> int | None:
        for row in range(self._rows):
            try:
                fcntl.lockf(self._locks, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, row)
            except OSError:
                continue
            return row
        return None


def _nameless_file() -> int:
    """A file to lock; on Linux it is in memory, so that the disk may be full or read-only."""
    if sys.platform == "linux":
        return os.memfd_create("feedproxy-tally")
    with TemporaryFile() as file:
        return os.dup(file.fileno())
