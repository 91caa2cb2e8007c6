"""Nothing grows with time: many refreshes, edits and requests in one process."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

from feedproxy.pipeline import Pipeline
from tests.conftest import Installation

ROUNDS = 40
PATHS = (
    "/feeds/spiking.atom",
    "/feeds/popular.rss",
    "/",
    "/topics/spiking",
    "/healthz",
    "/feeds/x",
)


def test_s_17_neither_memory_nor_files_nor_threads_grow(
    installation: Installation, pipeline: Pipeline
) -> None:
    client = installation.client(pipeline)

    def rounds() -> tuple[int, int, int]:
        """What is there after them: objects, open files, threads."""
        for number in range(ROUNDS):
            text = installation.rules.read_text().partition("#")[0]
            installation.rules.write_text(f"{text}# edit {number}\n")
            paper = installation.site.papers[0]
            paper.title = paper.title.removesuffix(" revised") + " revised" * (number % 2)
            installation.site.broken = 500 if number % 3 == 0 else None
            installation.time.pass_by(minutes=40)
            for name in pipeline.due():
                pipeline.refresh(name)
            for path in PATHS:
                client.get(path)
                client.get(f"{path}?{number}", headers={"If-None-Match": f'"{number}"'})
        gc.collect()
        open_files = len(list(Path("/proc/self/fd").iterdir()))
        return len(gc.get_objects()), open_files, threading.active_count()

    rounds()  # what is made once
    objects, files, threads = rounds()
    more_objects, more_files, more_threads = rounds()
    assert more_objects - objects < len(PATHS) * ROUNDS  # half an object per request
    assert more_files <= files
    assert more_threads <= threads
