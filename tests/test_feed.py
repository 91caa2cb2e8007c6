"""The kind `feed` through its one seam: pages in, listings out.

A case is an input beside NAME.expected.json: the filled fields of its records, or the error.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest

from feedproxy import errors
from feedproxy.assemble import assemble
from feedproxy.formats.bibtex import bibtex
from feedproxy.models import Listing, Page, Record, Request, Source
from feedproxy.sources import SOURCES
from feedproxy.sources.feed import lean, parse
from tests.conftest import Installation
from tests.test_items import AUTHORS
from tests.test_readme import recipes

CASES = Path(__file__).parent / "data" / "feed"
URL = "https://lab.example/blog/feed.xml"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOURCE = Source("blog", "feed", {"url": URL})


def read(body: str | bytes, **headers: str) -> Listing:
    body = body.encode() if isinstance(body, str) else body
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return parse(Page(URL, body, NOW, headers=said))


def shown(listing: Listing) -> dict[str, Any]:
    records = list(map(filled, listing.records))
    return {"served_by": listing.served_by, "records": records, "notes": list(listing.notes)}


def filled(record: Record) -> dict[str, Any]:
    values: dict[str, Any] = {each.name: getattr(record, each.name) for each in fields(record)}
    values |= {"numbers": dict(record.numbers), "published": record.published.isoformat()}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value
    }


def rss(*items: str) -> str:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>Notes</title>{inside}</channel></rss>'


def dated_rss(written: str) -> str:
    return rss(f"<title>One</title><pubDate>{written}</pubDate>")


def dated_json(written: str) -> str:
    item = {"id": "urn:a", "title": "One", "date_published": written}
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]})


# --- cases


def cases() -> list[Path]:
    inputs = [path for path in CASES.iterdir() if not path.name.endswith(".expected.json")]
    expected = {path.name.removesuffix(".expected.json") for path in CASES.glob("*.expected.json")}
    if not inputs or {path.name for path in inputs} != expected:
        raise RuntimeError(f"{CASES}: a case needs both its input and NAME.expected.json")
    return sorted(inputs)


@pytest.mark.parametrize("case", cases(), ids=lambda path: path.name)
def test_what_came_becomes_the_expected_listing(case: Path) -> None:
    expected = json.loads((CASES / f"{case.name}.expected.json").read_text("utf-8"))
    if "error" in expected:
        with pytest.raises(getattr(errors, expected["error"])) as caught:
            read(case.read_bytes())
        assert str(caught.value) == f"{URL}: {expected['message']}"
    else:
        assert shown(read(case.read_bytes())) == expected


# --- the request


def test_it_asks_once_and_takes_for_an_answer_that_nothing_has_changed() -> None:
    steps = SOURCES["feed"].read(SOURCE, NOW, {})
    assert steps.send(None) == Request(URL, may_be_unchanged=True)
    with pytest.raises(StopIteration):
        steps.send(Page(URL, b"", NOW, status=304))


def test_links_are_relative_to_where_the_feed_was_found_in_the_end() -> None:
    steps = SOURCES["feed"].read(SOURCE, NOW, {})
    steps.send(None)
    body = rss("<title>One</title><link>/1</link>").encode()
    listing = steps.send(Page("https://moved.example/feed", body, NOW))
    assert isinstance(listing, Listing)
    assert [record.link for record in listing.records] == ["https://moved.example/1"]


# --- charsets


@pytest.mark.parametrize(
    ("written_in", "declared", "header", "sent", "shown_as"),
    [
        ("utf-8", "", "text/xml", "Łukasz 深層", ""),
        ("utf-8", "utf-8", "text/xml; charset=iso-8859-1", "Łukasz 深層", ""),
        ("utf-8", "utf-16", "", "Łukasz 深層", ""),
        ("utf-8-sig", "iso-8859-1", "", "Łukasz 深層", ""),
        ("utf-16", "utf-16", "text/xml; charset=utf-8", "Łukasz 深層", ""),
        ("utf-16-be", "", "", "Łukasz 深層", ""),
        ("utf-16-le", "utf-16", "", "Łukasz 深層", ""),
        ("cp1252", "utf-8", "text/xml; charset=utf-8", "Müller", ""),
        ("cp1252", "", "text/xml", "“Müller”", ""),
        ("cp1252", "iso-8859-1", "text/xml; charset=no-such", "“Müller”", ""),
        ("iso-8859-1", "iso-8859-1", "text/xml; charset=utf-8", "Müller", ""),
        ("iso-8859-2", "iso-8859-2", "", "Łukasz", ""),
        ("gb2312", "", "text/xml; charset=gb2312", "深度", ""),
        ("gbk", "gb2312", "", "陶喆 朱镕基", ""),
        ("cp932", "shift_jis", "", "① 髙橋", ""),
        ("cp949", "", "text/xml; charset=euc-kr", "똠방각하", ""),
        ("iso-2022-jp", "iso-2022-jp", "", "深層", ""),
    ],
)
def test_a_wrong_or_missing_charset_is_survived(
    written_in: str, declared: str, header: str, sent: str, shown_as: str
) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = (declaration + rss(f"<title>{sent}</title>")).encode(written_in)
    [record] = read(body, content_type=header).records
    assert record.title == (shown_as or sent)


# --- what is mended


def test_items_that_are_never_closed_are_all_read() -> None:
    body = rss().replace("</channel>", "".join(f"<item><link>/{n}</link>" for n in range(99)))
    assert len(read(body).records) == 99


WHOLE = rss(
    "<guid>urn:a</guid><title>One</title>",
    "<title>The second of them</title><guid>urn:b</guid>",
)


@pytest.mark.parametrize("at", range(WHOLE.index("<item>"), len(WHOLE)))
def test_an_item_that_the_feed_breaks_off_in_is_none(at: int) -> None:
    """Its half would be an item of its own for ever, beside the whole one of the next reading."""
    whole, broken = read(WHOLE).records, read(WHOLE[:at])
    assert broken.records == whole[: WHOLE.count("</item>", 0, at)]
    is_within = WHOLE.count("<item>", 0, at) > len(broken.records)
    told = ("the feed breaks off within an item, which was left out",)
    assert broken.notes == (told if is_within else ())


@pytest.mark.parametrize(
    ("feed", "ends"),
    [
        ("<rss><channel>{}", ["</item>", "<item>", "</channel>", "</rss>"]),
        ("<rdf:RDF xmlns='http://purl.org/rss/1.0/'>{}", ["</item>", "<item>", "</rdf:RDF>"]),
        ("<feed xmlns='http://www.w3.org/2005/Atom'>{}", ["</entry>", "<entry>", "</feed>"]),
    ],
)
def test_an_item_that_anything_ends_is_whole(feed: str, ends: list[str]) -> None:
    name = "entry" if "Atom" in feed else "item"
    for end in ends:
        [record] = read(feed.format(f"<{name}><title>One</title>{end}")).records
        assert record.title == "One"
    assert read(feed.format(f"<{name}><title>One</title>")).records == ()


def test_an_entity_of_html_that_xml_does_not_know_is_known() -> None:
    head = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:a</id>'
    [record] = read(f"{head}<title>Caf&eacute; &amp;eacute;</title></entry></feed>").records
    assert record.title == "Café &eacute;"


# --- what is left out, and what is put in its place


def test_of_two_items_with_one_guid_the_first_counts() -> None:
    first, other = "<guid>urn:a</guid><title>One</title>", "<guid>urn:b</guid><title>Two</title>"
    records = read(rss(first, other, first.replace("One", "Three"))).records
    assert [(record.id, record.title) for record in records] == [("urn:a", "One"), ("urn:b", "Two")]


@pytest.mark.parametrize("form", [dated_rss, dated_json])
@pytest.mark.parametrize(
    "written",
    [
        *("Sat, 21 Nov 2026 12:00:01 GMT", "2999-01-01", "2999-01-01T00:00:00Z"),
        *("0000-00-00", "0001-01-01T00:00:00Z", "0099-01-01T00:00:00Z", "1899-12-30T00:00:00Z"),
        *("1970-01-01T00:00:00Z", "1970-01-01T01:00:00+01:00", "Thu, 01 Jan 1970 00:00:00 GMT"),
        *("Mon, 01 Jan 0001 00:00:00 +0000", "Wed, 30 Nov -0001 00:00:00 +0000"),
        *("1989-12-31", "Sun, 31 Dec 1989 23:59:59 GMT"),
        *("Mon, 32 Foo 12", "", "9" * 999),
    ],
)
def test_nothing_was_published_in_the_future_or_at_no_time(
    written: str, form: Callable[[str], str]
) -> None:
    [record] = read(form(written)).records
    assert record.published == NOW


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Fri, 20 Nov 2026 10:00:00 GMT", "2026-11-20T10:00"),
        ("20 Nov 26 10:00 EST", "2026-11-20T15:00"),
        ("Fri, 20 Nov 2026 24:00:00 +0000", "2026-11-20T12:00"),
        ("2026-11-20T10:00:00.123+02:00", "2026-11-20T08:00"),
        ("2026-11-20 10:00", "2026-11-20T10:00"),
        ("2026-11-20", "2026-11-20T12:00"),
        ("20.11.2026", "2026-11-20T12:00"),
        ("Fri, 20 Nov 2026", "2026-11-20T12:00"),
        ("Fri, 20 Nov 26", "2026-11-20T12:00"),
        ("Thu, 20 Nov 2025 GMT", "2025-11-20T12:00"),
        ("Fri, 20 Nov 2026 00:00:00 GMT", "2026-11-20T00:00"),
        ("November 20, 2026", "2026-11-20T12:00"),
        ("Fri Nov 20 10:00:00 2026", "2026-11-20T10:00"),
        ("1795168800", "2026-11-20T12:00"),
        ("Mon, 01 Jan 1990 00:00:00 GMT", "1990-01-01T00:00"),
    ],
)
def test_dates_of_many_forms_are_understood(written: str, moment: str) -> None:
    [record] = read(dated_rss(written)).records
    assert record.published == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(("written", "authors"), AUTHORS.items())
def test_several_authors_in_one_text_are_told_apart(written: str, authors: list[str]) -> None:
    creator = f"<dc:creator>{escape(written)}</dc:creator>"
    [record] = read(rss(f"<title>One</title>{creator}")).records
    assert list(record.authors) == authors


def test_what_tex_writes_for_accents_and_signs_is_read_and_cited() -> None:
    title, creator = r"R\'enyi \&amp; 5\%", r"J\'er\^ome Inv\'e"
    [record] = read(rss(f"<title>{title}</title><dc:creator>{creator}</dc:creator>")).records
    assert (record.title, record.authors) == ("Rényi & 5%", ("Jérôme Invé",))
    cited = bibtex([record]).decode()
    assert r"title = {Rényi \& 5\%}" in cited
    assert "author = {Jérôme Invé}" in cited


def test_the_address_of_a_feed_that_is_nobody_s_business_stands_in_no_record() -> None:
    page = Page("https://lab.example/feed?token=s3cret", rss("<title>One</title>").encode(), NOW)
    assert "s3cret" not in repr(parse(page))


def test_a_feed_that_is_too_long_is_read_from_its_beginning_and_says_so() -> None:
    listing = read(rss(*(f"<link>/{number}</link>" for number in range(lean.MOST_ITEMS + 5))))
    assert listing.records[-1].link == f"https://lab.example/{lean.MOST_ITEMS - 1}"
    assert listing.notes == ("only the first 2000 items were read: the feed is too long",)


def test_a_feed_of_too_many_elements_is_read_to_its_last_item_that_is_whole() -> None:
    elements = 17 * "<a/>"
    items = (f"<title>{n}</title>{elements}<guid>urn:{n}</guid>" for n in range(1900))
    listing = read(rss(*items))
    assert listing.notes == ("only the first 1249 items were read: the feed is too long",)
    assert [record.id for record in listing.records] == [f"urn:{n}" for n in range(1249)]


def test_a_feed_of_too_many_characters_is_read_to_its_last_item_that_is_whole() -> None:
    item = f"<guid>urn:a</guid><title>One</title><description>{'x' * lean.LONGEST}</description>"
    listing = read(rss(item, item.replace("urn:a", "urn:b")))
    assert listing.notes == ("only the first 1 items were read: the feed is too long",)
    assert [record.id for record in listing.records] == ["urn:a"]


# --- through the whole program


def test_the_recipe_reads_its_feeds_and_undated_items_keep_when_they_were_first_seen(
    installation: Installation,
) -> None:
    def web(request: Request) -> Page:
        return Page(request.url, body.encode(), installation.time.moment)

    installation.rules.write_text(recipes()["a-blog-a-journal-or-a-podcast"])
    body = rss("<link>/1</link><title>Tidal Soup</title>", "<link>/2</link><title>Soup</title>")
    pipeline = assemble(installation.config(), web, installation.time.clock)
    first_seen = installation.time.moment.isoformat()
    for _ in range(2):
        for name in pipeline.due():
            report = pipeline.refresh(name)
            assert report
            assert report.error == ""
        installation.time.pass_by(days=1)
    items = json.loads(pipeline.feed("tides", "json").body)["items"]
    assert {item["url"]: item["date_published"] for item in items} == {
        "https://lab.example/1": first_seen,
        "https://journal.example/1": first_seen,
    }
