"""Looking up which records a topic may take gives what judging every record gives."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.explain.near import near_miss
from feedproxy.index.concordance import Concordance
from feedproxy.library import Library
from feedproxy.models import Record
from feedproxy.rules import decide
from feedproxy.rules.conditions import HasTest, RuleSet
from feedproxy.rules.decisions import in_order
from feedproxy.rules.subjects import Subject
from feedproxy.terms import parse_term
from feedproxy.text import split
from tests.clocks import NOON
from tests.compact import topic
from tests.running import eventually
from tests.strategies import TERMS, moments, records, texts, topics
from tests.test_library import EVERYTHING, record, shown

several = st.lists(st.tuples(st.integers(0, 2), records), max_size=4).map(
    lambda drawn: [replace(each, id=f"{each.id}-{number}") for number, each in drawn]
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("update"), several),
        st.tuples(st.just("replace"), several),
        st.tuples(st.just("remove"), st.tuples(st.sets(st.integers(0, 5)), several)),
        st.tuples(st.just("edit"), topics),
    ),
    max_size=6,
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(topics, min_size=2, max_size=2), st.lists(st.tuples(steps, moments), max_size=4))
def test_what_is_chosen_is_what_judging_every_record_would_choose(
    rule_sets: list[RuleSet], story: list[tuple[list[tuple[str, Any]], datetime]]
) -> None:
    library = Library()
    now_in_force = {name: replace(each, topic=name) for name, each in zip("ab", rule_sets)}  # noqa: B905  two of two
    for events, now in story:
        for what, value in events:
            if what == "edit":
                now_in_force["a"] = replace(value, topic="a")
            elif what == "update":
                library.update(value, now)
            elif what == "remove":
                places, news = value
                ids = [each.record.id for each in library.subjects()]
                kept = {id_ for place, id_ in enumerate(ids) if place not in places}
                library.update(news, now, kept)
                assert {each.record.id for each in library.subjects()} == {
                    *kept,
                    *(each.id for each in news),
                }
            else:
                library.replace(value)
        for rule_set in now_in_force.values():
            taken = (each for each in library.decisions(rule_set, now) if each.included)
            assert library.chosen(rule_set, now).decisions == tuple(in_order(taken, rule_set.sort))


@settings(deadline=None, derandomize=True, max_examples=100)
@given(topics, several, several, moments)
def test_candidates_are_a_superset_of_what_is_included_or_near(
    rule_set: RuleSet, first: list[Record], later: list[Record], now: datetime
) -> None:
    concordance = Concordance()
    latest: dict[str, Subject] = {}
    for papers in (first, later, first):
        concordance.drop([latest.popitem()[0]] if latest else ())
        added = {each.id: Subject(each) for each in papers}
        latest |= added
        concordance.add(added.values())
        decisions = [decide(rule_set, each, now) for each in latest.values()]
        wanted = {each.record.id for each in decisions if each.included or near_miss(each)}
        found = concordance.candidates(rule_set)
        assert found is None or (wanted <= set(found) and len(found) == len(set(found)))


terms = st.sampled_from(
    (
        *TERMS,
        "neural: network",
        "art",
        "fine tuning survey",
        "state-of-the",
        "neural net*",
        "the-a*",
        "finetun*",
        "SNN survey",
    )
)


@settings(deadline=None, derandomize=True, max_examples=500)
@given(terms, texts)
def test_a_term_is_in_a_text_where_it_is_found(term: str, text: str) -> None:
    parsed, words = parse_term(term), split(text)
    assert parsed.is_in(words) == bool(parsed.find(words))


def test_an_open_word_is_not_in_the_inside_of_a_compound() -> None:
    assert not parse_term("ofth*").is_in(split("state-of-the-art"))


def test_only_records_with_the_words_are_tried() -> None:
    concordance = Concordance()
    titles = ("Spiking networks", "Robots that walk", "Deep spiking robots")
    papers = [replace(record(number, 1), title=title) for number, title in enumerate(titles)]
    concordance.add(map(Subject, papers))

    def tried(*terms: str) -> list[str] | None:
        found = concordance.candidates(rule_set_of(*terms))
        return None if found is None else [each[-1] for each in found]

    assert tried("spiking") == ["0", "2"]
    assert tried("spiking robot") == ["2"]
    assert tried("walk", "network") == ["0", "1"]
    assert tried("robo*") == ["1", "2"]
    assert tried("swimming") == []
    assert tried("/spik/") is None


def rule_set_of(*terms: str) -> RuleSet:
    return topic({"include": list(terms), "from": ["s"]})


def test_an_edit_leaves_nothing_of_what_was_chosen_before() -> None:
    library = Library()
    library.replace([record(1, 12)])
    assert len(shown(library, EVERYTHING)) == 1
    edited = replace(EVERYTHING, include=rule_set_of("swimming").include)
    assert shown(library, edited) == []


class Slow(Record):
    """Judging whether it has code takes until somebody opens the gate."""

    gate = threading.Event()

    def __getattribute__(self, name: str) -> Any:
        if name == "code":
            assert Slow.gate.wait(10)
        return super().__getattribute__(name)


def test_the_last_good_feed_is_served_while_a_large_archive_is_judged() -> None:
    library, paper = Library(many=0), record(1, 12)
    library.replace([Slow(**{name: getattr(paper, name) for name in paper.__slots__})])
    assert shown(library, EVERYTHING) == [paper.id]
    with_code = replace(EVERYTHING, where=(HasTest("code", "code"),))
    assert shown(library, with_code) == [paper.id]
    library.update([record(2, 12)], NOON)
    assert shown(library, with_code) == [paper.id]
    Slow.gate.set()
    eventually("the edit is in force", lambda: shown(library, with_code) == [])


def test_who_can_wait_has_what_is_true_in_a_large_archive_too() -> None:
    library = Library(many=0)
    for count in (1, 2, 3):
        library.replace([record(number, 12) for number in range(count)])
        chosen = library.chosen(EVERYTHING, NOON, wait=True)
        assert len(chosen.subjects) == count


def test_a_topic_of_other_sources_has_no_last_good_feed() -> None:
    library = Library(many=0)
    library.replace([record(1, 12)])
    assert len(shown(library, EVERYTHING)) == 1
    assert shown(library, replace(EVERYTHING, sources=("another",))) == []
