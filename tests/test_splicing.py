"""Feeds spliced from entries that were written before are the whole feed's bytes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from threading import Barrier, BrokenBarrierError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feedproxy.formats import FORMATS, Parts
from feedproxy.models import Entry, Feed, Record
from feedproxy.pipeline import Pipeline
from feedproxy.splicing import Splicer
from tests.conftest import Installation
from tests.invented import Paper
from tests.test_formats_hostile import entries, feed_of


def canonical(document: bytes) -> bytes:
    out = BytesIO()
    etree.parse(BytesIO(document), etree.XMLParser(huge_tree=True)).write_c14n(out)
    return out.getvalue()


@settings(deadline=None, max_examples=40)
@given(st.lists(entries, max_size=4), st.lists(entries, max_size=3))
def test_what_is_spliced_is_what_the_format_writes_whole(
    old: list[Entry], new: list[Entry]
) -> None:
    splicer = Splicer()
    for name, format_ in FORMATS.items():
        splicer.write(feed_of(*old), format_)
        for feed in (feed_of(*new, *old), feed_of(*reversed(old)), feed_of(), feed_of(*new)):
            whole, spliced = format_.write(feed), splicer.write(feed, format_)
            assert spliced == whole
            if name != "json":
                assert canonical(spliced) == canonical(whole)


@pytest.mark.parametrize("name", FORMATS)
def test_only_new_and_changed_entries_are_written(name: str) -> None:
    splicer, written = Splicer(), list[str]()

    def parts(feed: Feed) -> Parts:
        written.extend(entry.id for entry in feed.entries)
        return FORMATS[name].parts(feed)

    noting = replace(FORMATS[name], parts=parts)
    splicer.write(feed_of(*map(invented, "abc")), noting)
    changed = replace(invented("b"), votes=99)
    splicer.write(feed_of(invented("d"), invented("a"), changed), noting)
    assert written == ["a", "b", "c", "d", "b"]


def test_one_feed_is_written_at_a_time() -> None:
    splicer, met = Splicer(), Barrier(2, timeout=0.2)

    def parts(feed: Feed) -> Parts:
        with suppress(BrokenBarrierError):
            met.wait()
            pytest.fail("two are written at once")
        return FORMATS["atom"].parts(feed)

    noting = replace(FORMATS["atom"], parts=parts)
    feeds = [replace(feed_of(invented("a")), topic=topic) for topic in ("one", "two")]
    with ThreadPoolExecutor(2) as pool:
        written = list(pool.map(lambda feed: splicer.write(feed, noting), feeds))
    assert written == [FORMATS["atom"].write(feed) for feed in feeds]


@pytest.mark.parametrize("name", FORMATS)
def test_the_head_follows_the_feed_though_no_entry_changed(name: str) -> None:
    splicer, feed = Splicer(), feed_of(invented("a"))
    splicer.write(feed, FORMATS[name])
    renamed = replace(feed, title="Another title", page=1, pages=3)
    assert splicer.write(renamed, FORMATS[name]) == FORMATS[name].write(renamed)


def test_two_topics_and_formats_never_share_an_entry() -> None:
    splicer = Splicer()
    for topic in ("one", "two"):
        for format_ in FORMATS.values():
            feed = replace(feed_of(replace(invented("a"), reasons=(topic,))), topic=topic)
            assert splicer.write(feed, format_) == format_.write(feed)


def test_a_served_feed_is_the_same_whatever_was_written_before(
    pipeline: Pipeline, installation: Installation
) -> None:
    """Old entries spliced, new ones written, against a process that writes all of them."""
    for name in FORMATS:
        pipeline.feed("spiking", name)
    day = installation.time.moment.date()
    installation.site.papers += [
        Paper("2611.00008", "An SNN", day),
        Paper("2611.00009", "SNN", day),
    ]
    pipeline.refresh("hf-daily")
    fresh = installation.start()
    for name in FORMATS:
        assert pipeline.feed("spiking", name).body == fresh.feed("spiking", name).body


def invented(name: str) -> Entry:
    moment = feed_of().updated
    record = Record(id=name, link=f"https://papers.example/{name}", title=name, published=moment)
    return Entry(name, record, moment, moment, ("because",), 3)
