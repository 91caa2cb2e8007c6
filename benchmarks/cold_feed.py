"""What a site is asked while many clients wait for a feed that was never read, against each client
asking the site itself.

The site answers once all of them wait; they are spread over the workers of one server.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_connection
from tempfile import TemporaryDirectory

from benchmarks.common import Result, options, papers, report
from benchmarks.hosts import feedproxy
from benchmarks.hot_path import PATH
from benchmarks.load import PATIENCE, answered, request

RULES = """
sources: {{listing: {{kind: feed, url: "{url}"}}}}
topics: {{all: {{from: [listing]}}}}
"""


class Site(ThreadingHTTPServer):
    """A feed, for whoever has patience; counts by URL who asked for it."""

    def __init__(self, body: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.body = body
        self.asked: Counter[str] = Counter()
        self.open = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/feed.json"


class _Answer(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        self.server.open.wait(PATIENCE)
        self.send_response(200)
        self.send_header("Content-Type", "application/feed+json")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *args: object) -> None:
        pass


def body() -> bytes:
    items = [
        {"id": paper.id, "url": paper.link, "title": paper.title, "content_text": paper.summary}
        for paper in papers(30)
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Listing", "items": items}
    return json.dumps(feed).encode()


@contextmanager
def site() -> Iterator[Site]:
    with Site(body()) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield serving
        finally:
            serving.shutdown()
            thread.join()


def measure(folder: Path, clients: int, workers: int) -> Result:
    with site() as listing:
        (folder / "rules").mkdir()
        (folder / "rules" / "topics.yaml").write_text(RULES.format(url=listing.url))
        with (
            feedproxy(folder, "gunicorn", workers, FEEDPROXY_ALLOW_PRIVATE="127.0.0.1") as host,
            ExitStack() as stack,
        ):
            waiting = [
                stack.enter_context(create_connection(host.address, PATIENCE))
                for _ in range(clients)
            ]
            for each in waiting:
                each.sendall(request(PATH))
            listing.open.set()
            statuses = Counter(answered(each).status for each in waiting)
        assert set(statuses) == {200}, f"not every client got the feed: {statuses}"
        most = max(listing.asked.values())
    name = f"most requests for one URL, {clients} clients at a cold feed, {workers} workers"
    return Result(name, most, "requests", clients / most, "each asks the site itself", "1")


if __name__ == "__main__":
    given = options(clients=100, workers=4)
    with TemporaryDirectory() as place:
        report(measure(Path(place), given.clients, given.workers), as_json=given.json)
