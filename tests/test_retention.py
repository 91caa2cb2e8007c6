"""`keep` and FEEDPROXY_ARCHIVE_SIZE: what is older or beyond goes, what is younger never."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from feedproxy.archive import Archive
from feedproxy.errors import Unreachable
from feedproxy.models import Listing, Source
from feedproxy.pipeline import Pipeline
from tests.archive_programs import record
from tests.clocks import NOON
from tests.conftest import Installation
from tests.invented import Paper
from tests.shown import Shown

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = """
sources:
  hf-daily: {kind: huggingface, listing: daily, lookback: 4d%s}
topics:
  spiking: {include: [spiking]}
"""


def paper(age: int) -> Paper:
    day = (NOON - age * DAY).date()
    return Paper(f"2611.3{age:04}", f"Spiking {age} days before", day, summary="x" * 1000)


def read_once(installation: Installation, keep: str = "", size: int | None = None) -> Pipeline:
    """Four days, with a paper on each, have been read."""
    installation.rules.write_text(RULES % (keep and f", keep: {keep}"))
    installation.site.papers = [paper(age) for age in range(4)]
    pipeline = installation.start(archive_size=size)
    pipeline.refresh("hf-daily")
    return pipeline


def later(pipeline: Pipeline, installation: Installation, days: int) -> list[str]:
    installation.time.pass_by(days=days)
    pipeline.refresh("hf-daily")
    return topic(pipeline)


def topic(pipeline: Pipeline) -> list[str]:
    return [decision.record.title for decision in pipeline.catalogue.preview("spiking").included]


def aged(*ages: int) -> list[str]:
    return [f"Spiking {age} days before" for age in ages]


def test_what_is_older_than_keep_leaves_archive_and_feeds_and_the_rest_stays(
    installation: Installation,
) -> None:
    pipeline = read_once(installation, keep="10d")
    assert later(pipeline, installation, days=7) == aged(0, 1, 2, 3)
    assert later(pipeline, installation, days=1) == aged(0, 1, 2)
    assert pipeline.health().records == 3
    assert later(pipeline, installation, days=3) == []


def test_what_a_listing_shows_but_is_not_kept_never_comes_in(installation: Installation) -> None:
    pipeline = read_once(installation, keep="2d")
    assert topic(pipeline) == aged(0, 1, 2)
    for _ in range(3):
        installation.time.pass_by(hours=5)
        report = pipeline.refresh("hf-daily")
        assert report is not None
        assert (report.new, report.doubted) == (0, False)
        assert topic(pipeline) == aged(0, 1, 2), "what is too old goes once a day"
    assert later(pipeline, installation, days=1) == aged(0)


def test_it_is_done_once_a_day_by_one_of_all_processes_and_nothing_younger_goes(
    archive: Archive,
) -> None:
    site = Shown(archive, Source("listing", "shown", refresh=HOUR, keep=3 * DAY))
    records = [record(age, published=NOON - age * HOUR) for age in range(48)]
    readers = [site.reader(), site.reader()]
    epochs, first = {archive.versions().epoch}, archive.versions().epoch
    for hour in range(0, 4 * 24, 4):
        now = site.time.moment
        site.read(*records, reader=readers[hour // 4 % 2])
        epochs.add(archive.versions().epoch)
        kept = {found.id for found in archive.records()}
        assert kept >= {each.id for each in records if each.published >= now - 3 * DAY}
        site.time.pass_by(hours=4)
    assert 2 <= len(epochs - {first}) <= 4
    assert len(archive.records()) <= 24


BOTH = """
sources:
  picks: {kind: huggingface, listing: daily, lookback: 4d, keep: 5d}
  hf-daily: {kind: huggingface, listing: daily, lookback: 4d, keep: 10d}
topics:
  spiking: {include: [spiking], from: [hf-daily]}
  picked: {from: [picks]}
