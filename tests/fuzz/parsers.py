"""Each parser of outside bytes: what it is given, and what must hold of whatever it makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from hypothesis import strategies as st

from feedproxy.backoff import wait_wished
from feedproxy.conditional import accepts_gzip, not_modified
from feedproxy.errors import BadTerm, FeedproxyError, FetchError, SourceError
from feedproxy.fetch.answers import Answer, decoded, judge
from feedproxy.formats import FORMATS
from feedproxy.formats.opml import Subscription, opml
from feedproxy.mailserver import mail_server, recipients
from feedproxy.models import Entry, Feed, Listing, Page, Record, Request, Source
from feedproxy.reading import drive
from feedproxy.rulefiles import RulesFolder
from feedproxy.rulefiles.reading import Unreadable
from feedproxy.rulefiles.reading import decoded as decoded_text
from feedproxy.search import Search
from feedproxy.sources import SOURCES
from feedproxy.sources.feed import parse as parse_feed
from feedproxy.sources.guess import look
from feedproxy.sources.html import read_items
from feedproxy.terms import parse_term
from feedproxy.text import fold, readable, split
from tests import harmless
from tests.clocks import NOON
from tests.fuzz.bytes import broken, encoded, filled, scraps, soups, values, written
from tests.rulebook import KINDS
from tests.test_arxiv_json_fuzz import ANNOUNCED, API, QUERY
from tests.test_feed_hostile import HEADS, SOUP
from tests.test_html_fuzz import OPTIONS
from tests.test_huggingface_fuzz import blob

ADDRESS = "https://lab.example/papers?page=2"
DAILY = Source("daily", "huggingface", {"listing": "daily", "lookback": timedelta(days=2)})
TRENDING = Source("trending", "huggingface", {"listing": "trending"})
RULES_READER = RulesFolder("no folder", KINDS)


class Trial(NamedTuple):
    given: st.SearchStrategy[Any]
    check: Callable[[Any], None]
    """Raises whatever is a finding; an expected failure of ours is none."""


def page_of(body: bytes, headers: Mapping[str, str] | None = None) -> Page:
    return Page(ADDRESS, body, NOON, headers=headers or {})


def sound(listing: Listing) -> None:
    for record in listing.records:
        harmless.record(record)
    for note in listing.notes:
        harmless.line(note)
    assert len({record.id for record in listing.records}) == len(listing.records)


def told(error: FeedproxyError) -> None:
    """Its text goes to pages, feeds, logs and terminals."""
    harmless.line(str(error))


def listings(source: Source, body: bytes) -> None:
    def web(request: Request) -> Page:
        return Page(request.url, body, NOON)

    try:
        for listing in drive(SOURCES[source.kind].read(source, NOON, {}), web):
            sound(listing)
    except (SourceError, FetchError) as error:
        told(error)


def feed(body: bytes) -> None:
    try:
        found = parse_feed(page_of(body))
    except SourceError as error:
        told(error)
        return
    sound(found)
    served(found.records[:20])


def served(records: tuple[Record, ...]) -> None:
    """Whatever was read can be served: one record must never cost the whole feed."""
    members = tuple(Entry(each.id, each, NOON, NOON, ("why",), 3) for each in records)
    made = Feed(
        topic="t",
        title="T",
        id="tag:f.example,2026:t",
        updated=NOON,
        home="https://f.example/topics/t",
        base="https://f.example/feeds/t",
        ttl=timedelta(minutes=30),
        entries=members,
    )
    for name in ("atom", "rss"):
        assert harmless.xml_feed(FORMATS[name].write(made)) == len(members)
    assert harmless.json_feed(FORMATS["json"].write(made)) == len(members)


def content(markup: str) -> None:
    """As a feed's HTML of any kind, that of another feedproxy among them."""
    markers: tuple[dict[str, object], ...] = ({}, {"_feedproxy": {}})
    for marker in markers:
        item = {"id": "1", "url": ADDRESS, "title": markup, "content_html": markup, **marker}
        document = {"version": "https://jsonfeed.org/version/1.1", "items": [item]}
        feed(json_bytes(document))


def json_bytes(value: object) -> bytes:
    return json.dumps(value).encode()


def html(body: bytes) -> None:
    for charset in ("", "charset=utf-16", "charset=gbk"):
        try:
            shown = read_items(page_of(body, {"content-type": f"text/html; {charset}"}), OPTIONS)
        except SourceError as error:
            told(error)
            continue
        for record in shown.records:
            harmless.record(record)
        for note in shown.notes:
            harmless.line(note)


def guess(body: bytes) -> None:
    with suppress(SourceError):
        look(page_of(body))


def rules(body: bytes) -> None:
    with suppress(Unreadable):
        decoded_text(body)
    found = RULES_READER.draft(body.decode(errors="replace"))
    for problem in (*found.problems, *found.warnings):
        assert problem.line > 0
        assert problem.column > 0
        harmless.line(problem.text)


def term(text: str) -> None:
    try:
        parse_term(text)
    except BadTerm as error:
        harmless.line(str(error))


