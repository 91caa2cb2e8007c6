"""The site as files, for hosts that run no programs: the answers of the same app, with other links.

    file_name   which file stands for an address
    Links       makes links relative to the page being written; notes the files they lead to
    site        asks for the first page, then for whatever is linked

So no link is broken, and nothing is written that nothing links to. What needs a server
(searching, trying rules) has no file; templates leave it out if `as_files` is true.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import flask
from flask import request

from feedproxy.config import Config
from feedproxy.errors import FeedproxyError
from feedproxy.formats import FORMATS
from feedproxy.pipeline import Pipeline
from feedproxy.web import create_app, security_headers

MOST_PAGES = 5
"""Pages of each view of a topic: if there were more, a new record would change all of them."""
AS_THEY_ARE = {"feeds.feed", "pages.bibliography", "pages.schema", "static"}
FOLDERS = {"pages.topics", "pages.topic", "pages.why", "pages.sources"}
UNLINKED = {"rules.schema.json": "/rules.schema.json"}


def file_name(endpoint: str, url: str) -> str:
    """The file for a URL, such as `topics/spiking/near-2.html` for the second page of near misses.

    Raises LookupError if only a server can answer it.
    """
    parts = urlsplit(url)
    path, query = unquote(parts.path).strip("/"), dict(parse_qsl(parts.query))
    if endpoint in AS_THEY_ARE:
        return path
    if endpoint == "pages.subscriptions":
        return "feedproxy.opml"
    if endpoint not in FOLDERS or "q" in query:
        raise LookupError(f"{url} needs a server: leave the link out where `as_files` is true")
    view, page = query.get("view", "included"), query.get("page", "1")
    name = view if page == "1" else f"{view}-{page}"
    return posixpath.join(path, "index.html" if name == "included" else f"{name}.html")


class Links:
    """Replaces `url_for` and `feed_address` in the templates."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url
        self.files = dict(UNLINKED)
        """The URLs by the files that stand for them."""

    def url_for(self, endpoint: str, **values: Any) -> str:
        url = flask.url_for(endpoint, **{n: v for n, v in values.items() if v is not None})
        name = file_name(endpoint, url)
        self.files.setdefault(name, url)
        if request.endpoint is None:  # 404.html, which a host shows at any address
            return f"{self._public_url}/{name}"
        here = file_name(request.endpoint, request.full_path)
        return posixpath.relpath(name, posixpath.dirname(here))

    def feed_address(self, topic: str, format_name: str) -> str:
        return self.url_for("feeds.feed", name=f"{topic}.{format_name}")


def site(pipeline: Pipeline, config: Config) -> dict[str, bytes]:
    """The content of each file. Raises NotReadYet if a topic has nothing to show."""
    pipeline.refresher.stop()
    for topic in pipeline.rules().topics:
        pipeline.feed(topic, "atom")
    links, app = Links(config.public_url), create_app(pipeline, config)
    app.testing = True  # an exception ends the build, instead of becoming a page

    @app.context_processor
    def relative() -> dict[str, object]:
        policy = security_headers(config)["Content-Security-Policy"]
        return {
            "as_files": True,
            "url_for": links.url_for,
            "feed_address": links.feed_address,
            "most_pages": MOST_PAGES,
            "policy": policy.partition("; frame-ancestors")[0],  # works only in a header
        }

    client = app.test_client()
    made = {".nojekyll": b"", "404.html": content(client, "/404.html", 404)}
    links.files["index.html"] = "/"
    while missing := links.files.keys() - made.keys():
        made |= {name: content(client, links.files[name]) for name in sorted(missing)}
    return made | dict(former_feeds(pipeline, made))


def content(client: flask.testing.FlaskClient, url: str, status: int = 200) -> bytes:
    with client.get(url) as answer:
        if answer.status_code != status:
            raise FeedproxyError(f"{url} cannot be written: it answers {answer.status}")
        return answer.get_data()


def former_feeds(pipeline: Pipeline, made: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Copies of feeds under their topics' former names, since files cannot redirect readers."""
    for topic, rule_set in pipeline.rules().topics.items():
        for former in rule_set.renamed:
            for name in FORMATS:
                old = f"feeds/{former}.{name}"
                if old not in made:
                    yield old, made[f"feeds/{topic}.{name}"]
