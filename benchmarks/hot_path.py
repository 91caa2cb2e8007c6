"""A feed that nothing changed, answered in front of Flask, against the Flask view's answer.

In one process, without a server: `benchmarks.servers` measures whole servers.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.common import SOURCE, Result, interleaved, options, papers, report
from feedproxy.archive import Archive
from feedproxy.assemble import assemble
from feedproxy.clock import utc_now
from feedproxy.config import Config
from feedproxy.models import Listing, Page, Request, SourceState
from feedproxy.web import create_app, security_headers
from feedproxy.web.hotpath import HotPath

RULES = """
sources: {hf-daily: {kind: huggingface}}
topics: {all: {from: [hf-daily], where: {upvotes: {min: 0}}}}
"""
PATH = "/feeds/all.atom"


def unreachable(request: Request) -> Page:
    raise AssertionError(f"nothing is due, but {request.url} was asked for")


def config(folder: Path, records: int) -> Config:
    """An archive with `records`, just read, and one topic that takes all of them."""
    (folder / "rules").mkdir()
    (folder / "rules" / "topics.yaml").write_text(RULES)
    made = Config(
        rules=folder / "rules",
        database=f"sqlite:///{folder}/archive.db",
        public_url="https://papers.example",
    )
    archive, now = Archive(made.database), utc_now()
    lease = archive.take(SOURCE, "benchmark", 60, SourceState(SOURCE))
    assert lease is not None
    archive.remember(SOURCE, Listing(tuple(papers(records))), now, lease)
    archive.succeeded(lease, now, now.replace(year=now.year + 1))
    archive.close()
    return made


def environ(path: str = PATH, **headers: str) -> dict[str, str]:
    """A request as gunicorn would hand it over."""
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "wsgi.url_scheme": "http",
        **headers,
    }


def asking(app: Any, times: int, **headers: str) -> Callable[[], None]:
    """`times` requests."""

    def start_response(*_: object) -> None:
        pass

    def ask() -> None:
        for _ in range(times):
            b"".join(app(environ(**headers), start_response))

    return ask


def measure(folder: Path, records: int, times: int) -> list[Result]:
    made = config(folder, records)
    pipeline = assemble(made, unreachable)
    pipeline.refresher.stop()
    flask = create_app(pipeline, made)
    hot = HotPath(flask, pipeline, security_headers(made), private=False)
    etag = pipeline.feed("all", "atom").version.etag
    results = []
    for what, headers in (
        ("200", {}),
        ("200, gzip", {"HTTP_ACCEPT_ENCODING": "gzip"}),
        ("304", {"HTTP_IF_NONE_MATCH": etag}),
    ):
        works = (asking(app, times, **headers) for app in (hot, flask))
        quick, slow = interleaved(*works, rounds=7)
        name, took = f"hot path, {what}", quick / times * 1e6
        results.append(Result(name, took, "us", slow / quick, "the Flask view, same process"))
    return results


if __name__ == "__main__":
    given = options(records=1000, times=500)
    with TemporaryDirectory() as place:
        for result in measure(Path(place), given.records, given.times):
            report(result, as_json=given.json)
