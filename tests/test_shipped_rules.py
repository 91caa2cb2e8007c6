"""The shipped topics: what they take of invented papers, and of real listings where present."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from feedproxy.checking.ruletests import run_tests
from feedproxy.models import Record
from feedproxy.rulefiles import RulesFolder
from feedproxy.rules import decide
from feedproxy.rules.conditions import Rules, RuleSet
from feedproxy.rules.subjects import Subject
from feedproxy.sources import SOURCES
from feedproxy.text import readable

DATA = Path(__file__).parent / "data" / "shipped"
RULES = Path(__file__).resolve().parents[1] / "rules"
CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
NOW = datetime(2026, 11, 21, tzinfo=UTC)

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus")


@dataclass(frozen=True)
class Case:
    """The titles of real papers, as judged by reading them; one file per topic."""

    topic: str
    catch: frozenset[str]
    leave: frozenset[str]
    stray: frozenset[str] = frozenset()
    """Taken, though it is about something else: the price of a term that finds much."""
    missed: frozenset[str] = frozenset()
    """Not taken, though it belongs: what a term for it would cost is more."""


def cases() -> list[Case]:
    found = [_case(path) for path in sorted(DATA.glob("*.yaml"))]
    assert {case.topic for case in found} == set(shipped().topics), f"a topic, a file in {DATA}"
    thin = [case.topic for case in found if len(case.catch) < 12 or len(case.leave) < 8]
    assert not thin, f"too few papers for {thin}"
    return found


def _case(path: Path) -> Case:
    lists = yaml.safe_load(path.read_text("utf-8"))
    return Case(path.stem, **{kind: frozenset(titles) for kind, titles in lists.items()})


@cache
def shipped() -> Rules:
    return RulesFolder(RULES, {name: kind.keys for name, kind in SOURCES.items()}).current()


def paper(title: str, abstract: str) -> Subject:
    title = readable(title)
    return Subject(
        Record(id=title, link="", title=title, summary=readable(abstract), published=NOW)
    )


def taken(rule_set: RuleSet, papers: dict[str, Subject]) -> frozenset[str]:
    return frozenset(
        title for title, each in papers.items() if decide(rule_set, each, NOW).included
    )


def entries(listing: Path) -> Iterator[tuple[str, str]]:
    """Title and abstract of a search page's text: one after the other, behind its head."""
    lines = list(filter(None, map(str.strip, listing.read_text("utf-8").splitlines())))
    first = next(at for at, line in enumerate(lines) if line.startswith("Subscribe"))
    lines = [lines[first].removeprefix("Subscribe"), *lines[first + 1 :]]
    while len(lines[1]) < 200:  # An abstract is longer than anything in the page's head.
        lines.pop(0)
    return zip(lines[::2], lines[1::2], strict=True)


@cache
def seed() -> dict[str, Subject]:
    """The papers of the seed listings by title."""
    listings = sorted((CORPUS / "seed-listings").glob("*.txt"))
    found = [paper(*entry) for listing in listings for entry in entries(listing)]
    assert len(found) == 394
    papers = {each.record.title: each for each in found}
    assert len(papers) == 303
    return papers


@cache
def daily() -> dict[str, Subject]:
    """Those of 6,951 Daily Papers that a case names, by title."""
    named = frozenset().union(*(c.catch | c.leave | c.stray | c.missed for c in cases()))
    with gzip.open(CORPUS / "hf-json" / "records_2024-05_2026-02.ndjson.gz", "rt") as lines:
        rows = list(map(json.loads, lines))
    return {
        title: paper(title, row["paper"]["summary"])
        for row in rows
        if (title := readable(row["title"])) in named
    }


def test_the_starter_rules_are_the_shipped_rules() -> None:
    starter = files("feedproxy.starter").joinpath("topics.yaml").read_text("utf-8")
    assert starter == (RULES / "topics.yaml").read_text("utf-8")


def test_the_shipped_rules_are_loaded_without_a_problem_or_warning() -> None:
    assert not shipped().problems + shipped().warnings
    assert len(shipped().topics) == 6


def test_the_shipped_topics_read_the_daily_papers_and_hide_nothing_by_its_votes() -> None:
    for rule_set in shipped().topics.values():
        assert rule_set.sources[0] == "hf-daily"
        assert set(rule_set.sources[1:]) <= {"hf-spiking"}
        assert "upvotes" not in repr(rule_set)


@pytest.mark.parametrize("topic", sorted(shipped().topics))
def test_a_shipped_topic_passes_its_own_tests(topic: str) -> None:
    rule_set = shipped().topics[topic]
    assert rule_set.match
    assert rule_set.reject
    results = list(run_tests(rule_set, lambda *named: None))
    assert [each.written for each in results if not each.passed] == []


@pytest.mark.parametrize(
    "entry",
    yaml.safe_load((DATA / "invented" / "papers.yaml").read_text("utf-8")),
    ids=lambda entry: entry["title"],
)
def test_an_invented_paper_is_taken_by_its_topics_alone(entry: dict[str, object]) -> None:
    invented = paper(str(entry["title"]), str(entry["abstract"]))
    topics = [
        name for name, each in shipped().topics.items() if decide(each, invented, NOW).included
    ]
    assert topics == entry["topics"]


@needs_corpus
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.topic)
def test_of_the_seed_listings_a_topic_takes_exactly_the_papers_its_case_names(case: Case) -> None:
    assert taken(shipped().topics[case.topic], seed()) == (case.catch | case.stray) & seed().keys()


@needs_corpus
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.topic)
def test_a_topic_catches_its_papers_and_leaves_the_others(case: Case) -> None:
    papers = {**daily(), **seed()}
    named = case.catch | case.stray | case.leave | case.missed
    assert named <= papers.keys()
    chosen = taken(shipped().topics[case.topic], {title: papers[title] for title in named})
    assert chosen == case.catch | case.stray
