"""Listings that cannot be whole: what they have is kept, and the state says that it is odd."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from feedproxy.archive import Archive
from feedproxy.models import Record, Source
from feedproxy.pipeline import Pipeline
from feedproxy.plausible import BELIEVED_AFTER, Usual, judge
from tests.archive_programs import listing, record
from tests.clocks import NOON
from tests.conftest import Installation
from tests.invented import Paper
from tests.shown import NOTE, Shown

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FRIDAY, SATURDAY = NOON, NOON + DAY


def doubt(
    shown: int, usual: int, *, part: str = "", now: datetime = FRIDAY, ago: timedelta = HOUR
) -> str:
    return judge(
        listing(*map(record, range(shown)), part=part), 0, Usual(usual, now - ago), now
    ).doubt


@pytest.mark.parametrize(
    ("shown", "usual", "odd"),
    [
        (1, 20, True),
        (0, 20, True),
        (4, 20, True),
        (5, 20, False),
        (20, 20, False),
        (60, 20, False),
        (1, 7, True),
        (2, 8, False),
        (2, 9, True),
        (1, 4, False),
        (0, 4, True),
        (0, 3, False),
        (0, 0, False),
    ],
)
def test_U_10_far_fewer_than_the_same_part_had_is_suspicious(
    shown: int, usual: int, odd: bool
) -> None:
    assert bool(doubt(shown, usual)) == odd


def test_U_10_the_note_says_how_many_where() -> None:
    assert doubt(1, 20) == "suspicious: 1 record where 20 were usual"
    assert doubt(0, 20, part="2026-11-20") == (
        "suspicious: 0 records where 20 were usual (2026-11-20)"
    )


@pytest.mark.parametrize(
    ("part", "now", "odd"),
    [
        ("", FRIDAY, True),
        ("", datetime.fromisoformat("2026-11-20T23:59+00:00"), True),
        ("", datetime.fromisoformat("2026-11-21T00:00+00:00"), False),
        ("", SATURDAY, False),
        ("", SATURDAY + DAY, False),
        ("", datetime.fromisoformat("2026-11-23T11:59+00:00"), False),
        ("", datetime.fromisoformat("2026-11-23T12:00+00:00"), True),
        ("2026-11-21", FRIDAY, False),
        ("2026-11-20", SATURDAY, True),
        ("2026-W47", SATURDAY, True),
        ("2026-11", SATURDAY, True),
    ],
)
def test_U_10_nothing_on_a_weekend_is_not_suspicious(part: str, now: datetime, odd: bool) -> None:
    assert bool(doubt(0, 20, part=part, now=now)) == odd
    assert doubt(1, 20, part=part, now=now)


def test_U_10_what_stays_few_is_believed_in_the_end() -> None:
    assert doubt(1, 20, ago=BELIEVED_AFTER)
    assert not doubt(1, 20, ago=BELIEVED_AFTER + HOUR)
    assert not doubt(1, 20, ago=-BELIEVED_AFTER - HOUR), "dated by a clock set back since"


def test_U_10_few_are_as_suspicious_after_weeks_of_good_listings() -> None:
    """What is believed in the end is believed because it stayed so, not because time passed."""
    usual = None
    for day in range(15):
        usual = judge(listing(*map(record, range(20))), 0, usual, FRIDAY + day * DAY).usual
    few = judge(listing(record(1)), 0, usual, FRIDAY + 14 * DAY + HOUR)
    assert few.doubt == "suspicious: 1 record where 20 were usual"


def test_U_10_a_day_that_begins_and_grows_is_never_suspicious() -> None:
    usual = None
    for shown in (0, 1, 3, 3, 2, 40, 39, 45):
        judged = judge(listing(*map(record, range(shown)), part="2026-11-20"), 0, usual, FRIDAY)
        assert judged.doubt == ""
        usual = judged.usual
    assert usual == Usual(45, FRIDAY)


def test_U_20_a_list_that_is_nearly_all_new_three_times_has_unstable_ids() -> None:
    usual, alarms = None, []
    for new in (10, 9, 9, 9, 10, 8, 9):
        judged = judge(listing(*map(record, range(10))), new, usual, FRIDAY)
        usual = judged.usual
        alarms.append(judged.alarm)
    unstable = "ids unstable: nearly all of 10 records were new, {} readings in a row"
    assert alarms == ["", "", "", unstable.format(3), unstable.format(4), "", ""]


def test_U_20_new_days_and_new_lists_are_no_alarm() -> None:
    for part, news in (("2026-11-20", [10] * 9), ("", [0] * 9)):
        usual = None
        for new in news:
            judged = judge(listing(*map(record, range(10)), part=part), new, usual, FRIDAY)
            assert judged.alarm == ""
            usual = judged.usual
    assert judge(listing(), 0, Usual(0, FRIDAY, 2), FRIDAY).alarm == ""


# In the archive, and from a reading to the state


def test_U_10_a_doubted_part_is_remembered_but_due_again(archive: Archive) -> None:
    whole = listing(*map(record, range(20)), part="2026-11-20")
    assert archive.remember("hf", whole, NOON).doubt == ""
    few = archive.remember("hf", listing(record(99), part="2026-11-20"), NOON + HOUR)
    assert (few.new, few.doubt) == (1, "suspicious: 1 record where 20 were usual (2026-11-20)")
    assert len(archive.records()) == 21
    assert archive.states()["hf"].parts == {"2026-11-20": NOON}
    assert archive.remember("hf", whole, NOON + 2 * HOUR).doubt == ""
    assert archive.states()["hf"].parts == {"2026-11-20": NOON + 2 * HOUR}


@pytest.fixture
def shown(archive: Archive) -> Shown:
    return Shown(archive)


def test_U_10_a_doubted_reading_is_neither_a_success_nor_a_failure(shown: Shown) -> None:
    whole = tuple(map(record, range(20)))
    shown.read(*whole)
    shown.time.pass_by(minutes=30)
    report, odd = shown.read(record(99))
    assert report.doubted
    assert (report.new, report.error) == (1, "")
    assert odd.notes == ("suspicious: 1 record where 20 were usual", NOTE)
    assert (odd.last_success, odd.last_attempt) == (NOON, NOON + 30 * MINUTE)
    assert odd.next_attempt == NOON + 60 * MINUTE
    assert (odd.failures, odd.error, odd.records) == (0, "", 21)
    assert shown.archive.refreshes()["listing"] == (1, 1, 0)
    shown.time.pass_by(minutes=30)
    _, well = shown.read(*whole)
    assert well.notes == (NOTE,)
    assert well.last_success == NOON + 60 * MINUTE


def test_U_20_ids_that_change_at_every_reading_are_a_note_and_nothing_else(shown: Shown) -> None:
    for reading in range(4):
        report, state = shown.read(*map(record, range(100 * reading, 100 * reading + 10)))
        shown.time.pass_by(minutes=30)
    unstable = "ids unstable: nearly all of 10 records were new, 3 readings in a row"
    assert state.notes == (NOTE, unstable)
    assert not report.doubted
    assert state.last_success == state.last_attempt


def test_U_10_an_edited_source_is_not_measured_by_what_it_had_before(shown: Shown) -> None:
    whole, few = tuple(map(record, range(20))), (record(99),)
    as_it_was = shown.source
    edited = replace(as_it_was, options={"item": ".paper"})
    retitled = replace(as_it_was, title="The lab", refresh=DAY)

    def is_doubted(source: Source, *records: Record) -> bool:
        shown.source = source
        report, _ = shown.read(*records)
        shown.time.pass_by(minutes=30)
        return report.doubted

    assert not is_doubted(as_it_was, *whole)
    assert not is_doubted(edited, *few)
    assert not is_doubted(edited, *whole)
    assert is_doubted(edited, *few)
    assert not is_doubted(as_it_was, *few), "the edit was undone"
    assert not is_doubted(as_it_was, *whole)
    assert is_doubted(retitled, *few), "which is no edit of what is read"


# All the way to the pages


def test_U_10_a_listing_that_shrinks_makes_its_source_stale_and_says_why(
    pipeline: Pipeline, installation: Installation
) -> None:
    time, site = installation.time, installation.site
    day = time.moment.date()
    site.papers += [Paper(f"2611.1{n:04}", f"Spiking number {n}", day) for n in range(17)]
    time.pass_by(minutes=30)
    pipeline.refresh("hf-daily")
    everything = feed(pipeline, installation)
    assert everything.count("<entry>") == 1
    site.papers = [Paper("2611.20000", "An SNN, the only one", day)]
    time.pass_by(minutes=30)
    pipeline.refresh("hf-daily")
    note = "suspicious: 1 record where 20 were usual (2026-11-20)"
    assert source_health(pipeline, installation) == ("fresh", [note])
    assert feed(pipeline, installation).count("<entry>") == 2
    assert pipeline.due() == []
    time.pass_by(minutes=40)
    assert pipeline.due() == ["hf-daily"]
    pipeline.refresh("hf-daily")
    assert source_health(pipeline, installation) == ("stale", [note])
    front = installation.client(pipeline).get("/").text
    assert "hf-daily is stale" in front
    assert front.count(note) == 2
    site.papers += [Paper(f"2611.1{n:04}", f"Spiking number {n}", day) for n in range(17)]
    time.pass_by(minutes=40)
    pipeline.refresh("hf-daily")
    assert source_health(pipeline, installation) == ("fresh", [])
    assert note not in installation.client(pipeline).get("/").text


def feed(pipeline: Pipeline, installation: Installation) -> str:
    return installation.client(pipeline).get("/feeds/spiking.atom").text


def source_health(pipeline: Pipeline, installation: Installation) -> tuple[str, list[str]]:
    body = installation.client(pipeline).get("/healthz").get_json()
    source = body["sources"]["hf-daily"]
    return source["state"], source["notes"]
