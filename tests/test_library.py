"""Judging only what changed gives what judging everything gives, and never half of it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from weakref import ref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.library import Library
from feedproxy.models import Appearance, Reading, Record
from feedproxy.rules.conditions import NumberTest, RuleSet
from tests.clocks import NOON
from tests.compact import topic

POPULAR = RuleSet(
    topic="popular", title="", sources=("s",), where=(NumberTest("upvotes", 10, None, "10"),)
)
EVERYTHING = RuleSet(topic="all", title="", sources=("s",))


def record(number: int, votes: int, hour: int = 0) -> Record:
    link, seen = f"https://arxiv.org/abs/2611.{number:05}", NOON + timedelta(hours=hour)
    return Record(
        id=link,
        link=link,
        title=f"Paper {number}",
        published=NOON,
        numbers={"upvotes": votes},
        readings=(Reading("s", "upvotes", votes, seen),),
        appearances=(Appearance("s", NOON, NOON),),
    )


def shown(library: Library, rule_set: RuleSet) -> list[str]:
    decisions = library.chosen(rule_set, NOON + timedelta(days=1)).decisions
    return [decision.record.id for decision in decisions]


def test_a_topic_that_is_gone_is_judged_no_more() -> None:
    library = Library()
    library.update([record(1, 20)], NOON)
    popular, everything = (library.chosen(each, NOON) for each in (POPULAR, EVERYTHING))
    library.keep_only(["all"])
    assert library.chosen(EVERYTHING, NOON) is everything
    assert library.chosen(POPULAR, NOON) is not popular


UPDATES = st.lists(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20)), max_size=4), max_size=8
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(UPDATES)
def test_what_changed_is_all_that_needs_judging(updates: list[list[tuple[int, int]]]) -> None:
    kept = Library()
    latest: dict[str, Record] = {}
    for hour, update in enumerate(updates):
        records = [record(number, votes, hour) for number, votes in update]
        kept.update(records, NOON)
        latest |= {each.id: each for each in records}
        fresh = Library()
        fresh.replace(latest.values())
        for rule_set in (POPULAR, EVERYTHING):
            assert shown(kept, rule_set) == shown(fresh, rule_set)


def test_the_same_object_until_something_changes() -> None:
    library, now = Library(), NOON + timedelta(days=1)
    library.replace([record(1, 12), record(2, 3)])
    first = library.chosen(POPULAR, now)
    library.update([record(2, 4)], now)
    assert library.chosen(POPULAR, now) is first
    library.update([record(2, 10)], now)
    assert library.chosen(POPULAR, now) is not first


def test_what_no_longer_says_what_it_was_chosen_for_is_gone() -> None:
    library = Library()
    library.replace([record(1, 12)])
    swimming = topic({"include": ["swimming"], "from": ["s"]})
    assert shown(library, swimming) == []
    about_swimming = replace(record(1, 12), title="Robots go swimming")
    library.update([about_swimming], NOON)
    assert shown(library, swimming) == [about_swimming.id]
    library.update([record(1, 12)], NOON)
    assert shown(library, swimming) == []


def test_nobody_ever_sees_a_library_that_is_half_filled() -> None:
    library, seen = Library(), []
    papers = [record(number, 12) for number in range(5)]
    library.replace(papers)

    def while_somebody_looks() -> Iterator[Record]:
        for paper in papers:
            seen.append((len(library), len(shown(library, EVERYTHING))))
            yield paper

    library.replace(while_somebody_looks())
    library.update(while_somebody_looks(), NOON)
    assert seen == [(5, 5)] * 10


def test_what_changes_in_a_large_archive_is_in_the_feed_at_once() -> None:
    """Only an edit is waited for; and whoever judged lets the next one judge."""
    library = Library(many=1)
    library.replace([record(1, 12), record(2, 12)])
    assert len(shown(library, EVERYTHING)) == 2
    for number in (3, 4):
        library.update([record(number, 12)], NOON)
        assert len(shown(library, EVERYTHING)) == number


@pytest.mark.parametrize("late", [timedelta(), timedelta(days=1)])
def test_a_record_is_not_chosen_by_a_verdict_that_has_run_out(late: timedelta) -> None:
    library = Library()
    young = topic({"from": ["s"], "where": {"age": {"max": "2d"}}})
    assert library.chosen(young, NOON).decisions == ()
    library.update([record(1, 12)], NOON)
    too_old = NOON + timedelta(days=2) + timedelta.resolution + late
    assert library.chosen(young, too_old).decisions == ()


def test_a_record_is_not_chosen_by_a_verdict_of_a_later_moment() -> None:
    """Another thread may have learnt about it while this one was on its way."""
    library = Library()
    old = topic({"from": ["s"], "where": {"age": {"min": "2d"}}})
    old_enough = NOON + timedelta(days=2)
    assert library.chosen(old, NOON).decisions == ()
    library.update([record(1, 12)], old_enough)
    assert library.chosen(old, old_enough - timedelta.resolution).decisions == ()
    assert len(library.chosen(old, old_enough).decisions) == 1


def test_what_only_grew_older_is_judged_again() -> None:
    library = Library()
    young = topic({"from": ["s"], "where": {"age": {"max": "2d"}}})
    library.replace([record(1, 12)])
    assert len(library.chosen(young, NOON).decisions) == 1
    assert library.chosen(young, NOON + timedelta(days=3)).decisions == ()


def test_each_decision_knows_the_moment_that_it_is_of() -> None:
    """However the library keeps them: one moment for all, or one for each."""
    library, later = Library(), NOON + timedelta(hours=1)
    library.replace([record(1, 12), record(2, 12)])
    assert [each.at for each in library.chosen(POPULAR, NOON).decisions] == [NOON] * 2
    library.update([record(3, 12)], later)
    chosen = library.chosen(POPULAR, later)
    assert {each.record.title: each.at for each in chosen.decisions} == {
        "Paper 1": NOON,
        "Paper 2": NOON,
        "Paper 3": later,
    }


def test_what_is_in_the_archive_no_more_is_in_no_feed() -> None:
    library = Library()
    library.replace([record(1, 12), record(2, 12)])
    assert len(shown(library, EVERYTHING)) == 2
    library.replace([record(2, 12)])
    assert shown(library, EVERYTHING) == [record(2, 12).id]


def test_what_was_judged_by_a_clock_that_is_set_back_is_judged_again() -> None:
    library = Library()
    old = topic({"from": ["s"], "where": {"age": {"min": "2d"}}})
    library.replace([record(1, 12)])
    assert len(library.chosen(old, NOON + timedelta(days=3)).decisions) == 1
    assert library.chosen(old, NOON + timedelta(days=1)).decisions == ()


LATER = NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    "learnt",
    [
        {"published": LATER},
        {"readings": (Reading("s", "upvotes", 12, LATER),)},
        {"appearances": (Appearance("s", NOON, LATER),)},
    ],
    ids=["published", "reading", "appearance"],
)
def test_what_was_learnt_before_the_clock_was_set_back_is_judged_as_of_then(
    learnt: dict[str, Any],
) -> None:
    library = Library()
    library.replace([replace(record(1, 12), **learnt)])
    library.update([record(2, 12)], NOON)
    decisions = library.chosen(EVERYTHING, NOON).decisions
    assert {each.record.title: each.at for each in decisions} == {"Paper 1": LATER, "Paper 2": NOON}


def test_what_changes_before_anybody_looks_is_there() -> None:
    library = Library()
    library.replace([record(1, 12)])
    assert len(shown(library, POPULAR)) == 1
    library.replace([record(1, 12)])
    library.update([record(2, 12)], NOON)
    assert len(shown(library, POPULAR)) == 2


def test_what_grows_old_is_judged_again_whatever_else_came_since() -> None:
    library = Library()
    young = topic({"from": ["s"], "where": {"age": {"max": "2d"}}})
    library.replace([record(1, 12)])
    assert len(library.chosen(young, NOON).decisions) == 1
    library.update([record(2, 12)], NOON)
    assert len(library.chosen(young, NOON).decisions) == 2
    assert library.chosen(young, NOON + timedelta(days=3)).decisions == ()


def test_an_edit_that_chooses_the_same_is_chosen_by_the_new_rules() -> None:
    library, edited = Library(), replace(POPULAR, title="Edited")
    library.replace([record(1, 12)])
    assert library.chosen(POPULAR, NOON).rule_set is POPULAR
    assert library.chosen(edited, NOON).rule_set is edited


def test_of_those_asked_for_only_what_is_still_here_is_told() -> None:
    library = Library()
    library.replace([record(1, 12), record(2, 12)])
    asked = [record(number, 12).id for number in (3, 2)]
    assert [each.record.id for each in library.having(asked)] == [record(2, 12).id]


def test_equal_verdicts_are_in_memory_once_and_no_longer_than_they_are_used() -> None:
    library = Library()
    own = NOON.replace(microsecond=271_828)
    listed = (Appearance("s", own, own),)
    library.replace([replace(record(number, 20), appearances=listed) for number in (1, 2)])
    one, other = library.chosen(POPULAR, NOON + timedelta(hours=1)).verdicts
    assert one is other
    assert one.listed == own, "a verdict that another test may still hold would not be forgotten"
    kept = ref(one)
    del one, other, library
    gc.collect()
    assert kept() is None
