"""Feeds that are weapons or noise: records or an error of ours, soon, and nothing else."""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from xml.parsers import expat

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedproxy.errors import SourceError
from feedproxy.models import TITLE_LIMIT, Page
from feedproxy.sources.feed import lean, parse
from tests.test_feed import CASES, rss

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FUZZ = settings(max_examples=150, deadline=None, derandomize=True)
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))


def outcome(body: bytes) -> str:
    """Everything that came of it."""
    try:
        listing = parse(Page("https://lab.example/feed", body, NOW))
    except SourceError as error:
        str(error).encode()
        return f"refused: {error}"
    for record in listing.records:
        assert record.id.strip()
        assert record.title.encode()
        assert len(record.title) <= TITLE_LIMIT
        assert record.published <= NOW
        assert record.link.startswith(("https://", "http://"))
        for link in (record.link, record.pdf, record.video, record.thumbnail, record.discussion):
            assert link == "" or (link.isascii() and link.startswith(("https://", "http://")))
    assert len({record.id for record in listing.records}) == len(listing.records)
    return f"read: {listing}"


# --- noise

PIECES = st.sampled_from(
    [
        *("<item>", "</item>", "<entry>", "<title>", "</title>", "<link/>", "<link>", "</link>"),
        *("<guid>", "</guid>", "<description>", "</description>", "<content type='xhtml'>", "</a>"),
        *("<media:thumbnail url='/x'/>", "<x:y>", "<a xmlns:a='' a:b=1 a:b=2>", "<xmlns:a>"),
        *("<author>", "<name>", "<category>", "<source>", "<pubDate>", "<image>", "</channel>"),
        *("<dc:date>", "<itunes:keywords>", "<a xml:base='//['>", "<svg>", "<textInput>", "</rss>"),
        *(
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "<?x",
            "?>",
            "<!DOCTYPE",
            "&lt;p&gt;",
            "&#0;",
            "&#xd800;",
        ),
        *(
            "&",
            "&nbsp;",
            "&x;",
            "<",
            ">",
            '"',
            "text",
            "https://[",
            "2026-11-20",
            "\0",
            "\ufffe",
            "🦀",
        ),
    ]
)
SOUP = st.lists(PIECES, max_size=25).map("".join)
HEADS = st.sampled_from(
    [
        "<rss version='2.0'><channel>",
        "<rdf:RDF xmlns='http://purl.org/rss/1.0/'>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry>",
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry>",
        "<rss><generator>feedproxy</generator><item>",
    ]
)


@FUZZ
@given(st.binary(max_size=300) | st.builds(bytes.__add__, st.just(b"<rss>"), st.binary()))
def test_any_bytes_at_all(body: bytes) -> None:
    outcome(body)


@FUZZ
@given(HEADS, SOUP)
@example("<rss><item>", "<title>a<link>/x</link><description></item>")
@example("<rss version='2.0>", "<media:item><title>a</title></media:item></rss>")
def test_any_soup_of_tags(head: str, soup: str) -> None:
    outcome((head + soup).encode())


@FUZZ
@given(HEADS, SOUP | st.text())
@example("<rss version='2.0>", "<media:item><title>a</title></media:item></rss>")
def test_what_the_parser_gets_is_well_formed_whatever_came(head: str, soup: str) -> None:
    """Else feedparser takes its second parser, which is slow where it matters."""
    slim = lean.lean(head + soup)
    reader = expat.ParserCreate(namespace_separator=" ")
    reader.Parse(slim.xml, True)


@FUZZ
@given(st.sampled_from(sorted(CASES.glob("*.*ml")) + sorted(CASES.glob("json*"))), st.data())
def test_any_part_of_a_feed_taken_out(path: Path, data: st.DataObject) -> None:
    body = path.read_bytes()
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, len(body)))
    outcome(body[:start] + data.draw(st.binary(max_size=8)) + body[end:])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
MEMBERS = "id url external_url title summary content_html content_text image date_published tags"
ITEMS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys([*MEMBERS.split(), "authors", "attachments", "_feedproxy"], VALUES)
)


@settings(FUZZ, max_examples=50)
@given(st.lists(ITEMS | VALUES, max_size=4))
def test_any_json_feed(items: list[object]) -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": items}
    outcome(json.dumps(feed).encode())


@FUZZ
@given(SOUP, st.text())
def test_any_page(soup: str, text: str) -> None:
    said = outcome(
        f"<html><title>{text}</title><link rel='alternate' {soup}".encode("utf-8", "replace")
    )
    assert said.startswith("refused")


def test_the_fuzzing_would_notice() -> None:
    assert outcome(rss("<title>One</title>").encode()).startswith("read")
    assert outcome(b"\0").startswith("refused")


# --- weapons


