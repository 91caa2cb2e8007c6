"""Remembering listings: identity, dates, numbers, versions, forgetting. Over both databases."""

from __future__ import annotations

import gc
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from feedproxy.archive import Archive, Validators, Versions
from feedproxy.models import Appearance, Listing, Reading, Record
from feedproxy.sources.arxiv.announcements import Batch
from tests.archive_programs import DAY, HOUR, NOON, NOW, listing, record, state


def only(archive: Archive) -> Record:
    (found,) = archive.records()
    return found


def test_a_record_comes_back_as_it_was_with_its_history(archive: Archive) -> None:
    shown = record(
        tags=("pulse", "circuit"),
        organization="Example Lab",
        submitter="Cy",
        doi="10.1234/x",
        pdf="https://example.org/1.pdf",
        code="https://example.org/code",
        project="https://example.org/project",
        video="https://example.org/video",
        thumbnail="https://example.org/t.png",
        discussion="https://example.org/talk",
        numbers={"upvotes": 3, "stars": 0},
        summary="Nul \0, a lone \ud800, 強化学習 and 𝔸.",
    )
    archive.remember("hf", listing(shown), NOW)
    found = only(archive)
    for name in Record.__dataclass_fields__.keys() - {"readings", "appearances"}:
        assert getattr(found, name) == getattr(shown, name), name
    assert found.readings == (Reading("hf", "stars", 0, NOW), Reading("hf", "upvotes", 3, NOW))
    assert found.appearances == (Appearance("hf", NOON, NOW),)


def test_the_same_paper_again_is_an_update(archive: Archive) -> None:
    first = archive.remember("hf", listing(record(1), record(2)), NOW)
    again = archive.remember("hf", listing(record(1, title="Corrected")), NOW + HOUR)
    assert (first.new, first.changed) == (2, 0)
    assert (again.new, again.changed) == (0, 1)
    assert [found.title for found in archive.records()] == ["Corrected", record(2).title]
    assert archive.states()["hf"].records == 2


def test_u_20_the_first_of_two_equal_ids_in_a_listing_counts(archive: Archive) -> None:
    shown = listing(record(1, title="First"), record(1, title="Second"))
    assert archive.remember("hf", shown, NOW).new == 1
    assert only(archive).title == "First"


def test_an_unchanged_listing_changes_only_the_sources_state(archive: Archive) -> None:
    shown = listing(record(1), record(2), part="2026-11-20")
    archive.remember("hf", shown, NOW)
    before = archive.versions()
    remembered = archive.remember("hf", shown, NOW + HOUR)
    after = archive.versions()
    assert (remembered.new, remembered.changed) == (0, 0)
    assert (after.content, after.epoch) == (before.content, before.epoch)
    assert after.states > before.states
    state = archive.states()["hf"]
    assert state.parts == {"2026-11-20": NOW + HOUR}
    assert state.last_news == NOW


def test_batches_are_known_for_sixty_days_after_they_were_shown_and_days_for_ever(
    archive: Archive,
) -> None:
    old, lasting, recent, new = (Batch(NOW.date(), f"2609.{n:05}v1").part for n in range(4))
    for part, age in (
        (old, 61),
        (lasting, 90),
        (lasting, 1),
        (recent, 59),
        ("2026-09-20", 61),
    ):
        archive.remember("arxiv", listing(record(), part=part), NOW - age * DAY)
    archive.remember("other", listing(record(), part=old), NOW - 61 * DAY)
    lease = archive.take("arxiv", "me", 60, state(archive, "arxiv"))
    assert lease
    archive.succeeded(lease, NOW - 61 * DAY, NOW, read_as="edition")
    assert old in state(archive, "arxiv").parts
    archive.remember("arxiv", listing(record(), part=new), NOW)
    known = state(archive, "arxiv")
    assert known.parts.keys() == {lasting, recent, "2026-09-20", new}
    assert known.read_as == ("edition",)
    assert state(archive, "other").parts.keys() == {old}


def test_records_after_a_version_are_exactly_those_that_changed(archive: Archive) -> None:
    archive.remember("hf", listing(*map(record, range(5))), NOW)
    version = archive.versions().content
    assert archive.records(version) == ()
    archive.remember("hf", listing(record(1), record(3, numbers={"upvotes": 9})), NOW)
    later = archive.versions().content
    archive.remember("lab", listing(record(4)), NOW)
    assert [found.id for found in archive.records(version)] == [record(3).id, record(4).id]
    assert [found.id for found in archive.records(later)] == [record(4).id]
    assert [found.id for found in archive.records()] == [record(n).id for n in range(5)]


