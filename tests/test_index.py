"""The index leaves out no topic that takes a record; `tests.oracle` tries it on a large scale."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.conditions import RuleSet
from feedproxy.index import Index
from feedproxy.models import Record
from feedproxy.near import near_miss
from feedproxy.rules import decide, subject
from tests.compact import moment, record, topic
from tests.strategies import moments, records, topics


@given(st.lists(topics, max_size=3), records, moments)
@settings(deadline=None, derandomize=True, max_examples=80)
def test_decisions_are_what_each_topic_decides_alone(
    rule_sets: list[RuleSet], paper: Record, now: Any
) -> None:
    named = {f"t{place}": replace(each, topic=f"t{place}") for place, each in enumerate(rule_sets)}
    prepared = subject(paper)
    decisions = Index(named.values()).decisions(prepared, now)
    assert decisions == tuple(decide(named[each.topic], prepared, now) for each in decisions)


@given(st.lists(topics, max_size=3), records, moments)
@settings(deadline=None, derandomize=True, max_examples=80)
def test_candidates_are_a_superset_of_what_is_included_or_near(
    rule_sets: list[RuleSet], paper: Record, now: Any
) -> None:
    named = [replace(each, topic=f"t{place}") for place, each in enumerate(rule_sets)]
    prepared = subject(paper)
    candidates = Index(named).candidates(prepared)
    decisions = [decide(each, prepared, now) for each in named]
    assert {each.topic for each in decisions if each.included or near_miss(each)} <= candidates


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
    assert Index([topic(rules)]).candidates(subject(record(PAPER))) == {"t"}


@pytest.mark.parametrize(
    "rules",
    [
        {"include": ["robot"]},
        {"include": ["network deep"]},
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
    assert Index([topic(rules)]).candidates(subject(record(PAPER))) == set()


def test_decisions_are_those_of_the_candidates() -> None:
    rules = [
        {"include": ["agent"]},
        {"include": ["robot"]},
        {"include": ["agent"], "exclude": ["network"]},
    ]
    rule_sets = [topic({"topic": f"t{place}", **each}) for place, each in enumerate(rules)]
    paper, now = subject(record(PAPER)), moment("2026-11-20")
    decisions = Index(rule_sets).decisions(paper, now)
    assert decisions == (decide(rule_sets[0], paper, now), decide(rule_sets[2], paper, now))
    assert [decision.included for decision in decisions] == [True, False]


def test_topics_that_share_a_term_are_all_found() -> None:
    rule_sets = [topic({"topic": f"t{number}", "include": ["agent"]}) for number in range(5)]
    assert len(Index(rule_sets).candidates(subject(record(PAPER)))) == 5
