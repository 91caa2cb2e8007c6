"""Whatever a record says, each format stays well-formed, and text stays text."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from feedproxy.formats import FORMATS
from feedproxy.formats.body import body
from feedproxy.formats.clean import NAMELESS, clean, line, web_link
from feedproxy.formats.opml import Subscription, opml
from feedproxy.models import Entry, Feed, Record
from tests.test_formats import DATA

PAYLOADS = tuple(json.loads((DATA / "payloads.json").read_text()))
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
ALLOWED = {"p": set[str](), "a": {"href"}}

texts = st.text(st.characters(), max_size=12) | st.lists(
    st.sampled_from(PAYLOADS) | st.text(st.characters(), max_size=3), max_size=3
).map("".join)
several = st.lists(texts, max_size=3).map(tuple)
records = st.builds(
    Record,
    **dict.fromkeys(("id", "link", "title", "summary", "organization", "submitter"), texts),
    **dict.fromkeys(("doi", "pdf", "code", "project", "video", "thumbnail", "discussion"), texts),
    **dict.fromkeys(("authors", "tags"), several),
    published=st.just(NOON),
)
entries = st.builds(
    Entry,
    id=texts,
    record=records,
    since=st.just(NOON),
    updated=st.just(NOON),
    reasons=several,
    votes=st.none() | st.integers(0, 99),
)


def feed_of(*members: Entry, title: str = "Agents", description: str = "") -> Feed:
    return Feed(
        topic="agents",
        title=title,
        description=description,
        id="tag:feeds.example,2026:agents",
        updated=NOON,
        home="https://feeds.example/topics/agents",
        base="https://feeds.example/feeds/agents",
        ttl=timedelta(minutes=30),
        entries=members,
    )


def entry_of(text: str) -> Entry:
    """An entry that says `text` wherever it can."""
    record = Record(
        id=text,
        link=text,
        title=text,
        published=NOON,
        summary=text,
        authors=(text, text),
        tags=(text,),
        organization=text,
        pdf=text,
        video=text,
        thumbnail=text,
        discussion=text,
    )
    return Entry(text, record, NOON, NOON, (text,), 3)


def titles(name: str, document: bytes) -> list[str]:
    if name == "json":
        return [item["title"] for item in json.loads(document)["items"]]
    root = etree.fromstring(document, etree.XMLParser(huge_tree=True))
    return [node.text or "" for node in root.iterfind(".//{*}title")][1:]


def bodies(name: str, document: bytes) -> list[str]:
    if name == "json":
        return [item["content_html"] for item in json.loads(document)["items"]]
    root = etree.fromstring(document)
    path = ".//item/description" if name == "rss" else ".//{*}content"
    return [node.text or "" for node in root.iterfind(path)]


@settings(deadline=None)
@given(texts, texts, st.lists(entries, max_size=2))
def test_any_record_gives_a_feed_that_can_be_read(
    title: str, description: str, members: list[Entry]
) -> None:
    feed = feed_of(*members, title=title, description=description)
    expected = [entry.record.title for entry in clean(feed).entries]
    for name, fmt in FORMATS.items():
        document = fmt.write(feed)
        text = document.decode()
        assert not FORBIDDEN.search(text)
        assert not BIDI & set(text)
        assert titles(name, document) == expected
        for each in bodies(name, document):
            assert_harmless(each)


@settings(deadline=None, max_examples=30)
@given(st.lists(entries, min_size=1, max_size=2))
def test_feedparser_reads_any_record(members: list[Entry]) -> None:
    feed = feed_of(*members)
    for name in ("atom", "rss"):
        found = feedparser.parse(io.BytesIO(FORMATS[name].write(feed)))
        assert not found.bozo, found.bozo_exception
        # It takes ids for addresses, and mends both as it sees fit.
        assert [bool(entry.id) for entry in found.entries] == [True] * len(members)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_text_in_every_body_and_no_link(payload: str) -> None:
    for name, fmt in FORMATS.items():
        for each in bodies(name, fmt.write(feed_of(entry_of(payload)))):
            assert_harmless(each)
            assert " ".join(line(payload).split()) in " ".join(text_of(each).split())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_leads_nowhere_but_to_the_web(payload: str) -> None:
    for name, fmt in FORMATS.items():
        for link in addresses(name, fmt.write(feed_of(entry_of(payload)))):
            assert urlsplit(link).scheme in {"http", "https"}, link


@pytest.mark.parametrize("name", ["atom", "rss"])
@pytest.mark.parametrize(
    "title", ["<agent> memory", "1 < 2 and a<b", "AT&T", "&lt;b&gt;", "Map<K, V>", "R&D; a &amp; b"]
)
def test_readers_that_guess_show_a_title_as_it_is(name: str, title: str) -> None:
    found = feedparser.parse(io.BytesIO(FORMATS[name].write(feed_of(entry_of(title)))))
    assert found.entries[0].title == title


@pytest.mark.parametrize("name", FORMATS)
def test_a_title_of_a_megabyte_is_carried(name: str) -> None:
    title = "<agent> &amp; " * 72_000 + "end"
    entry = entry_of("https://a.example/")
    entry = replace(entry, record=replace(entry.record, title=title))
    assert titles(name, FORMATS[name].write(feed_of(entry))) == [title]


def test_an_entry_of_nothing_still_has_an_id_a_title_and_a_body() -> None:
    entry = clean(feed_of(replace(entry_of("\x00\ud800 \u202e"), votes=None))).entries[0]
    assert (entry.id, entry.record.title) == (NAMELESS, NAMELESS)
    assert body(entry) == f"<p>{NAMELESS}</p>"


def test_a_record_without_a_usable_link_is_linked_by_its_id() -> None:
    entry = entry_of("javascript:alert(1)")
    entry = replace(entry, record=replace(entry.record, id="https://arxiv.org/abs/2611.00001"))
    assert clean(feed_of(entry)).entries[0].record.link == "https://arxiv.org/abs/2611.00001"


@pytest.mark.parametrize(
    ("written", "link"),
    [
        ("https://a.example/b c", "https://a.example/b%20c"),
        (" HTTP://A.example/ ", "HTTP://A.example/"),
        ("//a.example/", ""),
        ("/papers/1", ""),
        ("https:///path", ""),
        ("https:\\\\a.example", ""),
        ("http://[broken", ""),
        ("java\nscript:alert(1)", ""),
        ("", ""),
    ],
)
def test_only_whole_web_addresses_are_links(written: str, link: str) -> None:
    assert web_link(written) == link


@settings(deadline=None)
@given(texts, st.lists(st.tuples(texts, texts), max_size=3))
def test_opml_takes_any_title(title: str, topics: list[tuple[str, str]]) -> None:
    feeds = [Subscription(name, "https://f.example/a.atom", "", text) for name, text in topics]
    root = ElementTree.fromstring(opml(feeds, title))
    assert (root.findtext("head/title") or "") == line(title)
    outlines = [(node.get("title"), node.get("description", "")) for node in root.iter("outline")]
    assert outlines == [(line(n) or "https://f.example/a.atom", line(text)) for n, text in topics]


def assert_harmless(markup: str) -> None:
    for node in html.fragment_fromstring(markup, create_parent="div").iterdescendants():
        assert node.tag in ALLOWED, node.tag
        assert set(node.attrib) <= ALLOWED[node.tag], node.attrib
        for link in node.attrib.values():
            assert urlsplit(link).scheme in {"http", "https"}, link


def text_of(markup: str) -> str:
    found: Any = html.fragment_fromstring(markup, create_parent="div").text_content()
    return str(found)


def addresses(name: str, document: bytes) -> list[str]:
    if name == "json":
        items = json.loads(document)["items"]
        files = [file["url"] for item in items for file in item.get("attachments", ())]
        return [item[key] for item in items for key in ("url", "image") if key in item] + files
    nodes = list(etree.fromstring(document).iter())
    links = [node.text or "" for node in nodes if node.tag == "link" and node.text]
    return links + [
        node.get(key, "") for node in nodes for key in ("href", "url") if key in node.attrib
    ]
