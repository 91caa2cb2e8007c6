"""An invented listing in the shape of Hugging Face's API, as a function and over HTTP.

The papers are made up here; a test adds papers, moves votes and breaks the site at will.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from feedproxy.clock import utc_now
from feedproxy.errors import BadStatus, FetchError
from feedproxy.models import Page, Request


@dataclass
class Paper:
    id: str
    title: str
    day: date
    summary: str = "An invented abstract about nothing in particular."
    upvotes: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        stamp = f"{self.day}T00:00:00.000Z"
        paper = {
            "id": self.id,
            "title": self.title,
            "summary": self.summary,
            "authors": [{"name": "Ada Invented", "hidden": False}],
            "publishedAt": stamp,
            "submittedOnDailyAt": stamp,
            "upvotes": self.upvotes,
            **self.more,
        }
        return {"paper": paper, "title": self.title, "publishedAt": stamp, "numComments": 0}


class Site:
    """A fetch function; `broken` answers every request with that status, `error` raises it."""

    def __init__(self, *papers: Paper, now: Callable[[], datetime] = utc_now) -> None:
        self.papers = list(papers)
        self.now = now
        self.broken: int | None = None
        self.error: FetchError | None = None
        self.requests: list[str] = []

    def __call__(self, request: Request) -> Page:
        self.requests.append(request.url)
        if self.error is not None:
            raise self.error
        status, body = self.answer(request.url)
        if status != 200:
            raise BadStatus(request.url, f"answered {status}", status=status)
        return Page(request.url, body, self.now(), headers={"content-type": "application/json"})

    def answer(self, url: str) -> tuple[int, bytes]:
        if self.broken is not None:
            return self.broken, b"<h1>broken</h1>"
        parts = urlsplit(url)
        if parts.path == "/api/papers/search":
            return 200, json.dumps([{"paper": p.row()["paper"]} for p in self.papers]).encode()
        if parts.path != "/api/daily_papers":
            return 404, b"<h1>404</h1>"
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        day = query.get("date")
        rows = [paper.row() for paper in self.papers if day in (None, paper.day.isoformat())]
        start = int(query.get("p", 0)) * int(query.get("limit", 50))
        return 200, json.dumps(rows[start : start + int(query.get("limit", 50))]).encode()


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The site on loopback; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.requests.append(self.path)
            status, body = site.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):  # who asked may be gone
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with listening(Handler) as address:
        yield address


@contextmanager
def listening(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """A site on loopback that answers by `handler`; yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
