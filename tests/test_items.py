"""What is found in an item -> its record, for every kind whose fields the user writes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest
import yaml

from feedproxy.models import TITLE_LIMIT
from feedproxy.sources.items import (
    MOST_ITEMS,
    MOST_NOTES,
    NoRecord,
    count,
    gather,
    record,
    unique_id,
)
from feedproxy.sources.json.paths import texts_of

NOW = datetime(2026, 3, 4, 18, tzinfo=UTC)
BASE = "https://lab.example/papers"
_WRITTEN = yaml.safe_load((Path(__file__).parent / "data/authors.yaml").read_text("utf-8"))
AUTHORS: Mapping[str, list[str]] = {
    **_WRITTEN["several"],
    **{author: [author] for author in _WRITTEN["one"]},
}
FOUND = {"title": ("Tide Pools",), "link": ("/p/1?utm_source=x#top",)}


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("12", 12),
        ("1,234", 1234),
        ("1 234 votes", 1234),
        ("12 345 678", 12_345_678),
        ("1\u00a0234", 1234),
        ("1\u202f234", 1234),
        ("5 2024", 5),
        ("2024 100", 2024),
        ("5 120k", 5),
        ("5  120", 5),
        ("5 12", 5),
        ("12 votes", 12),
        ("1'234", 1234),
        ("12’345’678 Aufrufe", 12_345_678),
        ("12.345.678", 12_345_678),
        ("234.567.890 views", 234_567_890),
        ("1.2k", 1200),
        ("1.234k", 1234),
        ("1,234.567", 1235),
        ("0.987", 1),
        ("1.5", 2),
        ("1.234", None),
        ("12.345 Aufrufe", None),
        ("1.234.5678", None),
        ("3 K", 3000),
        ("2M likes", 2_000_000),
        ("12 members", 12),
        ("-4", None),
        ("votes", None),
        ("NaN", None),
        ("9999999999", None),
        ("12345678901234567890", None),
    ],
)
def test_counts_are_understood_as_people_write_them(written: str, number: int | None) -> None:
    assert count(written) == number


@pytest.mark.parametrize(
    ("written", "id"),
    [
        ("42", "tag:lab.example,2000:42"),
        ("a b/ü", "tag:lab.example,2000:a%20b/%C3%BC"),
        ("2603.00042v2", "2603.00042v2"),
        ("10.1234/Kelp.3", "10.1234/Kelp.3"),
        ("urn:isbn:7", "urn:isbn:7"),
        ("https://lab.example/p/1", "https://lab.example/p/1"),
        ("", ""),
    ],
)
def test_a_sites_own_id_is_no_other_sites(written: str, id: str) -> None:  # its name
    assert unique_id(written, BASE) == id


def test_a_link_is_absolute_and_canonical_and_is_the_id_where_there_is_no_other() -> None:
    found = record(FOUND, BASE, BASE, NOW)
    assert found.id == found.link == "https://lab.example/p/1"
    assert found.published == NOW


def test_items_of_one_page_are_told_apart_by_the_parts_that_they_link_to() -> None:
    ids = [record(FOUND | {"link": (part,)}, BASE, BASE, NOW).id for part in ("#smith26", "#top")]
    assert ids == [f"{BASE}#smith26", BASE]


@pytest.mark.parametrize("missing", ["title", "link"])
def test_without_title_or_link_it_is_left_out(missing: str) -> None:
    with pytest.raises(NoRecord, match=f"has no {missing}"):
        record({name: FOUND[name] for name in FOUND if name != missing}, BASE, BASE, NOW)


def test_an_empty_title_is_the_id_and_a_long_one_is_cut() -> None:
    assert (
        record(FOUND | {"title": ("<b></b>",)}, BASE, BASE, NOW).title == "https://lab.example/p/1"
    )
    long = record(FOUND | {"title": ("x" * 3000,)}, BASE, BASE, NOW).title
    assert (len(long), long[-2:]) == (TITLE_LIMIT, "x…")


def test_two_authors_may_have_one_name_a_tag_counts_once() -> None:
    found = record(FOUND | {"authors": ("Kun Xu",) * 2, "tags": ("a", "a")}, BASE, BASE, NOW)
    assert (found.authors, found.tags) == (("Kun Xu", "Kun Xu"), ("a",))


def test_of_many_tags_the_first_count_of_many_authors_all() -> None:
    many = tuple(f"n{number}" for number in range(61))
    found = record(FOUND | {"authors": many, "tags": (many[0], *many)}, BASE, BASE, NOW)
    assert (found.authors, found.tags) == (many, many[:60])


@pytest.mark.parametrize(("written", "authors"), AUTHORS.items())
def test_several_authors_in_one_text_are_told_apart(written: str, authors: list[str]) -> None:
    found = record(FOUND | {"authors": (escape(written),)}, BASE, BASE, NOW)
    assert list(found.authors) == authors


def test_of_several_texts_each_is_one_author() -> None:
    found = record(FOUND | {"authors": ("Sea Lab, West Pier", "Bo Hu")}, BASE, BASE, NOW)
    assert found.authors == ("Sea Lab, West Pier", "Bo Hu")


def test_of_several_texts_one_that_only_counts_the_others_is_no_author() -> None:
    written = ("Sea Lab, West Pier", "and 2 more authors")
    assert record(FOUND | {"authors": written}, BASE, BASE, NOW).authors == written[:1]


def test_of_items_with_one_id_the_first_counts_and_others_by_title_are_told() -> None:
    shown = [FOUND, FOUND, FOUND | {"title": ("Another",)}, FOUND | {"title": ("A third",)}]
    gathered = gather(shown, lambda found: record(found, BASE, BASE, NOW))
    assert gathered.records == (record(FOUND, BASE, BASE, NOW),)
    assert gathered.notes == ("items left out because they link to the same page as another: 2",)


def test_of_many_oddities_the_first_are_told() -> None:
    def refuse(number: int) -> object:
        raise NoRecord(f"is {number}")

    gathered = gather(range(MOST_ITEMS + 1), refuse)  # type: ignore[arg-type]  # never a record
    assert gathered.notes[0] == "item 1 left out: it is 0"
    assert gathered.notes[MOST_NOTES:] == (
        f"and {MOST_ITEMS - MOST_NOTES} more",
        f"only the first {MOST_ITEMS} items were read",
    )


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (" a ", ["a"]),
        (12.0, ["12"]),
        (1.5, ["1.5"]),
        (["a", 1, None, ["b"], {"c": "d"}, ""], ["a", "1"]),
        (True, []),
        (math.nan, []),
        (math.inf, []),
        (1918273645546464646, ["1918273645546464646"]),
        (2**64 - 1, ["18446744073709551615"]),
        (2**64, []),
        (10**400, []),
        (1e300, []),
    ],
)
def test_texts_and_numbers_of_an_answer_are_texts(value: object, texts: list[str]) -> None:
    assert list(texts_of(value)) == texts