def answer(drawn: tuple[int, dict[str, str], bytes]) -> None:
    """What a site's headers say of its answer."""
    status, headers, body = drawn
    wished = wait_wished(headers, NOON)
    assert wished is None or 0 < wished <= 24 * 3600
    try:
        judge(Answer(ADDRESS, ADDRESS, status, headers, body), wished)
        for piece in decoded(ADDRESS, [body], headers.get("content-encoding", "").lower()):
            assert len(piece) <= 1 << 20
    except FetchError as error:
        told(error)


def asked(headers: tuple[str, str, str]) -> None:
    """What a client's headers say."""
    none_match, since, encoding = headers
    not_modified('"abc"', NOON, none_match, since)
    not_modified('"abc"', NOON, None, since)
    accepts_gzip(encoding)


def settings_of_mail(text: str) -> None:
    for read in (mail_server, recipients, lambda x: mail_server(f"smtp://{x}")):
        with suppress(ValueError):
            read(text)


def words(raw: str) -> None:
    shown = readable(raw)
    harmless.line(shown)
    split(shown)
    fold(shown)
    Search(raw)


def outlines(titles: list[str]) -> None:
    feeds = [Subscription(each, "https://f.example/a.atom", "", each) for each in titles]
    root = harmless.xml(opml(feeds, "".join(titles)))
    assert len(root.findall("body/outline")) == len(titles)


def cleaned(texts: list[str]) -> None:
    """The last lock before a feed is written, whatever a source or an old archive let through."""
    text, link, markup = texts
    record = Record(
        id=text, link=link, title=text, published=NOON, summary=text, authors=(text, text),
        tags=(text,), organization=text, pdf=link, code=link, project=link, video=link,
        audio=link, thumbnail=link, discussion=link, own_id=markup,
    )  # fmt: skip
    served((record,))


NAMES = st.sampled_from((
    "retry-after", "ratelimit", "content-type", "content-encoding", "location", "etag",
    "last-modified", "cf-mitigated", "cache-control",
))  # fmt: skip
HEADER_VALUES = st.sampled_from((
    "1e9", "-1", "9" * 400, "Sat, 31 Dec 9999 23:59:59 -1200", '"api";r=0;t=99999999999', "gzip",
    "text/html; charset=\x9b", "deflate", "x-gzip", "br", "identity", "challenge", "١٢",
)) | (soups | scraps)  # fmt: skip
RULES = """
lists: {sea: [tide]}
sources: {s: {kind: feed, url: {}}}
topics:
  {}: {title: {}, include: [{}, {}], exclude: [{}: {}], where: {upvotes: {}}, {}}
"""
KEYS = st.sampled_from((
    "title", "include", "any", "all", "none", "upvotes", "min", "tests", "match", "digest",
    "limit", "sort", "ids", "renamed", "score", "$sea", "tide", "&a", "*a", "<<:", "!!binary",
    "?", "|", ">", "7d", "1e9", "/a(/", "/(?i)x{1000}/", "~", "0o7", "2026-01-01", "\x85",
    "\u2028",
))  # fmt: skip

PARSERS: Mapping[str, tuple[Trial, ...]] = {
    "listings": (
        *(
            Trial(made, partial(listings, source))
            for source, made in (
                (DAILY, filled("huggingface", "api-20*.json")),
                (DAILY, broken("huggingface", "api-*.json")),
                (TRENDING, broken("huggingface", "page-*.html") | values.map(blob)),
                (QUERY, broken("arxiv", "*.xml")),
                (ANNOUNCED, broken("arxiv", "*.xml")),
                (API, filled("try_source", "*.json") | values.map(json_bytes)),
            )
        ),
    ),
    "feeds": (
        Trial(broken("feed", "*.xml", "*.json", "*.html"), feed),
        Trial(filled("feed", "json*.json"), feed),
        Trial(st.builds(str.__add__, HEADS, SOUP | soups).map(encoded), feed),
        Trial(st.binary(max_size=300), feed),
    ),
    "content": (Trial(soups, content), Trial(st.lists(SOUP | soups).map("".join), content)),
    "html": (
        Trial(broken("html/pages", "*.html"), html),
        Trial(written('<ul><li><a href="{}">{}</a><p>{}</li><li>{}</ul>', soups), html),
        Trial(broken("try_source", "*.html", "*.json", "*.xml"), guess),
    ),
    "rules": (
        Trial(written(RULES, KEYS | scraps), rules),
        Trial(broken("rulefiles", "**/*.yaml"), rules),
        Trial(broken("shipped", "*.yaml") | soups.map(encoded), rules),
        Trial(scraps | soups, term),
    ),
    "headers": (
        Trial(
            st.tuples(
                st.integers(100, 999),
                st.dictionaries(NAMES, HEADER_VALUES, max_size=4),
                st.binary(max_size=200),
            ),
            answer,
        ),
        Trial(st.tuples(HEADER_VALUES, HEADER_VALUES, HEADER_VALUES), asked),
        Trial(scraps | soups, settings_of_mail),
    ),
    "opml": (Trial(st.lists(soups | scraps, max_size=4), outlines),),
    "text": (Trial(soups, words), Trial(st.lists(soups, min_size=3, max_size=3), cleaned)),
}  # fmt: skip
