"""A site that moves to another host shows the same items there: none of them is new."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from feedproxy.models import Listing, Page, Source
from feedproxy.sources import SOURCES

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HTML = '<ul><li id="42"><a href="https://papers.example/42">A title</a></li></ul>'
RSS = (
    '<rss version="2.0"><channel><title>Lab</title><item><guid isPermaLink="false">42</guid>'
    "<title>A title</title><link>https://papers.example/42</link></item></channel></rss>"
)
UNSAID = RSS.replace(' isPermaLink="false"', "")
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>Lab</title><entry><id>42</id>'
    '<title>A title</title><link href="https://papers.example/42"/></entry></feed>'
)
JSON = json.dumps([{"id": 42, "title": "A title", "link": "https://papers.example/42"}])
FIELDS = {"id": ["id"], "title": ["title"], "link": ["link"]}
SELECTED = {"id": ["@id"], "title": ["a"], "link": ["a @href"]}


@pytest.mark.parametrize(
    ("kind", "body", "options"),
    [
        ("feed", RSS, {}),
        ("feed", UNSAID, {}),
        ("feed", ATOM, {}),
        ("json", JSON, {"fields": FIELDS}),
        ("html", HTML, {"item": "li", "fields": SELECTED}),
    ],
)
@pytest.mark.parametrize("answers", ["https://lab.example/new", "https://www.lab.example/new"])
def test_its_own_id_is_that_of_the_address_in_the_rules(
    kind: str, body: str, options: dict[str, Any], answers: str
) -> None:
    source = Source("lab", kind, {"url": "https://Lab.example/papers", **options})
    steps = SOURCES[kind].read(source, NOW, {})
    next(steps)
    listing = steps.send(Page(answers, body.encode(), NOW))
    assert isinstance(listing, Listing)
    assert [record.id for record in listing.records] == ["tag:lab.example,2000:42"]
