"""What the tests of hostile clients share: the whole stack without a server, and its routes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from werkzeug.test import Client

from feedproxy.web import create_app, security_headers
from feedproxy.web.hotpath import HotPath
from tests.clocks import FakeTime
from tests.conftest import RULES, Installation
from tests.invented import Paper, Site
from tests.test_hotpath import Counting

FEEDS = tuple(f"/feeds/spiking.{name}" for name in ("atom", "rss", "json"))
ODD_METHODS = ("OPTIONS", "TRACE", "PROPFIND", "PUT", "DELETE", "PATCH", "FOO")


class Stack:
    """The app as it is served, without a server: nothing is fetched but by `refresh`."""

    def __init__(self, folder: Path) -> None:
        day = FakeTime().moment.date()
        self.site = Site(Paper("2611.00001", "Spiking Neural Networks at Scale", day, upvotes=12))
        (folder / "rules").mkdir()
        self.installation = Installation(folder, self.site, FakeTime())
        self.installation.rules.write_text(RULES)
        self.config = self.installation.config(public_url="")
        self.pipeline = self.installation.start(public_url="")
        self.pipeline.refresh("hf-daily")
        self.pipeline.refresher.stop()
        self.flask = create_app(self.pipeline, self.config)
        self.behind = Counting(self.flask)
        """What the hot path leaves to the app."""
        headers = security_headers(self.config)
        hot = HotPath(self.behind, self.pipeline, headers, private=False)
        self.ask = Client(hot).open
        for path in FEEDS:
            assert self.ask(path).status_code == 200


def routes(app: Flask) -> Iterator[tuple[str, set[str]]]:
    """A path of each route, with the methods that it takes."""
    methods: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<topic>", "spiking").replace("<path:named>", "2611.00001")
        path = path.replace("<name>", "spiking.atom").replace("<path:filename>", "style.css")
        assert "<" not in path, "a new kind of route: say here what fills it"
        methods.setdefault(path, set()).update((rule.methods or set()) - {"OPTIONS"})
    yield from methods.items()
