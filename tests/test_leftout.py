"""What a topic leaves out: kept up to date by judging little, the same as judging everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.library import LEFT_OUT, Library
from feedproxy.rules.conditions import AgeTest, AnyOf, NumberTest, RuleSet, TermTest
from feedproxy.terms import parse_term
from tests.clocks import NOON
from tests.test_library import record

RULES = RuleSet(
    topic="t",
    title="",
    sources=("s",),
    include=(AnyOf((TermTest("title", parse_term("paper"), "paper"),)),),
    where=(
        NumberTest("upvotes", 10, None, "10"),
        AgeTest(timedelta(hours=2), timedelta(days=3), "age"),
    ),
)

UPDATES = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20)), max_size=4),
        st.timedeltas(timedelta(hours=-3), timedelta(hours=40)),
        st.sets(st.integers(0, 9), max_size=2),
    ),
    max_size=8,
)


@settings(deadline=None, derandomize=True, max_examples=80)
@given(UPDATES)
def test_what_changed_or_is_due_is_all_that_needs_judging(
    updates: list[tuple[list[tuple[int, int]], timedelta, set[int]]],
) -> None:
    kept, now = Library(), NOON + timedelta(hours=1)
    for update, passed, gone in updates:
        now += passed
        still = {record(number, 0).id for number in range(10) if number not in gone}
        kept.update([record(number, votes, 1) for number, votes in update], now, still)
        fresh = Library()
        fresh.replace(subject.record for subject in kept.subjects())
        assert kept.left_out(RULES, now) == fresh.left_out(RULES, now)


def test_near_misses_are_those_that_lack_a_number_alone() -> None:
    library = Library()
    library.replace([record(1, 12), record(2, 3), record(3, 9)])
    left_out = library.left_out(RULES, NOON + timedelta(days=1))
    assert [name[-1] for name in left_out.ids] == ["3", "2"]
    assert left_out.near == left_out.ids
    later = library.left_out(RULES, NOON + timedelta(days=4))
    assert [name[-1] for name in later.ids] == ["1", "3", "2"]
    assert later.near == ()


def test_what_is_gone_from_the_archive_is_gone_here() -> None:
    library, now = Library(), NOON + timedelta(days=1)
    library.replace([record(1, 3), record(2, 3)])
    assert len(library.left_out(RULES, now).ids) == 2
    library.replace([record(2, 3)])
    assert [name[-1] for name in library.left_out(RULES, now).ids] == ["2"]


def test_an_edited_rule_set_is_judged_anew() -> None:
    library, now = Library(), NOON + timedelta(days=1)
    library.replace([record(1, 3)])
    assert len(library.left_out(RULES, now).ids) == 1
    assert library.left_out(replace(RULES, where=()), now).ids == ()


def test_only_the_topics_looked_at_last_are_remembered() -> None:
    library, now = Library(), NOON + timedelta(days=1)
    library.replace([record(1, 3)])
    topics = [replace(RULES, topic=f"t{number}") for number in range(LEFT_OUT + 1)]
    first = library.left_out(topics[0], now)
    assert library.left_out(topics[0], now) is first
    for topic in topics[1:]:
        library.left_out(topic, now)
    assert library.left_out(topics[0], now) is not first
