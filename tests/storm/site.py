"""The emulator with invented papers and an access log: the child process, and its handle."""

from __future__ import annotations

import gzip
import importlib.util
import json
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from tests.invented import Paper
from tests.storm.papers import invented, write_days

PROJECT = Path(__file__).resolve().parents[2]
EMULATOR = PROJECT.parent / "shared" / "tools" / "hf_emulator.py"
HOP = 0.5
"""Seconds within which a request behind a redirect to its own URL belongs to the same fetch."""


@dataclass(frozen=True)
class Fetch:
    """One fetch of a URL, as the site saw it, its redirects included."""

    url: str
    at: float


@dataclass
class Site:
    """What the storm knows of the site, and how it breaks it."""

    address: str
    log: Path
    papers: list[Paper]
    late: list[Paper]
    chance: random.Random = field(default_factory=random.Random)

    def fault(self, kind: str, **more: str) -> None:
        self._control("fault", kind=kind, **more)

    def publish(self) -> None:
        """One paper more."""
        if self.late:
            paper = self.late.pop(0)
            self._control("publish", row=json.dumps(paper.row()), day=paper.day.isoformat())
            self.papers.append(paper)

    def vote(self) -> None:
        """Some papers rise; none ever falls, since an entry that qualified is to stay."""
        for paper in self.chance.sample(self.papers, 5):
            paper.upvotes += self.chance.randint(1, 9)
            self._control("upvote", id=paper.id, n=str(paper.upvotes))

    def faults_met(self) -> dict[str, int]:
        """How often each fault was met by a request."""
        met: dict[str, int] = self._control("stats")["faults"]
        return met

    def asked(self, path: str) -> int:
        """How often a path that begins so was asked for."""
        counts: dict[str, int] = self._control("stats")["requests"]
        return sum(count for url, count in counts.items() if url.startswith(path))

    def fetches(self) -> list[Fetch]:
        """All of them in order of time, from the access log."""
        found, hopping = [], dict[str, float]()
        for line in self.log.read_text().splitlines():
            moment, what, url = line.split(" ", 2)
            if what == "302":
                hopping[url] = float(moment)
            elif float(moment) - hopping.pop(url, 0.0) > HOP:
                found.append(Fetch(url, float(moment)))
        return found

    def _control(self, what: str, **query: str) -> dict[str, Any]:
        url = f"{self.address}/__{what}?{urlencode(query)}"
        with urllib.request.urlopen(url, timeout=10) as response:
            state: dict[str, Any] = json.loads(response.read())
        return state


@contextmanager
def site(folder: Path, today: date, seed: int) -> Iterator[Site]:
    papers, late = invented(today, seed)
    write_days(papers, folder / "days")
    log = folder / "access.log"
    with (folder / "site.log").open("w") as complaints:  # about clients that hang up
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.storm.site", folder / "days", log],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        )
    assert child.stdout is not None
    try:
        address = child.stdout.readline().strip()
        yield Site(address, log, papers, late, random.Random(seed))
    finally:
        child.terminate()
        child.wait()
        child.stdout.close()


def emulator_module() -> Any:
    spec = importlib.util.spec_from_file_location("hf_emulator", EMULATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(days: str, log: str) -> None:
    """The child: the emulator as it is, and a line for every request and every redirect."""
    emulator, writing = emulator_module(), Lock()
    with Path(log).open("w") as lines:

        class Handler(emulator.Handler):  # type: ignore[misc,name-defined]  # loaded by its path
            def note(self, what: str) -> None:
                with writing:
                    print(f"{time.monotonic():.4f} {what} {self.path}", file=lines, flush=True)

            def do_GET(self) -> None:
                if not self.path.startswith("/__"):
                    self.note("GET")
                super().do_GET()

            def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
                if status == 302:
                    self.note("302")
                super()._send(status, headers, body)

            def _control(self, path: str, query: dict[str, str]) -> None:
                if path == "/__publish":
                    with self.lock:
                        self.site.days[query["day"]].append(json.loads(query["row"]))
                super()._control(path, query)

        bomb = gzip.compress(bytes(1 << 26)) * 16
        emulator.gzip_bomb = lambda: bomb  # the same 1 GiB, in a fraction of the time
        emulator.Handler.site = emulator.Site(days)
        ThreadingHTTPServer.request_queue_size = 256
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
