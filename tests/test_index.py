"""The index leaves out no topic that takes a record; `tests.oracle` tries it on a large scale."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.explain.near import near_miss
from feedproxy.index import Index
from feedproxy.index.concordance import NARROW, Concordance, Postings
from feedproxy.models import Record
from feedproxy.rules import decide
from feedproxy.rules.conditions import RuleSet
from feedproxy.rules.subjects import Subject
from tests.clocks import NOON
from tests.compact import record, topic
from tests.strategies import moments, plain_topics, records, topics


@given(st.lists(topics, max_size=3), records, moments)
@settings(deadline=None, derandomize=True, max_examples=80)
def test_candidates_are_a_superset_of_what_is_included_or_near(
    rule_sets: list[RuleSet], paper: Record, now: Any
) -> None:
    named = [replace(each, topic=f"t{place}") for place, each in enumerate(rule_sets)]
    prepared = Subject(paper)
    candidates = Index(named).candidates(prepared)
    decisions = [decide(each, prepared, now) for each in named]
    assert {each.topic for each in decisions if each.included or near_miss(each)} <= candidates


@given(st.lists(topics | plain_topics, max_size=4), records, moments, moments)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_a_record_is_judged_as_each_topic_would_judge_it(
    rule_sets: list[RuleSet], paper: Record, now: datetime, later: datetime
) -> None:
    named = [replace(each, topic=f"t{place}") for place, each in enumerate(rule_sets)]
    prepared = Subject(paper)
    told = Index(named).judge(prepared, partial(decide, now=now))
    for each in named:
        decision = decide(each, prepared, now)
        if each.topic not in told:
            assert not decision.included
            assert not decide(each, prepared, later).included
        elif known := told[each.topic]:
            assert known == (decision.verdict, now)


def test_a_topic_of_words_and_a_number_is_judged_with_the_others() -> None:
    rules = topic({"include": ["agent"], "exclude": ["robot"], "where": {"upvotes": {"min": "3"}}})
    nested = replace(topic({"include": [{"all": ["agent", "deep"]}]}), topic="nested")
    barred = replace(topic({"include": ["agent"], "exclude": ["sketch"]}), topic="barred")
    paper = Subject(record(PAPER))
    told = Index([rules, nested, barred]).judge(paper, partial(decide, now=NOON))
    assert told == {"t": (decide(rules, paper, NOON).verdict, NOON), "nested": None}


PAPER = {
    "title": "Spiking agents: a sketch",
    "summary": "A deep network.",
    "authors": ("Bram Tors",),
}


@pytest.mark.parametrize(
    "rules",
    [
        {"include": ["agent"]},
        {"include": ["robot", "deep networks"]},
        {"include": [{"author": "tors"}]},
        {"include": ["agents: a sketch"]},
        {"include": ["spiking-agents: a sketch"]},
        {"include": ["spiking agents: a sk*"]},
        {"include": ["deep netw*"]},
        {"include": ["spik*"]},
        {"include": ["/^A deep/"]},
        {"include": [{"all": ["spiking", "network"]}]},
        {"include": [{"text": "spiking", "upvotes": {"min": "3"}}]},
        {"include": [{"none": ["robot"]}]},
        {"include": [{"upvotes": {"min": "3"}}]},
        {"include": ["robot", {"has": "code"}]},
        {"where": {"age": {"max": "3d"}}},
        {},
    ],
    ids=str,
)
def test_a_topic_that_may_take_it_is_a_candidate(rules: dict[str, Any]) -> None:
    assert Index([topic(rules)]).candidates(Subject(record(PAPER))) == {"t"}


@pytest.mark.parametrize(
    "rules",
    [
        {"include": ["robot"]},
        {"include": ["network deep"]},
        {"include": ["spiking agents: a deep sketch"]},
        {"include": ["deep-network spiking agents"]},
        {"include": [{"title": "network"}]},
        {"include": [{"abstract": "tors"}]},
        {"include": ["robot*"]},
        {"include": ["/deep$/"]},
        {"include": [{"all": ["spiking", "neuromorphic"]}, "cat"]},
        {"include": [{"text": "robot", "upvotes": {"min": "3"}}]},
        {"where": {"title": "robot"}},
        {"include": ["agent"], "where": {"title": "neuromorphic"}},
        {"include": []},
    ],
    ids=str,
)
def test_a_topic_whose_words_are_missing_is_not_tried(rules: dict[str, Any]) -> None:
    assert Index([topic(rules)]).candidates(Subject(record(PAPER))) == set()


@given(st.lists(topics, min_size=1, max_size=6), records)
@settings(deadline=None, derandomize=True, max_examples=80)
def test_an_index_of_edited_topics_is_that_of_the_topics(
    edits: list[RuleSet], paper: Record
) -> None:
    named = [replace(each, topic=f"t{place % 2}") for place, each in enumerate(edits)]
    edited = Index(named)
    as_they_are = {each.topic: each for each in named}
    prepared = Subject(paper)
    assert edited.candidates(prepared) == Index(as_they_are.values()).candidates(prepared)


def test_a_topic_that_is_gone_is_no_candidate() -> None:
    index = Index([topic({"topic": name, "include": ["agent"]}) for name in ("kept", "gone")])
    index.drop("gone")
    assert index.candidates(Subject(record(PAPER))) == {"kept"}


@pytest.mark.parametrize("title", ["Re-alworld tests", "Realworld tests", "Real-worlds tests"])
@pytest.mark.parametrize("term", ["real-world test", "real-worlds", "realworld tests", "real-wor*"])
def test_a_compound_is_found_however_it_is_joined(title: str, term: str) -> None:
    rules = topic({"include": [{"title": term}]})
    paper = Subject(record({**PAPER, "title": title}))
    assert decide(rules, paper, NOON).included
    assert Index([rules]).candidates(paper) == {"t"}


@pytest.mark.parametrize("title", ["Real world tests", "Realworlds", "Real-worlds", "Re-alworld"])
def test_an_open_compound_is_found_however_it_is_joined(title: str) -> None:
    rules = topic({"include": ["real-wor*"]})
    paper = Subject(record({**PAPER, "title": title}))
    assert decide(rules, paper, NOON).included
    assert Index([rules]).candidates(paper) == {"t"}
    concordance = Concordance()
    concordance.add([paper])
    assert concordance.candidates(rules) == [paper.record.id]


CHAIN = "-".join("abcdefghijklmnop")


def test_of_a_text_of_hyphen_chains_no_term_is_missed() -> None:
    paper = Subject(record({**PAPER, "summary": f"{CHAIN} " * 10 + "of multi-modal agents"}))
    terms = ("multimodal agent", "of multimodal", "hijk", "walking robot", "agent a sketch")
    for term in terms:
        rules = topic({"include": [term]})
        included = decide(rules, paper, NOON).included
        assert Index([rules]).candidates(paper) == ({"t"} if included else set())


def test_topics_that_share_a_term_are_all_found() -> None:
    rule_sets = [topic({"topic": f"t{number}", "include": ["agent"]}) for number in range(5)]
    assert len(Index(rule_sets).candidates(Subject(record(PAPER)))) == 5


def test_postings_take_any_number_in_any_order() -> None:
    """A record that changes is read again, among later ones."""
    postings, wide = Postings(), NARROW + 1
    for number, words in [(1, "often once"), (wide, "often late"), (2, "often late"), (9, "often")]:
        postings.read(number, words.split())
    assert kept(postings) == {"often": [1, 2, 9, wide], "once": [1], "late": [2, wide]}


def test_postings_leave_nothing_of_what_is_dropped() -> None:
    postings, wide = Postings(), NARROW + 1
    for number in (3, 1, wide, 2):
        postings.read(number, ["often", f"once-{number}"])
    for number in (1, wide):
        postings.drop(number, ["often", f"once-{number}"])
    assert kept(postings) == {"often": [2, 3], "once-2": [2], "once-3": [3]}
    for number in (2, 3):
        postings.drop(number, ["often"])
    assert kept(postings) == {"once-2": [2], "once-3": [3]}


def kept(postings: Postings) -> dict[str, list[int]]:
    return {word: list(postings.numbers(word)) for word in postings.beginning([""])}


def test_a_text_that_changes_on_and_on_is_tried_for_its_words_of_now() -> None:
    """As on a page that says how long ago each of its items was posted."""
    concordance = Concordance()
    asked = {word: topic({"include": [word]}) for word in ("rain", "three", "four", "robot")}
    for title in ("Rain three", "Rain four", "Rain three", "Rain four"):
        concordance.add([Subject(record({"title": title}))])
        tried = {word for word in asked if concordance.candidates(asked[word])}
        assert tried == set(title.lower().split())
    concordance.add([Subject(record({"title": "Robots"}))])
    assert [word for word in asked if concordance.candidates(asked[word])] == ["robot"]
