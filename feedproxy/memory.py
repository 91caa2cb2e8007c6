"""How a server's processes use memory. Called before it forks its workers."""

from __future__ import annotations

import ctypes
import gc

# What `mallopt` calls its settings: malloc.h of glibc.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
LARGE = 128 * 1024
"""Bytes from which an allocation stands alone, and goes back to the system when it is freed."""
AT_HAND = 2 * 1024 * 1024
"""Bytes at the end of the heap that are not given back, or each larger answer would ask anew."""


def prepare() -> None:
    share_program()
    keep_to_one_heap()


def share_program() -> None:
    """Shares the program's memory with all forks, by hiding it from the garbage collector: pages
    are shared until somebody writes to them, and the collector marks what it visits.
    """
    gc.collect()
    gc.freeze()


def keep_to_one_heap() -> None:
    """Has all threads of this process and its forks share one heap, as they share Python's lock.

    glibc would give each thread that allocates a heap of its own, up to 8 for each core, and in
    each of them what is freed leaves holes: with 64 threads that comes to a quarter of a worker.
    By default it would also take what is large from the heap, once something large was freed.
    Other C libraries have no such heaps, and no `mallopt`.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(_ARENA_MAX, 1)
        mallopt(_MMAP_THRESHOLD, LARGE)
        mallopt(_TRIM_THRESHOLD, AT_HAND)
