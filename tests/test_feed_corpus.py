"""Real feeds, where they are present."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedproxy.models import Listing, Page
from feedproxy.sources.feed import parse

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
FOLDERS = ("feeds-real", "hf-feeds", "arxiv", "other")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the recorded listings are not here")

ITEMS = {
    "after-on-rss.in.xml": 58,
    "apple-rss.in.xml": 88,
    "medium-rss.in.xml": 10,
    "rss-funnel_atareao.xml": 1,
    "rss-funnel_sample_atom.xml": 1,  # of two entries with one id
    "rss-funnel_youtube.xml": 15,
    "yt-atom.in.xml": 15,
    "michaelmarkert_hf_papers.rss.xml": 26,
    "michaelmarkert_hf_papers.jsonfeed.json": 26,
    "api_atom_sotawhat.xml": 5,
    "api_atom_zzjjay.xml": 2,
    "rss_new_format_tidedra.xml": 7,
    "lobsters_rss.xml": 25,
}


def corpus_feeds() -> dict[str, Path]:
    """Every file that may be a feed: not the pages, and not an API's JSON."""
    paths = [path for folder in FOLDERS for path in (CORPUS / folder).glob("*")]
    feeds = [path for path in paths if path.suffix == ".xml" or "jsonfeed" in path.name]
    return {path.name: path for path in feeds}


def read(name: str) -> Listing:
    return parse(Page("https://feeds.example/", corpus_feeds()[name].read_bytes(), NOW))


def test_every_feed_of_the_corpus_is_expected_here() -> None:
    assert set(corpus_feeds()) == set(ITEMS)


@pytest.mark.parametrize("name", ITEMS)
def test_a_real_feed_is_read_whole(name: str) -> None:
    listing = read(name)
    assert len(listing.records) == ITEMS[name]
    assert listing.notes == ()
    for record in listing.records:
        assert record.title != record.id
        assert record.link.startswith("http")
        assert record.published < NOW
        assert not re.search(r"</?(p|br|div|img|strong|em)\b|&\w+;", record.summary)


def test_one_listing_in_two_formats_gives_the_same_records() -> None:
    rss, json = (read(f"michaelmarkert_hf_papers.{name}") for name in ("rss.xml", "jsonfeed.json"))
    assert [(r.id, r.link, r.title) for r in rss.records] == [
        (r.id, r.link, r.title) for r in json.records
    ]
    assert all(record.id.startswith("https://arxiv.org/abs/") for record in rss.records)


def test_what_media_extensions_say_is_found() -> None:
    assert all(r.thumbnail.startswith("https://i") for r in read("yt-atom.in.xml").records)
    assert all(r.thumbnail for r in read("after-on-rss.in.xml").records)
    assert all(r.pdf for r in read("api_atom_sotawhat.xml").records)
