"""Topics over time: pages of their feed, new names, removal, ids of their own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from feedproxy.archive import Archive
from feedproxy.assemble import assemble
from feedproxy.pipeline import Pipeline
from feedproxy.rulefiles.folder import QUIET
from tests.conftest import Installation
from tests.invented import Paper
from tests.running import eventually

ATOM = {"atom": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def open_with(installation: Installation) -> Callable[[str], FlaskClient]:
    """A client of a process that starts with these rules and has read the site."""

    def start(rules: str) -> FlaskClient:
        installation.rules.write_text(rules)
        pipeline: Pipeline = installation.start()
        for name in pipeline.due():
            pipeline.refresh(name)
        return installation.client(pipeline)

    return start


def test_a_long_feed_goes_on_on_further_pages(
    installation: Installation, open_with: Callable[[str], FlaskClient]
) -> None:
    day = installation.time.moment.date()
    installation.site.papers = [
        Paper(f"2611.000{number:02}", f"Paper {number}", day) for number in range(1, 8)
    ]
    client = open_with("topics: {all: {limit: 3}}")
    ids, page = [], "/feeds/all.atom"
    for _ in range(3):
        feed = ElementTree.fromstring(client.get(page).data)
        ids += [each.text for each in feed.findall("atom:entry/atom:id", ATOM)]
        following = feed.find("atom:link[@rel='next']", ATOM)
        page = "" if following is None else following.attrib["href"]
    assert page == ""
    assert len(ids) == len(set(ids)) == 7
    assert client.get("/feeds/all.atom?page=4").status_code == 404
    first = json.loads(client.get("/feeds/all.json").data)
    assert first["next_url"] == "https://papers.example/feeds/all.json?page=2"
    assert "next_url" not in json.loads(client.get("/feeds/all.json?page=3").data)


@pytest.mark.parametrize("path", ["/feeds/{}.atom", "/feeds/{}", "/feeds/{}.json?page=1"])
def test_a_former_name_redirects_for_good(
    open_with: Callable[[str], FlaskClient], path: str
) -> None:
    client = open_with("topics: {spiking: {include: [spiking], renamed: [snn, spikes]}}")
    for former in ("snn", "spikes"):
        answer = client.get(path.format(former))
        assert answer.status_code == 301
        assert answer.headers["Location"] == path.format("spiking")
    assert client.get("/topics/snn?view=near").headers["Location"] == "/topics/spiking?view=near"


def test_a_topic_that_was_removed_is_gone_and_one_that_never_was_is_not_found(
    installation: Installation, open_with: Callable[[str], FlaskClient]
) -> None:
    client = open_with("topics: {one: {include: [spiking]}, other: {include: [rain]}}")
    assert client.get("/feeds/one.atom").status_code == 200
    client = open_with("topics: {other: {include: [rain]}}")
    assert client.get("/feeds/one.atom").status_code == 410
    assert client.get("/feeds/one.rss").status_code == 410
    assert client.get("/topics/one").status_code == 410
    assert client.get("/feeds/on.atom").status_code == 404
    installation.rules.unlink()
    client = open_with("")
    client = open_with("topics: {one: {include: [spiking]}}")
    assert client.get("/feeds/one.atom").status_code == 200


def test_a_topic_that_another_process_has_served_already_is_not_called_gone(
    installation: Installation, open_with: Callable[[str], FlaskClient]
) -> None:
    """Each process looks at the rules in its own second, and a reader goes from one to another."""
    late = open_with("topics: {one: {include: [rain]}}")
    assert late.get("/feeds/one.atom").status_code == 200
    early = open_with("topics: {two: {include: [rain], renamed: [one]}}")
    assert early.get("/feeds/one.atom").status_code == 301
    assert early.get("/feeds/two.atom").status_code == 200
    assert late.get("/feeds/one.atom").status_code == 200
    changed = installation.rules.stat().st_ctime
    eventually("the edit has settled", lambda: time.time() - changed > QUIET)
    assert late.get("/feeds/two.atom").status_code == 200
    assert late.get("/feeds/one.atom").status_code == 301


def test_a_topic_that_a_refused_file_may_define_is_not_called_gone(
    installation: Installation, open_with: Callable[[str], FlaskClient]
) -> None:
    """Such as one whose last good version is no good any more after an upgrade."""
    assert open_with("topics: {one: {include: [rain]}}").get("/feeds/one.atom").status_code == 200
    bad = "topics: {one: {inclde: [rain]}}"
    archive = Archive(installation.config().database)
    archive.kept.keep_rules({installation.rules.name: bad})
    archive.close()
    assert open_with(bad).get("/feeds/one.atom").status_code == 404


@pytest.mark.parametrize(
    "rules",
    [
        "topics: {a: {include: [spiking], ids: per-topic}, b: {include: spiking, ids: per-topic}}",
        "{defaults: {ids: per-topic}, topics: {a: {include: [spiking]}, b: {include: [spiking]}}}",
    ],
)
def test_ids_per_topic_let_an_entry_show_in_two_feeds(
    open_with: Callable[[str], FlaskClient], rules: str
) -> None:
    client = open_with(rules)
    ids = [
        [item["id"] for item in json.loads(client.get(f"/feeds/{topic}.json").data)["items"]]
        for topic in "ab"
    ]
    assert ids[0]
    assert not set(ids[0]) & set(ids[1])
    assert ids[0][0] == "tag:feedproxy.invalid,2026:a/https://arxiv.org/abs/2611.00001"


@pytest.mark.parametrize(
    ("sort", "order"),
    [("upvotes", "312"), ("title", "231"), ("newest", "123"), ("published", "123")],
)
def test_a_feed_is_in_the_order_that_its_topic_asks_for(
    open_with: Callable[[str], FlaskClient], sort: str, order: str
) -> None:
    client = open_with(f"topics: {{all: {{sort: {sort}}}}}")
    items = json.loads(client.get("/feeds/all.json").data)["items"]
    assert "".join(item["id"][-1] for item in items) == order


@pytest.mark.parametrize("path", ["/", "/topics/old"])
def test_r_15_a_page_that_is_begun_before_an_edit_is_wholly_old(
    installation: Installation, path: str
) -> None:
    """The clock is asked when a page has its rules, and here somebody deletes a topic just then."""
    installation.rules.write_text("topics: {old: {}, kept: {}}")
    edits: list[str] = []

    def now() -> datetime:
        while edits:
            installation.rules.write_text(edits.pop())
            for _ in range(2):  # an edit counts once it has settled
                installation.time.pass_by(seconds=2)
                pipeline.rules()
        return installation.time.moment

    clock = replace(installation.time.clock, now=now)
    pipeline = assemble(installation.config(), installation.site, clock)
    pipeline.refresh("hf-daily")
    client = installation.client(pipeline)
    edits.append("topics: {kept: {}}")
    answer = client.get(path)
    assert not edits
    assert (answer.status_code, "/feeds/old.atom" in answer.text) == (200, True)
    assert "/feeds/old.atom" not in client.get("/").text
