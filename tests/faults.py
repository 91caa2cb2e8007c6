"""What the tests of FAULTS (i) and (iv) share: a site that can be held, and a look at processes."""

from __future__ import annotations

import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from time import monotonic

from feedproxy.clock import utc_now
from tests.invented import Paper, Site, listening
from tests.running import BOUND, Answer, Server, eventually, serving

RULES = """
sources:
  hf-daily: {kind: huggingface, listing: daily, lookback: 1d, refresh: 1s}
topics:
  spiking: {from: [hf-daily], include: [spiking neural network]}
"""
FEED = "/feeds/spiking.atom"
OLD, NEW = "Spiking Neural Networks at Scale", "Spiking Neural Networks, Scaled Down"


class HeldSite(Site):
    """Keeps every answer back while it is held. What it will say is settled before that."""

    def __init__(self, *papers: Paper) -> None:
        super().__init__(*papers)
        self.open = threading.Event()
        self.open.set()
        self.times: list[float] = []

    def answer(self, url: str) -> tuple[int, bytes]:
        answer, held = super().answer(url), self.open
        self.times.append(monotonic())
        held.wait(BOUND)
        return answer

    def hold(self) -> threading.Event:
        """From now on; set the event to let go of what was asked since."""
        self.open = threading.Event()
        return self.open

    def let_pass(self) -> None:
        """What is asked from now on; what is held stays so."""
        self.open = threading.Event()
        self.open.set()


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The site on loopback, one connection a request: who has one waits for an answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = site.answer(self.path)
            with suppress(OSError):  # who asked may be gone
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with listening(Handler) as address:
        yield address


def invented(now: datetime | None = None) -> HeldSite:
    """With one paper of today."""
    return HeldSite(Paper("2611.00001", OLD, (now or utc_now()).date(), upvotes=12))


def settings(url: str, **more: str) -> dict[str, str]:
    """For a server whose site is at `url`: leases end after 4 s."""
    return {
        "FEEDPROXY_HF_URL": url,
        "FEEDPROXY_ALLOW_PRIVATE": "127.0.0.0/8",
        "FEEDPROXY_MIN_REFRESH": "1s",
        "FEEDPROXY_FETCH_DEADLINE": "2s",
        "FEEDPROXY_PUBLIC_URL": "https://papers.example",
        **more,
    }


@contextmanager
def warm(folder: Path, url: str, *arguments: str, **more: str) -> Iterator[Server]:
    """A server that has read its source; it is stopped without ceremony."""
    with started(folder, url, *arguments, **more) as server:
        said: list[Answer] = []

        def has_read() -> bool:
            said[:] = [server.get(FEED)]
            return said[0].status == 200

        try:
            eventually("the first reading", has_read)
        except AssertionError:
            raise AssertionError(said, server.health()) from None
        yield server


@contextmanager
def started(folder: Path, url: str, *arguments: str, **more: str) -> Iterator[Server]:
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    (folder / "rules" / "topics.yaml").write_text(RULES)
    with serving(folder, *arguments, **settings(url, **more)) as server:
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)


def workers(server: Server) -> list[int]:
    """The processes that answer, by their parent."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return [int(pid) for pid in children.read_text().split()]


def connections(pid: int, port: int) -> int:
    """How many established connections from or to `port` the process has."""
    ours = set()
    with suppress(OSError):  # it may just have ended
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                ours.add(str(link.readlink()))
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(
        row[3] == "01"
        and f"socket:[{row[9]}]" in ours
        and port in (int(address.rpartition(":")[2], 16) for address in row[1:3])
        for row in rows
    )


def asking(server: Server, site: str) -> int:
    """The one worker that waits for the site's answer."""
    port = int(site.rpartition(":")[2])
    found: list[int] = []

    def is_one() -> bool:
        found[:] = [pid for pid in workers(server) if connections(pid, port)]
        return len(found) == 1

    eventually("one worker asks the site", is_one)
    return found[0]


@contextmanager
def files_no_longer_than(limit: int) -> Iterator[None]:
    """As on a disk that fills up: the write itself fails, in the middle of a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