def test_the_garbage_collector_never_looks_at_what_was_read_whole(archive: Archive) -> None:
    archive.remember("hf", listing(*map(record, range(50))), NOW)
    version = archive.versions().content
    whole = archive.records()
    assert not _watched(whole)
    assert gc.isenabled()
    archive.remember("hf", listing(*map(record, range(50, 60))), NOW)
    assert _watched(archive.records(version))


def _watched(records: tuple[Record, ...]) -> list[Record]:
    """Those that the garbage collector looks at."""
    collected = {id(each) for generation in range(3) for each in gc.get_objects(generation)}
    return [each for each in records if id(each) in collected]


@pytest.mark.parametrize(
    ("listed", "published"),
    [
        (NOON, NOON),
        (NOON - 400 * DAY, NOON - 400 * DAY),
        (NOON + 3 * DAY, NOW),
        (datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)),
        (NOON.astimezone(datetime.now().astimezone().tzinfo), NOON),
    ],
)
def test_u_21_published_is_the_listed_moment_and_never_in_the_future(
    archive: Archive, listed: datetime, published: datetime
) -> None:
    archive.remember("hf", listing(record(published=listed)), NOW)
    found = only(archive)
    assert found.published == found.appearances[0].listed == published
    assert found.published.tzinfo is UTC


def test_u_21_published_is_stored_once_whatever_is_listed_later(archive: Archive) -> None:
    archive.remember("hf", listing(record(published=NOON - 6 * DAY)), NOW)
    archive.remember("hf", listing(record(published=NOON)), NOW + HOUR)
    archive.remember("lab", listing(record(published=NOON - 9 * DAY)), NOW + HOUR)
    found = only(archive)
    assert found.published == NOON - 6 * DAY
    assert found.appearances == (
        Appearance("hf", NOON - 6 * DAY, NOW),
        Appearance("lab", NOON - 9 * DAY, NOW + HOUR),
    )


@pytest.mark.parametrize("days", [3, -1])
def test_s_11_a_clock_that_jumps_moves_no_date(archive: Archive, days: int) -> None:
    archive.remember("hf", listing(record()), NOW)
    jumped = NOW + timedelta(days=days)
    archive.remember("hf", listing(record(numbers={"upvotes": 4})), jumped)
    archive.remember("hf", listing(record(numbers={"upvotes": 5})), NOW + HOUR)
    found = only(archive)
    assert (found.published, found.updated) == (NOON, None)
    assert [reading.value for reading in found.readings] == [3, 4, 5]
    assert sorted({r.seen for r in found.readings}) == [r.seen for r in found.readings]


@pytest.mark.parametrize(
    ("changes", "moved"),
    [
        ({"title": "Corrected"}, True),
        ({"summary": "Corrected."}, True),
        ({"authors": ("Ada Example",)}, True),
        ({"code": "https://example.org/code"}, True),
        ({"link": "https://example.org/moved"}, True),
        ({"tags": ("pulse",)}, False),
        ({"thumbnail": "https://example.org/t.png"}, False),
        ({"organization": "Example Lab"}, False),
        ({"numbers": {"upvotes": 99}}, False),
        ({"published": NOON + DAY}, False),
        ({"title": "", "summary": "", "authors": (), "link": ""}, False),
    ],
)
def test_updated_is_the_last_change_of_text_authors_or_links(
    archive: Archive, changes: dict[str, Any], moved: bool
) -> None:
    archive.remember("hf", listing(record()), NOW)
    archive.remember("hf", listing(record(**changes)), NOW + DAY)
    assert only(archive).updated == (NOW + DAY if moved else None)


def test_a_poorer_sighting_never_blanks_what_a_richer_one_filled(archive: Archive) -> None:
    rich = record(tags=("pulse",), code="https://example.org/code")
    poor = Record(id=rich.id, link=rich.link, title=rich.id, published=NOON)
    archive.remember("hf", listing(rich), NOW)
    archive.remember("hf", listing(poor), NOW + HOUR)
    archive.remember("page", listing(poor), NOW + HOUR)
    found = only(archive)
    assert (found.title, found.summary, found.tags) == (rich.title, rich.summary, rich.tags)
    assert (found.numbers, found.code) == (rich.numbers, rich.code)


def test_a_richer_sighting_fills_what_a_poorer_one_left_empty(archive: Archive) -> None:
    poor = Record(id=record().id, link="", title=record().short_id, published=NOON)
    archive.remember("page", listing(poor), NOW)
    assert only(archive).title == poor.id
    archive.remember("hf", listing(record()), NOW + HOUR)
    found = only(archive)
    assert (found.title, found.authors) == (record().title, record().authors)
    assert found.updated == NOW + HOUR


