"""The feeds as written: against the kept bytes, and as readers read them."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from calendar import timegm
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
from pydantic import TypeAdapter
from reader import make_reader

from feedproxy.formats import FORMATS
from feedproxy.formats.body import body, byline, categories
from feedproxy.formats.clean import clean
from feedproxy.formats.links import labelled, own_links
from feedproxy.models import Entry, Feed
from feedproxy.web.cards import links
from tests.archive_programs import record

DATA = Path(__file__).parent / "data" / "formats"
CASES = sorted(path for path in (DATA / "feeds").iterdir())
SELF = {
    "quiet": "https://feeds.example/feeds/spiking.{}",
    "full": "https://feeds.example/feeds/spiking.{}",
    "paged": "https://feeds.example/feeds/spiking.{}?token=t0k3n&page=3",
    "markup": "https://feeds.example/feeds/agents.{}",
}
EXPECTED = {"given.json", *(f"feed.{name}" for name in FORMATS)}


def given(case: Path | str) -> Feed:
    text = (DATA / "feeds" / case / "given.json").read_bytes()
    return TypeAdapter(Feed).validate_json(text)


def parsed(feed: Feed, name: str) -> Any:
    """The feed as feedparser sees it, or the JSON Feed's own members under the same names."""
    document = FORMATS[name].write(feed)
    if name != "json":
        found = feedparser.parse(
            io.BytesIO(document), sanitize_html=False, resolve_relative_uris=False
        )
        assert not found.bozo, found.bozo_exception
        return found
    return json.loads(document)


each_case = pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
each_format = pytest.mark.parametrize("name", FORMATS)


def test_every_case_is_complete() -> None:
    assert CASES
    for case in CASES:
        assert {path.name for path in case.iterdir()} == EXPECTED, case.name


@each_case
@each_format
def test_the_bytes_are_the_kept_ones(case: Path, name: str) -> None:
    """After a change that is meant: `python -m tests.test_formats`, and read the diff."""
    assert FORMATS[name].write(given(case)) == (case / f"feed.{name}").read_bytes()


@each_case
@each_format
def test_every_format_says_the_same(case: Path, name: str) -> None:
    feed = clean(given(case))
    found = read_json(parsed(feed, name)) if name == "json" else read_xml(parsed(feed, name))
    assert found == {
        "title": feed.title,
        "home": feed.home,
        "self": SELF[case.name].format(name),
        "items": [
            {
                "id": entry.id,
                "title": entry.record.title,
                "link": entry.record.link,
                "date": entry.since if name == "rss" else entry.record.published,
                "tags": list(categories(entry)),
                "body": body(entry),
                "image": entry.record.thumbnail,
            }
            for entry in feed.entries
        ],
    }


def read_xml(found: Any) -> dict[str, Any]:
    return {
        "title": found.feed.title,
        "home": found.feed.link,
        "self": next(link.href for link in found.feed.links if link.rel == "self"),
        "items": [
            {
                "id": entry.id,
                "title": entry.title,
                "link": entry.get("link", ""),
                "date": datetime.fromtimestamp(timegm(entry.published_parsed), UTC),
                "tags": [tag.term for tag in entry.get("tags", ())],
                "body": entry.content[0].value if "content" in entry else entry.summary,
                "image": next((image["url"] for image in entry.get("media_thumbnail", ())), ""),
            }
            for entry in found.entries
        ],
    }


def read_json(found: Any) -> dict[str, Any]:
    return {
        "title": found["title"],
        "home": found["home_page_url"],
        "self": found["feed_url"],
        "items": [
            {
                "id": item["id"],
                "title": item["title"],
                "link": item.get("url", ""),
                "date": datetime.fromisoformat(item["date_published"]),
                "tags": item.get("tags", []),
                "body": item["content_html"],
                "image": item.get("image", ""),
            }
            for item in found["items"]
        ],
    }


@each_case
@each_format
def test_lemon24_reader_takes_every_entry_and_finds_it_unchanged_later(
    case: Path, name: str, tmp_path: Path
) -> None:
    feed = clean(given(case))
    (tmp_path / f"feed.{name}").write_bytes(FORMATS[name].write(feed))
    with make_reader(":memory:", feed_root=str(tmp_path)) as reader:
        reader.add_feed(f"feed.{name}")
        reader.update_feed(f"feed.{name}")
        again = reader.update_feed(f"feed.{name}")
        assert again is None or (again.new, again.modified) == (0, 0)
        found = {entry.id: entry for entry in reader.get_entries()}
        assert reader.get_feed(f"feed.{name}").title == feed.title
    assert set(found) == {entry.id for entry in feed.entries}
    for entry in feed.entries:
        assert_read(found[entry.id], entry, name)


def assert_read(found: Any, entry: Entry, name: str) -> None:
    record = entry.record
    assert (found.title, found.link or "") == (record.title, record.link)
    assert found.published == (entry.since if name == "rss" else record.published)
    if name != "rss":
        assert found.updated == entry.updated
    assert [link.href for link in found.enclosures] == [
        link for link in (record.video, record.audio) if re.search(r"\.mp[34](\?|$)", link)
    ]


def test_atom_and_json_name_every_author_and_rss_joins_them_in_one() -> None:
    feed = given("full")
    names = list(feed.entries[0].record.authors)
    assert [author.name for author in parsed(feed, "atom").entries[0].authors] == names
    assert [author["name"] for author in parsed(feed, "json")["items"][0]["authors"]] == names
    rss = parsed(feed, "rss").entries[0]
    assert [author.name for author in rss.authors] == ["Ana Río, Bo Lind, Chen Wei and 2 others"]