def test_U_18_a_feed_with_entities_that_grow_without_end_is_refused() -> None:
    said = outcome(f"<!DOCTYPE rss [{LAUGHS}]>{rss('<title>&l9;</title>')}".encode())
    assert said.startswith("refused")
    assert "'l1'" in said
    assert "haha" not in said


def test_U_18_no_file_is_read_for_an_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret of this machine")
    entity = f"<!DOCTYPE rss [<!ENTITY e SYSTEM 'file://{secret}'>]>"
    said = outcome((entity + rss("<title>&e;</title>")).encode())
    assert said.startswith("refused")
    assert "the secret" not in said


def test_U_18_a_body_that_is_the_name_of_a_file_is_a_body(tmp_path: Path) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_text(rss("<title>A private feed</title>"))
    assert "private" not in outcome(str(feed).encode())


def test_U_18_no_connection_is_made_for_a_definition_or_a_link() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        inside = rss(f"<title>One</title><link>{url}</link><enclosure url='{url}'/>")
        outcome(f"<!DOCTYPE rss SYSTEM '{url}'>{inside}".encode())
        outcome(url.encode())
        with pytest.raises(BlockingIOError):
            listener.accept()


SIZE = 500_000


def filled(unit: str) -> str:
    return unit * (SIZE // len(unit))


def feed_of(inside: str) -> str:
    return rss(*[f"<title>x</title>{inside}"] * max(1, SIZE // len(inside)))


def json_feed(item: dict[str, object]) -> str:
    items = [{"id": str(n), **item} for n in range(SIZE // len(json.dumps(item)))]
    return json.dumps({"version": "https://jsonfeed.org/version/1", "items": items})


def weapons() -> Iterator[tuple[str, str]]:
    yield "depth", rss(filled("<a>"))
    yield "attributes", rss("<a " + " ".join(f"a{n}=''" for n in range(SIZE // 9)) + "/>")
    yield "namespaces", rss("".join(f"<a{n}:b xmlns:a{n}='u'/>" for n in range(SIZE // 25)))
    yield "bases", rss(filled("<a xml:base='x/'>"))
    yield "author", feed_of("<author>" + 99_000 * "a" + "</author>")
    yield "author under feedparser's name", feed_of("<dc_author>" + 99_000 * "a" + "</dc_author>")
    yield (
        "white space in an author",
        feed_of("<itunes_author>x" + 90_000 * " " + "</itunes_author>"),
    )
    yield "author in parts", feed_of("<author>" + 1000 * ("a" * 60 + "<!----><b/>") + "</author>")
    yield "addresses in an author", feed_of("<author>" + 99_000 * "@" + "</author>")
    yield "keywords", feed_of("<itunes:keywords>" + ",".join(map(str, range(9999))))
    yield "categories", feed_of("".join(f"<category>{n}</category>" for n in range(9999)))
    yield "links", feed_of(9999 * "<link href='x'/>")
    yield "white space", feed_of("<content:encoded>" + 9999 * "<b>\n ")
    yield "nested HTML", feed_of("<description><![CDATA[" + 9999 * "<div>")
    yield "nested HTML in JSON", json_feed({"content_html": 999 * "<div>"})
    yield "nested lists in JSON", json_feed({"content_html": 999 * "<ul><li>"})
    yield "white space in a name", json_feed({"authors": [{"name": 99_000 * " "}]})
    for part in ("Why it is here: " + 30_000 * "a; ", 9_000 * "<a href='x'>Code</a>"):
        yield (
            part[:9],
            feed_of(f"<description><![CDATA[<p>x</p><p>{part}</p>").replace(
                "<item>", "<generator>feedproxy</generator><category>a</category><item>", 1
            ),
        )
    yield "date", feed_of("<pubDate>" + 49_000 * "1 ")
    yield "values", f'{{"version": "https://jsonfeed.org/version/1", "items": [{filled("[],")}0]}}'
    for unit in ("<", "<a ", "<a b=\"'", "<!--", "<![CDATA[", "<?", "&", "&a", "</a>", "<!DOCTYPE"):
        yield unit, rss(filled(unit))
        yield f"page of {unit}", "<html>" + filled(unit)
        yield f"nothing but {unit}", filled(unit)
    for unit in ("<!ENTITY ", "<!ENTITY a '", "<!ENTITY a \"'&a", "<!ENTITY a '&#1;'>", "<!--"):
        yield f"{unit} before it", filled(unit) + rss("<title>x</title>")


def grown() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def use_all_weapons() -> None:
    """In a process of its own, whose memory only they fill."""
    outcome(rss("<title>One</title>").encode())
    before = grown()
    for name, body in weapons():
        started = process_time()
        outcome(body.encode())
        spent, more = process_time() - started, grown() - before
        assert spent < 2, f"{name} took {spent:.1f} s of work"
        assert more < 100, f"{name} took {more} MB"


def test_no_weapon_takes_much_time_or_memory() -> None:
    call = "from tests.test_feed_hostile import use_all_weapons; use_all_weapons()"
    done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
