"""The site as files, for hosts that run nothing: the same app is asked, with other links.

    file_name   which file stands for an address
    Links       relative from the page that is being written; notes which files they lead to
    site        asks for the first page, and for whatever is linked from then on

So no link leads nowhere, and what nothing links to is not written. What needs a server
(searching, trying rules) has no file, and templates leave it out where `as_files` is true.
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
"""Of each view of a topic: further back, every new record would change every page."""
AS_THEY_ARE = {"feeds.feed", "pages.bibliography", "pages.schema", "static"}
FOLDERS = {"pages.topics", "pages.topic", "pages.why", "pages.sources"}
UNLINKED = {"rules.schema.json": "/rules.schema.json"}


def file_name(endpoint: str, url: str) -> str:
    """`topics/spiking/near-2.html` for the second page of the near misses.

    Raises LookupError for what only a server can answer.
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
    """Stands in for `url_for` and `feed_address` in the templates."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url
        self.files = dict(UNLINKED)
        """The addresses, by the files that stand for them."""

    def url_for(self, endpoint: str, **values: Any) -> str:
        url = flask.url_for(endpoint, **{n: v for n, v in values.items() if v is not None})
        name = file_name(endpoint, url)
        self.files.setdefault(name, url)
        if request.endpoint is None:  # a host shows 404.html at any address
            return f"{self._public_url}/{name}"
        here = file_name(request.endpoint, request.full_path)
        return posixpath.relpath(name, posixpath.dirname(here))

    def feed_address(self, topic: str, format_name: str) -> str:
        return self.url_for("feeds.feed", name=f"{topic}.{format_name}")


def site(pipeline: Pipeline, config: Config) -> dict[str, bytes]:
    """The content of each file. Raises NotReadYet where a topic has nothing to show."""
    pipeline.refresher.stop()
    for topic in pipeline.rules().topics:
        pipeline.feed(topic, "atom")
    links, app = Links(config.public_url), create_app(pipeline, config)
    app.testing = True  # a fault in a page ends the build, and is no page

    @app.context_processor
    def relative() -> dict[str, object]:
        policy = security_headers(config)["Content-Security-Policy"]
        return {
            "as_files": True,
            "url_for": links.url_for,
            "feed_address": links.feed_address,
            "most_pages": MOST_PAGES,
            "policy": policy.partition("; frame-ancestors")[0],  # which counts in a header only
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
    """No file redirects: who subscribed to a renamed topic finds its feed under both names."""
    for topic, rule_set in pipeline.rules().topics.items():
        for former in rule_set.renamed:
            for name in FORMATS:
                old = f"feeds/{former}.{name}"
                if old not in made:
                    yield old, made[f"feeds/{topic}.{name}"]