"""


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        (BOTH, ()),
        (BOTH.replace("keep: 5d", "keep: 10d"), ()),
        (BOTH.replace("keep: 5d", "keep: 60d"), (0,)),
        (BOTH.replace(", keep: 5d", ""), (0,)),
        (BOTH.replace("  picks:", "  others:").replace("[picks]", "[others]"), (0,)),
        ("sources: {", ()),
    ],
    ids=["as before", "both", "longer", "for ever", "gone", "refused"],
)
def test_what_each_source_keeps_by_the_rules_of_now_decides(
    installation: Installation, rules: str, left: tuple[int, ...]
) -> None:
    """What the other once called too old, by rules that have changed since, does not count."""
    installation.rules.write_text(BOTH)
    installation.site.papers = [paper(0)]
    pipeline = installation.start()
    pipeline.refresh("hf-daily")
    pipeline.refresh("picks")
    installation.time.pass_by(days=9)
    pipeline.refresh("picks")
    assert topic(pipeline) == aged(0)
    installation.rules.write_text(rules)
    assert later(installation.start(), installation, days=11) == aged(*left)


@pytest.mark.parametrize(("lab_keeps", "gone"), [(40, 2), (30, 2), (60, 0), (None, 0)], ids=str)
def test_a_source_that_keeps_more_now_is_not_held_to_what_was_too_old_before(
    archive: Archive, lab_keeps: int | None, gone: int
) -> None:
    for source in ("hf", "lab"):
        archive.remember(source, Listing((record(published=NOON - 50 * DAY),)), NOON)
    assert archive.forget("lab", NOON - 40 * DAY) == 0
    limits = {"hf": 30, "lab": lab_keeps}
    archive.keep_longer({name: NOON - age * DAY for name, age in limits.items() if age})
    assert archive.forget("hf", NOON - 30 * DAY) == gone


def test_a_source_that_was_not_read_since_keeps_what_it_kept_then(archive: Archive) -> None:
    for source in ("hf", "lab"):
        archive.remember(source, Listing((record(published=NOON - 30 * DAY),)), NOON)
    assert archive.forget("lab", NOON - 40 * DAY) == 0
    after_weeks = NOON - 20 * DAY
    archive.keep_longer({"hf": after_weeks, "lab": after_weeks})
    assert archive.forget("hf", after_weeks) == 0


def test_what_another_source_still_shows_keeps_its_date_and_its_votes(archive: Archive) -> None:
    journal = Shown(archive, Source("journal", "shown", keep=30 * DAY))
    picks = Shown(archive, Source("picks", "shown"))
    picks.time = journal.time
    old, alone = (record(number, published=NOON) for number in (1, 2))
    journal.read(old, alone)
    journal.time.pass_by(days=25)
    picks.read(record(published=NOON + 25 * DAY, numbers={}))
    before = archive.records()
    journal.time.pass_by(days=10)
    journal.read(record(9, published=NOON + 30 * DAY), old, alone)
    assert [found for found in archive.records() if found in before] == [before[0]]
    assert len(archive.records()) == 2


def test_what_stays_is_still_read_from_a_source_that_would_not_keep_it(archive: Archive) -> None:
    journal = Shown(archive, Source("journal", "shown", keep=10 * DAY))
    picks = Shown(archive, Source("picks", "shown"))
    for source in (journal, picks):
        source.read(record(published=NOON))
    journal.time.pass_by(days=12)
    old = record(2, published=NOON)
    journal.read(record(published=NOON, title="Corrected", numbers={"upvotes": 50}), old)
    (kept,) = archive.records()
    assert (kept.title, kept.numbers) == ("Corrected", {"upvotes": 50})


def test_a_dead_site_costs_no_topic_its_entries(installation: Installation) -> None:
    pipeline = read_once(installation, keep="10d")
    installation.site.error = Unreachable("https://huggingface.co", "no route")
    assert later(pipeline, installation, days=30) == aged(0, 1, 2, 3)


def test_nor_does_a_doubted_listing(archive: Archive) -> None:
    site = Shown(archive, Source("listing", "shown", keep=2 * DAY))
    records = [record(age, published=NOON - age * HOUR) for age in range(20)]
    site.read(*records)
    site.time.pass_by(days=3)
    assert site.read(*records[:1])[0].doubted
    assert len(archive.records()) == 20
    assert not site.read(*records)[0].doubted
    assert archive.records() == ()


def test_without_keep_and_size_nothing_ever_goes(installation: Installation) -> None:
    pipeline = read_once(installation)
    assert later(pipeline, installation, days=5000) == aged(0, 1, 2, 3)


def test_an_archive_of_a_size_keeps_what_was_listed_last(installation: Installation) -> None:
    pipeline = read_once(installation, size=5000)
    assert topic(pipeline) == aged(0, 1)


def test_one_worker_at_a_time_is_to_do_a_chore_and_a_clock_set_back_blocks_none(
    archive: Archive,
) -> None:
    assert archive.kept.claim("trim", NOON, DAY)
    assert not archive.kept.claim("trim", NOON + DAY - HOUR, DAY)
    assert archive.kept.claim("forget hf", NOON, DAY)
    assert archive.kept.claim("trim", NOON + DAY, DAY)
    assert archive.kept.claim("trim", NOON, DAY)
    assert not archive.kept.claim("trim", NOON, DAY)


@pytest.mark.parametrize("limits", [{}, {"lab": NOON - 60 * DAY}], ids=["none", "another"])
def test_when_a_limit_holds_no_more_no_other_chore_is_touched(
    archive: Archive, limits: dict[str, datetime]
) -> None:
    """Else all chores of the day would be done again, and the digest mail sent again."""
    archive.forget("lab", NOON - 40 * DAY)
    assert archive.kept.claim("trim", NOON, DAY)
    archive.keep_longer(limits)
    assert not archive.kept.claim("trim", NOON, DAY)


def test_what_cannot_be_removed_just_now_costs_the_refresh_nothing(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = read_once(installation, keep="10d")
    with closing(sqlite3.connect(installation.folder / "archive.db")) as conn:
        conn.execute(
            "CREATE TRIGGER full BEFORE DELETE ON sightings"
            " BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    assert later(pipeline, installation, days=8) == aged(0, 1, 2, 3)
    assert not pipeline.health().trouble
    assert "kept a day longer" in caplog.text
    with closing(sqlite3.connect(installation.folder / "archive.db")) as conn:
        conn.execute("DROP TRIGGER full")
    assert later(pipeline, installation, days=1) == aged(0, 1)
