"""A feed that a feedproxy wrote, read by another: the same records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from feedproxy.formats import FORMATS
from feedproxy.formats.clean import clean
from feedproxy.models import Entry, Feed, Page, Record
from feedproxy.sources.feed import ours, parse
from feedproxy.sources.items import tags
from tests.clocks import NOON

FEEDS = sorted((Path(__file__).parent / "data" / "formats" / "feeds").glob("*/given.json"))
URL = "https://feeds.example/feeds/spiking"


def test_there_are_feeds_to_read_back() -> None:
    assert FEEDS


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.parent.name)
def test_a_feed_of_ours_read_back_gives_the_same_records(path: Path, name: str) -> None:
    feed = TypeAdapter(Feed).validate_json(path.read_bytes())
    listing = parse(Page(URL, FORMATS[name].write(feed), NOON))
    assert listing.notes == ()
    got = [replace(record, own_id="", doi="") for record in listing.records]
    assert got == [carried(entry, name) for entry in clean(feed).entries]


NAMED = [(name, count) for name in FORMATS for count in (1, 2, 4)]
NAMED.remove(("rss", 1))  # one text for all authors: that of one such could be of two


@pytest.mark.parametrize(("name", "count"), NAMED)
def test_a_comma_within_a_name_cuts_no_author_in_two(name: str, count: int) -> None:
    people = ("Smith, J.", "Doe, A.", "Hu, B. C.", "Lin, J.-P.")[:count]
    feed = TypeAdapter(Feed).validate_json(FEEDS[0].read_bytes())
    entry = feed.entries[0]
    entry = replace(entry, record=replace(entry.record, authors=people))
    written = FORMATS[name].write(replace(feed, entries=(entry,)))
    assert [record.authors for record in parse(Page(URL, written, NOON)).records] == [people]


def carried(entry: Entry, name: str) -> Record:
    """What of its record the entry carries: votes as of `since`, which is RSS's only date.

    Its categories are keywords and reasons, so what is both is taken for a reason.
    """
    published = entry.since if name == "rss" else entry.record.published
    return replace(
        entry.record,
        published=min(published, NOON),
        updated=None,
        submitter="",
        doi="",
        tags=tags(tag for tag in entry.record.tags if tag not in entry.reasons),
        numbers={"upvotes": entry.votes} if entry.votes is not None else {},
    )


@pytest.mark.parametrize("html", ["", "no markup", "<p>never closed", "<p>&nbsp;</p>", "\ud800"])
def test_a_body_that_only_claims_to_be_ours_is_survived(html: str) -> None:
    assert ours.read(html) == ours.Body()
