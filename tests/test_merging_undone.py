"""Entries become one and fall apart again: ids, dates, readers' memory. Over both databases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feedproxy.archive import Archive
from feedproxy.models import Record
from tests.archive_fixtures import Opened, start
from tests.archive_programs import DAY, HOUR, NOON, NOW, listing, record

PAPER = record(42)
POST = record(
    7,
    id="https://lab.example/pulses",
    own_id="tag:lab.example/7",
    link="https://lab.example/pulses",
    title="Pulses, a post",
    code="https://lab.example/code",
    numbers={},
    published=NOON - 3 * DAY,
)


OTHER = "https://index.example/1"


def hint(**says: Any) -> Record:
    """An item of an index, which says that paper and post are one unless told otherwise."""
    known = {"id": PAPER.id, "own_id": "tag:index.example/1", "link": POST.link, "pdf": PAPER.link}
    return Record(**{"title": "", "published": NOON, **known, **says})


def ids(archive: Archive) -> list[str]:
    return [found.id for found in archive.records()]


def of(archive: Archive, id_: str) -> Record:
    (found,) = (each for each in archive.records() if id_ in (each.id, *each.aliases))
    return found


@pytest.fixture
def apart(archive: Archive) -> Archive:
    """Paper and post, shown on two days, are two entries."""
    archive.remember("hf", listing(PAPER), NOW)
    archive.remember("lab", listing(POST), NOW + DAY)
    assert ids(archive) == [PAPER.id, POST.id]
    return archive


def test_two_entries_that_turn_out_to_be_one_are_the_one_that_was_first(apart: Archive) -> None:
    paper, post = apart.records()
    apart.remember("index", listing(hint()), NOW + 2 * DAY)
    (found,) = apart.records()
    assert (found.id, found.aliases, found.published) == (PAPER.id, (POST.id,), paper.published)
    assert (found.title, found.code) == (PAPER.title, POST.code)
    assert [a.source for a in found.appearances] == ["hf", "index", "lab"]
    assert {*paper.appearances, *post.appearances} < {*found.appearances}
    assert found.readings == paper.readings
    assert of(apart, POST.id) == of(apart, PAPER.id) == found


def test_the_first_is_the_one_that_readers_know_not_the_one_dated_earlier(archive: Archive) -> None:
    archive.remember("lab", listing(POST), NOW)
    archive.remember("hf", listing(record(42, published=NOON - 30 * DAY)), NOW + DAY)
    archive.remember("index", listing(hint()), NOW + DAY)
    (found,) = archive.records()
    assert (found.id, found.aliases, found.published) == (POST.id, (PAPER.id,), POST.published)


@pytest.mark.parametrize(
    "corrected",
    [
        {},
        {"id": record(43).id, "pdf": record(43).link},
        {"id": "https://doi.org/10.1234/x", "doi": "10.1234/x", "pdf": record(43).link},
    ],
)
def test_when_the_evidence_was_wrong_each_gets_back_its_id_dates_and_history(
    apart: Archive, corrected: dict[str, Any]
) -> None:
    paper, post = apart.records()
    apart.remember("index", listing(hint()), NOW + 2 * DAY)
    (joined,) = apart.records()
    apart.remember("index", listing(hint(link=OTHER, **corrected)), NOW + 3 * DAY)
    found = {each.id: each for each in apart.records()}
    assert found[post.id] == post
    assert len(found) == 2 + bool(corrected)
    restored = found[paper.id]
    assert (restored.published, restored.code, restored.aliases) == (paper.published, "", ())
    assert (restored.appearances, restored.pdf) == (paper.appearances, "") or not corrected
    assert joined.updated == NOW + 2 * DAY
    apart.remember("index", listing(hint()), NOW + 4 * DAY)
    assert of(apart, post.id).id == paper.id


def test_a_wrong_doi_that_is_corrected_leaves_no_trace(archive: Archive) -> None:
    archive.remember("hf", listing(record_like(PAPER, doi="10.1234/a")), NOW)
    archive.remember("lab", listing(POST), NOW + DAY)
    before = archive.records()
    wrong = hint(id="https://doi.org/10.1234/a", doi="10.1234/a", pdf="https://lab.example/7.pdf")
    archive.remember("index", listing(wrong), NOW + 2 * DAY)
    (joined,) = archive.records()
    assert joined.updated == NOW + 2 * DAY
    right = record_like(wrong, id="https://doi.org/10.1234/b", doi="10.1234/b", link=OTHER)
    archive.remember("index", listing(right), NOW + 3 * DAY)
    right_id = "https://doi.org/10.1234/b"
    assert {found.id: found for found in archive.records() if found.id != right_id} == {
        found.id: found for found in before
    }
    assert of(archive, right_id).link == OTHER


@pytest.mark.parametrize(
    "says",
    [
        {"id": "https://doi.org/10.1234/a", "doi": "10.1234/a"},
        {"id": PAPER.id, "pdf": PAPER.link},
        {"id": PAPER.id, "doi": "10.48550/arXiv.2611.00042"},
    ],
    ids=["doi", "pdf", "arXiv doi"],
)
def test_what_an_item_once_said_it_is_holds_where_a_later_listing_leaves_it_out(
    archive: Archive, says: dict[str, Any]
) -> None:
    archive.remember("hf", listing(record_like(PAPER, doi="10.1234/a")), NOW)
    short = hint(id=OTHER, link=OTHER, pdf="")
    archive.remember("index", listing(short), NOW + DAY)
    assert len(ids(archive)) == 2
    archive.remember("index", listing(record_like(short, **says)), NOW + 2 * DAY)
    assert ids(archive) == [PAPER.id]
    archive.remember("index", listing(record_like(short, title="Shorter")), NOW + 3 * DAY)
    assert ids(archive) == [PAPER.id]


def test_who_follows_the_versions_sees_it_happen(apart: Archive) -> None:
    known = apart.versions()
    apart.remember("index", listing(hint()), NOW + 2 * DAY)
    joined = apart.versions()
    assert known.content < joined.epoch == joined.content, "an entry is gone: all is read again"
    apart.remember("index", listing(hint(link=OTHER)), NOW + 3 * DAY)
    assert apart.versions().epoch == joined.epoch, "nothing is gone"
    assert [found.id for found in apart.records(joined.content)] == [PAPER.id, POST.id]


def test_an_item_that_is_known_by_another_name_at_once_is_only_a_change(archive: Archive) -> None:
    archive.remember("hf", listing(PAPER), NOW)
    known = archive.versions().content
    archive.remember("index", listing(hint()), NOW + DAY)
    archive.remember("lab", listing(POST), NOW + DAY)
    assert archive.versions().epoch == 0
    assert [found.id for found in archive.records(known)] == [PAPER.id]
    assert of(archive, POST.id).updated == NOW + DAY


def test_what_nobody_saw_apart_has_not_changed_by_being_one(archive: Archive) -> None:
    named = record_like(POST, id="https://doi.org/10.1234/x", doi="10.1234/x")
    archive.remember("hf", listing(record_like(PAPER, doi="10.1234/x", code=""), named), NOW)
    (found,) = archive.records()
    assert (found.code, found.updated) == (POST.code, None)


def test_of_two_new_items_that_are_one_paper_the_earlier_date_counts(archive: Archive) -> None:
    named = record_like(POST, id="https://doi.org/10.1234/x", doi="10.1234/x", published=NOON)
    other = record_like(named, own_id="tag:lab.example/8", published=NOON - 5 * DAY)
    last = record_like(named, own_id="tag:lab.example/9", published=NOON - 2 * DAY)
    archive.remember("lab", listing(named, other, last), NOW)
    assert [found.published for found in archive.records()] == [NOON - 5 * DAY]


def test_a_new_version_of_a_paper_is_no_new_item(archive: Archive) -> None:
    archive.remember("lab", listing(record_like(PAPER, own_id="2611.00042v1")), NOW)
    again = archive.remember("lab", listing(record_like(PAPER, own_id="2611.00042v2")), NOW + DAY)
    assert (again.new, again.changed) == (0, 0)


def test_a_source_may_change_its_mind_about_the_id_alone(apart: Archive) -> None:
    apart.remember("lab", listing(record_like(POST, id=PAPER.id)), NOW + 2 * DAY)
    assert ids(apart) == [PAPER.id]


def test_an_id_that_is_no_alias_any_more_is_news_even_if_its_item_is_forgotten(
    archive: Archive,
) -> None:
    post = {"own_id": "", "link": POST.link}
    archive.remember("lab", listing(POST), NOW)
    for number in (1, 2):
        named = f"tag:news.example/{number}"
        known = archive.versions().content
        archive.remember("news", listing(record_like(POST, **{**post, "id": named})), NOW)
        told = {found.id: found.aliases for found in archive.records(known)}
        if number == 1:
            assert told == {POST.id: (named,)}
            assert archive.forget("lab", NOW) + archive.forget("news", NOW) == 2
            archive.remember("lab", listing(POST), NOW)
    assert told == {POST.id: (), "tag:news.example/2": ()}


def test_forgetting_an_item_takes_nobody_the_id_that_it_is_known_by(apart: Archive) -> None:
    apart.remember("index", listing(hint()), NOW + 2 * DAY)
    gone = [apart.forget(source, NOW + 2 * DAY) for source in ("hf", "index", "lab")]
    assert gone == [0, 0, 3]
    apart.remember("lab", listing(record_like(POST, title="Pulses, a longer post")), NOW + 3 * DAY)
    (found,) = apart.records()
    assert (found.id, found.title) == (PAPER.id, "Pulses, a longer post")
    assert [a.source for a in found.appearances] == ["lab"]
    apart.remember("hf", listing(PAPER), NOW + 4 * DAY)
    assert ids(apart) == [PAPER.id]


def test_a_better_name_learnt_later_does_not_change_the_id(archive: Archive) -> None:
    archive.remember("lab", listing(POST), NOW)
    named = record_like(POST, id="https://doi.org/10.1234/x", doi="10.1234/X")
    archive.remember("lab", listing(named), NOW + DAY)
    archive.remember("journal", listing(record_like(PAPER, doi="doi:10.1234/x")), NOW + DAY)
    (found,) = archive.records()
    assert (found.id, found.aliases) == (POST.id, (PAPER.id,))


def test_an_item_that_turns_out_to_be_another_paper_is_another_entry(archive: Archive) -> None:
    wrong = record_like(POST, id=PAPER.id, link=PAPER.link)
    archive.remember("lab", listing(wrong), NOW)
    archive.remember(
        "lab", listing(record_like(wrong, id=record(43).id, link=record(43).link)), NOW
    )
    assert ids(archive) == [record(43).id]
    versions = archive.versions()
    assert versions.epoch == versions.content
    archive.remember("hf", listing(PAPER), NOW + DAY)
    assert ids(archive) == [PAPER.id, record(43).id]
    assert archive.states()["lab"].records == 1


def test_a_change_of_the_one_that_joined_goes_with_it(apart: Archive) -> None:
    apart.remember("index", listing(hint()), NOW + 2 * DAY)
    apart.remember("lab", listing(record_like(POST, code="https://lab.example/v2")), NOW + 3 * DAY)
    assert of(apart, PAPER.id).updated == NOW + 3 * DAY
    apart.remember("index", listing(hint(link=OTHER)), NOW + 4 * DAY)
    assert of(apart, POST.id).updated == NOW + 3 * DAY
    assert of(apart, PAPER.id).code == ""


def record_like(known: Record, **changes: Any) -> Record:
    fields = {name: getattr(known, name) for name in Record.__dataclass_fields__}
    return Record(**{**fields, **changes})


def by_copy(archive: Archive, opened: Opened, folder: Path) -> Archive:
    other = opened(f"sqlite:///{folder}/copy.db")
    assert archive.copy_to(other)["aliases"] == 1
    return other


def by_backup(archive: Archive, opened: Opened, folder: Path) -> Archive:
    archive.backup(folder / "backup.db")
    return opened(f"sqlite:///{folder}/backup.db")


@pytest.mark.parametrize("moved", [by_copy, by_backup])
def test_what_is_one_stays_one_in_a_copy_and_falls_apart_there(
    apart: Archive, opened: Opened, tmp_path: Path, moved: Callable[..., Archive], url: str
) -> None:
    if moved is by_backup and not url.startswith("sqlite"):
        pytest.skip("PostgreSQL is saved by its own tool")
    post = of(apart, POST.id)
    apart.remember("index", listing(hint()), NOW + 2 * DAY)
    copy = moved(apart, opened, tmp_path)
    assert copy.records() == apart.records()
    copy.remember("index", listing(hint(link=OTHER)), NOW + 3 * DAY)
    assert of(copy, POST.id) == post


def test_two_processes_that_tell_of_the_same_papers_agree(archive: Archive, url: str) -> None:
    tellers = [start("tell", url, name, "20") for name in ("lab", "journal")]
    assert [teller.communicate()[0].split() for teller in tellers] == [["told"], ["told"]]
    found = archive.records()
    assert len(found) == 20
    assert all(len(each.aliases) == 1 and len(each.appearances) == 2 for each in found)


def test_thousands_of_items_are_joined_in_one_listing(archive: Archive) -> None:
    papers = [record(n, doi=f"10.1234/{n}") for n in range(1200)]
    named = [
        record(n, id=f"https://doi.org/10.1234/{n}", doi=f"10.1234/{n}", link="")
        for n in range(1200)
    ]
    archive.remember("journal", listing(*named), NOW)
    archive.remember("hf", listing(*papers), NOW + HOUR)
    found = archive.records()
    assert len(found) == 1200
    assert all(each.aliases for each in found)