@pytest.mark.parametrize(
    ("authors", "line"),
    [
        ((), ""),
        (("A",), "A"),
        (("A", "B", "C"), "A, B, C"),
        (("A", "B", "C", "D"), "A, B, C and 1 other"),
        (tuple("ABCDEFGHIJ"), "A, B, C and 7 others"),
    ],
)
def test_a_byline_names_three_and_counts_the_others(authors: tuple[str, ...], line: str) -> None:
    assert byline(authors) == line


@pytest.mark.parametrize(
    ("link", "kind"),
    [
        ("https://pod.example/download?episode=1", "audio/mpeg"),
        ("https://pod.example/1.flac", "audio/flac"),
    ],
)
def test_audio_plays_whatever_its_link_ends_in(link: str, kind: str) -> None:
    feed = given("full")
    entry = feed.entries[-1]
    told = replace(feed, entries=(replace(entry, record=replace(entry.record, audio=link)),))
    for name in ("atom", "rss"):
        [found] = parsed(told, name).entries[0].enclosures
        assert (found.href, found.type) == (link, kind)


def test_a_middle_page_leads_to_its_neighbours_with_the_token() -> None:
    base = "https://feeds.example/feeds/spiking"
    pages = {"first": "", "previous": "&page=2", "self": "&page=3", "next": "&page=4"}
    for name in ("atom", "rss"):
        links = {link.rel: link.href for link in parsed(given("paged"), name).feed.links}
        for relation, query in {**pages, "last": "&page=4"}.items():
            assert links[relation] == f"{base}.{name}?token=t0k3n{query}"
    assert parsed(given("paged"), "json")["next_url"] == f"{base}.json?token=t0k3n&page=4"


def test_two_pages_have_a_first_and_a_last_and_one_has_neither() -> None:
    for pages, more in ((1, ()), (2, ("first", "next", "last"))):
        feed = replace(given("paged"), page=1, pages=pages)
        assert own_links(feed, "atom").keys() == {"self", *more}


@pytest.mark.parametrize(("case", "minutes"), [("full", "30"), ("paged", "1")])
def test_rss_says_how_many_whole_minutes_to_wait_and_never_none(case: str, minutes: str) -> None:
    assert parsed(given(case), "rss").feed.ttl == minutes


def test_only_a_file_that_plays_is_an_enclosure_never_a_page_that_shows_one() -> None:
    files = [
        [{"href": "https://media.example/quiet.mp4", "type": "video/mp4"}],
        [],
        [{"href": "https://pod.example/11.mp3?from=feed", "type": "audio/mpeg"}],
    ]
    for name in ("atom", "rss"):
        links = [entry.enclosures for entry in parsed(given("full"), name).entries]
        found = [[{"href": link.href, "type": link.type} for link in some] for some in links]
        assert found == files
    items = parsed(given("full"), "json")["items"]
    assert [item.get("attachments", []) for item in items] == [
        [{"url": file["href"], "mime_type": file["type"]} for file in some] for some in files
    ]


def test_todays_votes_are_nowhere_only_those_it_qualified_with() -> None:
    for fmt in FORMATS.values():
        document = fmt.write(given("full")).decode()
        assert "12 upvotes when it qualified" in document
        assert "57" not in document
    assert parsed(given("full"), "json")["items"][0]["_feedproxy"] == {
        "since": "2026-11-19T16:45:30+00:00",
        "reasons": ["spiking neural network", "10 upvotes"],
        "upvotes": 12,
    }


def test_the_bytes_depend_on_no_time_zone_locale_or_hash_seed() -> None:
    here = b"".join(fmt.write(given("full")) for fmt in FORMATS.values())
    assert bytes_in("Asia/Kathmandu", "C", "1") == here
    assert bytes_in("UTC", "C.UTF-8", "2") == here


def bytes_in(zone: str, locale: str, seed: str) -> bytes:
    program = (
        "import locale, sys; locale.setlocale(locale.LC_ALL, '');"
        "from pydantic import TypeAdapter;"
        "from feedproxy.formats import FORMATS;"
        "from feedproxy.models import Feed;"
        "feed = TypeAdapter(Feed).validate_json(sys.stdin.buffer.read());"
        "[sys.stdout.buffer.write(fmt.write(feed)) for fmt in FORMATS.values()]"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        input=(DATA / "feeds" / "full" / "given.json").read_bytes(),
        cwd=Path(__file__).parents[1],
        env={**os.environ, "TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=True,
    ).stdout


def test_pages_and_feeds_lead_where_a_record_leads() -> None:
    at = "https://lab.invalid/"
    labels = ("Paper", "PDF", "Code", "Project", "Audio", "Video")
    told = [(label, at + label.lower()) for label in labels]
    pdf, code, project, audio, video = (address for _, address in told[1:])
    found = replace(record(), link=f"{at}paper", pdf=pdf, code=code, project=project)
    found = replace(found, audio=audio, video=video, discussion=found.link)
    assert list(labelled(found)) == told
    assert links(found) == told[1:]


if __name__ == "__main__":
    for folder in CASES:
        for fmt in FORMATS.values():
            (folder / f"feed.{fmt.name}").write_bytes(fmt.write(given(folder)))