def test_the_source_that_showed_a_paper_first_gives_its_text(archive: Archive) -> None:
    archive.remember("zoo", listing(record(title="Of zoo")), NOW)
    archive.remember("lab", listing(record(title="Of lab", numbers={"upvotes": 8})), NOW + HOUR)
    found = only(archive)
    assert found.title == "Of zoo"
    assert found.updated is None
    assert found.numbers == {"upvotes": 8}
    assert [appearance.source for appearance in found.appearances] == ["lab", "zoo"]


def test_an_abstract_that_is_found_later_updates_the_paper_once(archive: Archive) -> None:
    """The source that shows less goes on doing so, and may have been the first."""
    less = record(summary="Shore, Volume 390, Page 780.")
    whole = record(summary="We let small circuits count pulses. " * 6)
    archive.remember("journal", listing(less), NOW)
    for hour in range(1, 4):
        for source, shown in (("index", whole), ("journal", less)):
            archive.remember(source, listing(shown), NOW + hour * HOUR)
            found = only(archive)
            assert (found.summary, found.updated) == (whole.summary, NOW + HOUR)


def test_a_new_version_under_a_new_guid_gives_the_text_and_moves_no_date(archive: Archive) -> None:
    """bioRxiv's: guid and link end in `v1`, then in `v2`, and the DOI stays."""

    def version(number: int, **changes: Any) -> Record:
        id_, link = "https://doi.org/10.1101/2026.11.18", f"https://shore.example/18v{number}"
        return record(id=id_, doi="10.1101/2026.11.18", link=link, own_id=link, **changes)

    old = version(1, title="Tides")
    archive.remember("shore", listing(old), NOW)
    new = version(2, title="Tides: a correction", summary="", published=NOON + 2 * DAY)
    for shown in ([new], [old, new], [new, old]):
        archive.remember("shore", listing(*shown), NOW + 2 * DAY)
        found = only(archive)
        assert (found.id, found.published, found.updated) == (old.id, NOON, NOW + 2 * DAY)
        assert found.appearances == (Appearance("shore", NOON, NOW),)
        assert (found.title, found.link, found.summary) == (new.title, new.link, old.summary)


def test_every_change_of_a_number_is_one_reading(archive: Archive) -> None:
    for hour, votes in enumerate([3, 3, 12, 12, 9, 12]):
        shown = record(numbers={"upvotes": votes, "comments": 1})
        archive.remember("hf", listing(shown), NOW + hour * HOUR)
    found = only(archive)
    votes_seen = [(r.value, r.seen) for r in found.readings if r.name == "upvotes"]
    assert votes_seen == [(v, NOW + h * HOUR) for v, h in [(3, 0), (12, 2), (9, 4), (12, 5)]]
    assert [r.value for r in found.readings if r.name == "comments"] == [1]
    assert found.numbers == {"upvotes": 12, "comments": 1}


def test_a_number_that_is_not_shown_any_more_keeps_its_last_value(archive: Archive) -> None:
    archive.remember("hf", listing(record(numbers={"upvotes": 7})), NOW)
    archive.remember("hf", listing(record(numbers={"stars": 10**30, "comments": -1})), NOW)
    assert only(archive).numbers == {"upvotes": 7}


def test_forgetting_changes_the_epoch_and_keeps_ids_and_dates(archive: Archive) -> None:
    archive.remember("hf", listing(record(1, published=NOON - 40 * DAY), record(2)), NOW)
    known = archive.versions().content
    assert archive.forget("hf", NOON - 50 * DAY) == 0
    assert archive.versions().content == known
    assert archive.forget("hf", NOON - 30 * DAY) == 1
    versions = archive.versions()
    assert versions.epoch == versions.content == known + 1
    assert [found.id for found in archive.records()] == [record(2).id]
    archive.remember("hf", listing(record(1)), NOW + DAY)
    assert archive.records()[0].published == NOON - 40 * DAY


def test_what_another_source_keeps_stays_whole_and_then_goes_whole(archive: Archive) -> None:
    """Or it would be dated anew, by the other's day, and lose the votes that it was shown with."""
    old = record(published=NOON - 40 * DAY, numbers={"upvotes": 9})
    archive.remember("hf", listing(old), NOW - 40 * DAY)
    archive.remember("lab", listing(record(published=NOON - 9 * DAY, numbers={})), NOW - 9 * DAY)
    archive.remember("index", listing(record(published=NOON, numbers={})), NOW)
    shown = archive.records()
    ages = (("lab", 5), ("hf", 30), ("lab", 8), ("index", 1))
    assert [archive.forget(source, NOON - age * DAY) for source, age in ages] == [0] * len(ages)
    assert archive.records() == shown
    assert archive.forget("index", NOW) == 3
    assert archive.records() == ()


def test_what_its_source_shows_on_and_on_without_a_date_does_not_return(archive: Archive) -> None:
    keep = 30 * DAY
    new = []
    for now in (NOW, NOW + 31 * DAY, NOW + 62 * DAY, NOW + 93 * DAY):
        shown = listing(record(published=now))
        new.append(archive.remember("hf", shown, now, oldest=now - keep).new)
        archive.forget("hf", now - keep)
    assert new == [1, 0, 0, 0]
    assert not archive.records()


