"""A site that moves to another address shows the same items there: none of them is new."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedproxy.archive import Archive
from feedproxy.assemble import assemble
from feedproxy.config import Config
from feedproxy.models import Page, Record, Request
from tests.archive_programs import DAY, NOW, listing, record
from tests.clocks import FakeTime

HTTP, HTTPS, OTHER = (
    "http://lab.example/p/{}",
    "https://lab.example/p/{}",
    "https://new.example/p/{}",
)
TAG, OTHER_TAG = "tag:lab.example,2000:{}", "tag:new.example,2000:{}"


def item(form: str, number: int, title: str = "") -> Record:
    """With the id, and the link if it is one, that the form makes of the number."""
    id_ = form.format(number)
    link = id_ if id_.startswith("http") else f"https://elsewhere.example/{number}"
    own = "" if id_ == link else id_
    return record(number, id=id_, link=link, own_id=own, title=title or f"Pulses {number}")


def new(archive: Archive, *shown: Record, source: str = "lab") -> int:
    """How many of them are new."""
    return archive.remember(source, listing(*shown), NOW).new


def ids(archive: Archive) -> list[str]:
    return [each.id for each in archive.records()]


@pytest.mark.parametrize(
    ("before", "after"), [(HTTP, HTTPS), (HTTPS, OTHER), (TAG, OTHER_TAG)], ids=str
)
def test_the_same_items_at_another_address_are_not_new(
    archive: Archive, before: str, after: str
) -> None:
    served = [before.format(number) for number in (1, 2, 3)]
    assert new(archive, *(item(before, number) for number in (1, 2, 3))) == 3
    assert new(archive, item(after, 1), item(after, 2)) == 0
    assert new(archive, item(after, 3)) == 0, "it moved with the others"
    assert new(archive, item(after, 3), item(after, 4)) == 1
    assert new(archive, *(item(before, number) for number in (1, 2, 3))) == 0, "it moved back"
    assert ids(archive) == sorted([*served, after.format(4)])


def test_it_moves_to_where_another_source_shows_the_same_items_already(archive: Archive) -> None:
    former = [item(HTTPS, number) for number in (1, 2)]
    after = [item(OTHER, number) for number in (1, 2)]
    new(archive, *former)
    new(archive, *after, source="mirror")
    new(archive, *after)
    assert ids(archive) == [each.id for each in former], "each item is one, not two"


def test_a_new_link_is_a_change(archive: Archive) -> None:
    new(archive, item(HTTPS, 1))
    archive.remember("lab", listing(item(OTHER, 1)), NOW + DAY)
    [record] = archive.records()
    assert (record.link, record.updated) == (OTHER.format(1), NOW + DAY)


@pytest.mark.parametrize(
    ("before", "after", "fresh"),
    [
        ([item(TAG, 1)], [item(OTHER_TAG, 1, "Another paper")], 1),
        ([item(HTTPS, 1)], [item(OTHER, 1), item(OTHER, 2), item(OTHER, 3)], 3),
        ([item(HTTPS, 1), item(HTTPS, 2)], [item(HTTPS, 2), item(OTHER, 1)], 1),
        ([record(1)], [item(HTTPS, 2)], 1),
    ],
    ids=["other titles", "most of them other items", "beside the former", "an arXiv id"],
)
def test_what_may_be_another_item_is_new(
    archive: Archive, before: list[Record], after: list[Record], fresh: int
) -> None:
    new(archive, *before)
    assert new(archive, *after) == fresh
    assert len(ids(archive)) == len(before) + fresh


@pytest.mark.parametrize(("rest", "hosts", "fresh"), [("about", 8, 0), ("about", 9, 1), ("", 1, 1)])
def test_what_many_sites_have_tells_of_no_move(
    archive: Archive, rest: str, hosts: int, fresh: int
) -> None:
    def page(host: int) -> Record:
        return item(f"https://host-{host}.example/{rest}", 1)

    new(archive, *map(page, range(hosts)))
    assert new(archive, page(100)) == fresh


def test_an_id_that_was_cut_off_moves_nowhere(archive: Archive) -> None:
    long = "https://{}.example/" + "長" * 380
    new(archive, item(long.format("lab"), 1), item(HTTPS, 1))
    assert new(archive, item(long.format("other"), 1)) == 1
    assert new(archive, item(long.format("lab"), 1)) == 0


def test_another_source_at_the_new_address_has_items_of_its_own(archive: Archive) -> None:
    new(archive, item(TAG, 1))
    assert new(archive, item(OTHER_TAG, 1), source="other") == 1


def test_what_is_there_twice_already_stays(archive: Archive) -> None:
    new(archive, *(item(HTTP, number) for number in (1, 2, 3)))
    new(archive, item(HTTP, 1), item(HTTPS, 3))
    assert new(archive, item(HTTPS, 1), item(HTTPS, 2)) == 0
    assert len(ids(archive)) == 4


RULES = "sources: {lab: {kind: feed, url: '%s'}}\ntopics: {all: {}}\n"
RSS = (
    b'<rss version="2.0"><channel><title>Lab</title><item><guid isPermaLink="false">42</guid>'
    b"<title>Rain</title><link>https://elsewhere.example/42</link></item></channel></rss>"
)


def test_the_new_address_in_the_rules_makes_no_item_of_the_feed_new(tmp_path: Path) -> None:
    """As `refresh` and `/sources` advise where a site says that it has moved for good."""
    time, rules = FakeTime(), tmp_path / "rules"
    rules.mkdir()
    config = Config(rules=rules, database=f"sqlite:///{tmp_path}/archive.db")

    def fetch(request: Request) -> Page:
        return Page(request.url, RSS, time.moment)

    feeds = []
    for address in ("https://lab.example/feed", "https://new.example/feed"):
        (rules / "lab.yaml").write_text(RULES % address)
        pipeline = assemble(config, fetch, time.clock)
        pipeline.refresh("lab")
        feeds.append(pipeline.feed("all", "json").body)
        time.pass_by(days=1)
    assert feeds[0] == feeds[1]
    assert b"tag:lab.example,2000:42" in feeds[1]
