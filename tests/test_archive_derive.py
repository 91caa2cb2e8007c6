"""What sightings say together, without a database."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.archive import derive
from feedproxy.archive.derive import Entry, Sighting
from feedproxy.archive.keys import KEY_BYTES, KEY_LIMIT, key, storable
from feedproxy.models import Appearance, Reading, Record
from tests.archive_programs import DAY, HOUR, NOON, NOW, record

RICH = record(tags=("pulse",), organization="Example Lab", pdf="https://example.org/1.pdf")


def sighting(shown: Record, source: str = "hf", **changes: object) -> Sighting:
    seen = derive.sighted(shown, source, shown.id, NOW)
    known = {name: getattr(seen, name) for name in Sighting.__slots__}
    return Sighting(**{**known, **changes})


def together(*sightings: Sighting) -> Record:
    return derive.record(Entry(RICH.id, NOON, None, sightings))


def test_the_order_of_sightings_does_not_matter() -> None:
    votes = (Reading("b", "upvotes", 5, NOW), Reading("b", "upvotes", 2, NOW + HOUR))
    said = [
        sighting(record(title="Of c", summary=""), "c", first_seen=NOW - HOUR),
        sighting(record(title="Of b"), "b", readings=votes, listed=NOON - DAY),
        sighting(RICH, "a", readings=(Reading("a", "upvotes", 4, NOW + HOUR),)),
    ]
    (found,) = {repr(together(*some)): together(*some) for some in permutations(said)}.values()
    assert (found.title, found.summary, found.tags) == ("Of c", RICH.summary, RICH.tags)
    assert found.numbers == {"upvotes": 4}
    assert [reading.value for reading in found.readings] == [5, 4, 2]
    assert [appearance.source for appearance in found.appearances] == ["a", "b", "c"]


def test_a_text_too_short_for_an_abstract_gives_way_to_one_of_another_source() -> None:
    """Publishers show `Shore, Volume 390, Page 780` there; its HTML goes with it."""

    def text(of: str, length: int, hour: int) -> Sighting:
        summary = of * length
        told = record(title=of, summary=summary, content=f"<p><i>{summary}</i></p>")
        return sighting(told, of, first_seen=NOW + hour * HOUR)

    lengths = [({"a": 199, "b": 200, "c": 300}, "b"), ({"a": 9, "b": 199}, "a")]
    for said, leads in lengths:
        sightings = [text(of, length, hour) for hour, (of, length) in enumerate(said.items())]
        summary = leads * said[leads]
        for some in permutations(sightings):
            found = together(*some)
            assert (found.title, found.summary) == ("a", summary)
            assert found.content == f"<p><i>{summary}</i></p>"


@pytest.mark.parametrize("seen", [NOW - HOUR, NOW + HOUR], ids=["before", "after"])
def test_of_a_sources_items_the_one_listed_last_leads_whenever_it_was_seen(seen: datetime) -> None:
    """The past may be read later; and the source leads that showed the paper first."""
    new = sighting(record(title="New", summary=""), "b", key="v2", first_seen=seen)
    old = sighting(record(title="Old"), "b", key="v1", listed=NOON - DAY)
    other = sighting(RICH, "c", listed=NOON + DAY)
    for said in permutations((new, old, other)):
        found = together(*said)
        assert (found.title, found.summary, found.tags) == ("New", RICH.summary, RICH.tags)


def test_two_items_of_one_source_appeared_when_the_first_of_them_did() -> None:
    """The other says, later, that it was listed earlier: an entry of a feed does not move."""
    other = sighting(RICH, key="old", listed=NOON - DAY)
    first = sighting(RICH, key="new", first_seen=NOW - HOUR)
    assert together(other, first).appearances == (Appearance("hf", NOON, NOW - HOUR),)


def test_of_two_items_of_one_source_the_higher_number_counts() -> None:
    """In the history, by which topics judge, as in the number that is shown."""

    def votes(*values: int) -> tuple[Reading, ...]:
        return tuple(Reading("hf", "upvotes", v, NOW + v * HOUR) for v in values)

    found = together(
        sighting(RICH, key="preprint", readings=votes(3, 4, 20)),
        sighting(RICH, key="published", readings=votes(12, 13)),
    )
    assert found.numbers == {"upvotes": 20}
    assert [reading.value for reading in found.readings] == [3, 4, 12, 13, 20]
    fallen = Reading("hf", "upvotes", 1, NOW + 30 * HOUR)
    found = together(
        sighting(RICH, key="preprint", readings=(*votes(3), fallen)),
        sighting(RICH, key="published", readings=votes(12)),
    )
    assert found.numbers == {"upvotes": 12}
    assert [reading.value for reading in found.readings] == [3, 12, 12]


def test_a_reading_is_dated_after_the_one_before_even_if_a_clock_went_back() -> None:
    first = Reading("hf", "upvotes", 3, NOW)
    (second,) = derive.new_readings(
        sighting(RICH, readings=(first,)), record(numbers={"upvotes": 4}), NOW - DAY
    )
    assert second.value == 4
    assert second.seen > first.seen


def test_nothing_new_is_no_change() -> None:
    first = derive.addition("hf", RICH, None, None, NOW)
    assert first
    assert first.makes_entry
    assert first.is_new
    known = sighting(RICH, id=1, readings=first.readings)
    entry = Entry(RICH.id, NOON, None, [known])
    assert derive.addition("hf", RICH, first.item, entry, NOW + DAY) is None


def test_another_sources_title_that_does_not_show_moves_nothing() -> None:
    known = Entry(RICH.id, NOON, None, [sighting(RICH, id=1)])
    added = derive.addition("lab", record(title="Another"), None, known, NOW + DAY)
    assert added
    assert added.is_new
    assert not added.makes_entry
    assert added.updated is None


words = st.sampled_from(["", "one", "two"])
papers = st.builds(
    lambda title, summary, authors, code: Record(
        id="x", link="", title=title, summary=summary, authors=authors, code=code, published=NOON
    ),
    words,
    words,
    st.sampled_from([(), ("A",), ("A", "B")]),
    words,
)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.lists(papers, min_size=1, max_size=5))
def test_each_field_is_the_last_that_its_source_filled(shown: list[Record]) -> None:
    seen = derive.sighted(shown[0], "hf", "x", NOW)
    for paper in shown[1:]:
        seen = derive.grown(seen, paper)
    found = derive.record(Entry("x", NOON, None, [seen]))
    for name, empty in (("title", "x"), ("summary", ""), ("authors", ()), ("code", "")):
        said = [value for paper in shown if (value := getattr(paper, name))]
        assert getattr(found, name) == (said[-1] if said else empty)


@given(st.text(), st.integers(1, KEY_LIMIT + 2))
def test_a_key_can_be_stored_and_stays_itself(text: str, length: int) -> None:
    identity = (text * length)[:length]
    stored, whole = key(identity), storable(identity)
    is_short = len(whole) <= KEY_LIMIT and len(whole.encode()) <= KEY_BYTES
    assert (key(stored) == stored) == (stored == whole) == is_short
    assert len(stored.encode()) <= KEY_BYTES + 16
    assert "\0" not in stored


def test_a_key_of_many_bytes_ends_between_two_letters() -> None:
    begin = "x" * (KEY_BYTES % 3) + "強" * (KEY_BYTES // 3 - 1)
    assert key(begin + "学") == begin + "学"
    longer = [key(f"x{begin}{end}") for end in "学習"]
    assert [stored[:-16] for stored in longer] == [f"x{begin}"] * 2
    assert longer[0] != longer[1]


def test_what_records_have_alike_is_in_memory_once() -> None:
    """Authors, days and numbers of thousands of papers, which are kept as long as these."""
    alike = derive.Alike()
    votes = Reading("hf", "upvotes", 5, NOW)
    one, other = (
        derive.record(Entry(id_, NOON + 0 * DAY, None, [sighting(RICH, readings=(votes,))]), alike)
        for id_ in ("one", "other")
    )
    assert one.authors[0] is other.authors[0]
    for name in ("published", "numbers", "readings", "appearances"):
        assert getattr(one, name) is getattr(other, name), name
    assert (one.id, other.id) == ("one", "other")


def test_what_has_no_numbers_has_none_in_its_history() -> None:
    found = together(sighting(RICH))
    assert (found.numbers, found.readings) == ({}, ())