def test_what_returns_has_its_old_date(archive: Archive) -> None:
    archive.remember("hf", listing(record(published=NOW)), NOW)
    archive.trim(0)
    later = NOW + 9 * DAY
    assert archive.remember("hf", listing(record(published=later)), later).new == 1
    assert only(archive).appearances == (Appearance("hf", NOW, later),)


def test_trimming_removes_what_was_listed_longest_ago(archive: Archive) -> None:
    aged = [record(n, published=NOON - n * DAY, summary="x" * 5000) for n in range(10)]
    archive.remember("hf", listing(*aged), NOW)
    assert archive.trim(1_000_000) == 0
    assert archive.trim(35_000) == 5
    assert [found.id for found in archive.records()] == [record(n).id for n in range(5)]
    assert archive.remember("hf", listing(record(77)), NOW).new == 1


def test_trimming_spares_what_another_source_listed_lately(archive: Archive) -> None:
    aged = [record(n, published=NOON - n * DAY, summary="x" * 5000) for n in range(6)]
    archive.remember("hf", listing(*aged), NOW)
    archive.remember("lab", listing(record(5, published=NOON, summary="x" * 5000)), NOW)
    shown = {found.id: found for found in archive.records()}
    assert archive.trim(20_000) == 4
    assert archive.records() == (shown[record(0).id], shown[record(5).id])


@pytest.mark.parametrize("length", [480, 4000])
@pytest.mark.parametrize("letters", ["ü", "".join(map(chr, range(0x4E00, 0x9F00)))])
def test_an_id_of_any_length_is_kept_apart_from_others(
    archive: Archive, letters: str, length: int
) -> None:
    """Letters in a row make no text that a database could store in less."""
    any_letters = "".join(Random(7).choices(letters, k=length))
    long = [f"https://example.org/{any_letters}{end}" for end in ("a", "b")]
    shown = [record(n, id=identity, link="") for n, identity in enumerate(long)]
    assert archive.remember("hf", listing(*shown), NOW).new == 2
    assert archive.remember("hf", listing(*shown), NOW).new == 0
    assert {found.title for found in archive.records()} == {shown[0].title, shown[1].title}


def test_a_listing_of_thousands_is_one_change(archive: Archive) -> None:
    many = Listing(tuple(map(record, range(2500))))
    for new in (2500, 0):
        assert archive.remember("hf", many, NOW)[:2] == (new, 0)
        assert archive.versions().content == 1
    assert len(archive.records()) == 2500


def test_rules_files_are_kept_as_given(archive: Archive) -> None:
    assert archive.kept.rules() == {}
    archive.kept.keep_rules({"a.yaml": "topics: {}", "b.yaml": "# ü"})
    assert archive.kept.rules() == {"a.yaml": "topics: {}", "b.yaml": "# ü"}
    archive.kept.keep_rules({"a.yaml": None, "b.yaml": "# new", "c.yaml": None})
    assert archive.kept.rules() == {"b.yaml": "# new"}
    archive.kept.keep_rules({"a.yaml": "# back"})
    assert archive.kept.rules() == {"a.yaml": "# back", "b.yaml": "# new"}
    archive.kept.keep_rules({"a.yaml": None, "b.yaml": None})
    assert archive.kept.rules() == {}


def test_a_feeds_content_was_first_served_when_its_etag_was(archive: Archive) -> None:
    assert archive.kept.first_served("spiking.atom", "one", NOW) == NOW
    assert archive.kept.first_served("spiking.atom", "one", NOW + DAY) == NOW
    assert archive.kept.first_served("other.atom", "one", NOW + DAY) == NOW + DAY
    assert archive.kept.first_served("spiking.atom", "two", NOW + DAY) == NOW + DAY
    assert archive.kept.first_served("spiking.atom", "two", NOW - DAY) == NOW - DAY


def test_validators_are_those_of_the_last_answer(archive: Archive) -> None:
    page = "https://example.org/list"
    assert archive.kept.validators(page) == (None, None)
    archive.kept.keep_validators(page, Validators('"a"', "Fri, 20 Nov 2026 12:00:00 GMT"))
    archive.kept.keep_validators(page, Validators(None, "Sat, 21 Nov 2026 12:00:00 GMT"))
    assert archive.kept.validators(page) == (None, "Sat, 21 Nov 2026 12:00:00 GMT")


def test_a_new_archive_is_empty(archive: Archive) -> None:
    assert archive.versions() == Versions(content=0, epoch=0, states=0)
    assert archive.records() == ()
    assert archive.states() == {}
    archive.check()
