"""The algebra of Timelines, against the plain sets of moments that they stand for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.rules.timeline import NEVER, Timeline, always, intersection, interval, union, while_

DAYS = [datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=day) for day in range(12)]
ORIGIN = DAYS[0]

timelines = st.builds(
    lambda days: Timeline(tuple(sorted(days))), st.sets(st.sampled_from(DAYS), max_size=6)
)


def moments(timeline: Timeline) -> set[datetime]:
    """Every half day at which it holds, one well after the last edge among them."""
    halves = [day + timedelta(hours=hour) for day in DAYS for hour in (0, 12)]
    return {at for at in halves if timeline.holds(at)}


EVERY = moments(always(ORIGIN))


@given(st.lists(timelines, max_size=4))
@settings(deadline=None, derandomize=True)
def test_union_holds_while_any_does(parts: list[Timeline]) -> None:
    assert moments(union(parts)) == set().union(*map(moments, parts))


@given(st.lists(timelines, max_size=4))
@settings(deadline=None, derandomize=True)
def test_intersection_holds_while_all_do(parts: list[Timeline]) -> None:
    assert moments(intersection(always(ORIGIN), *parts)) == EVERY.intersection(*map(moments, parts))


@given(timelines)
@settings(deadline=None, derandomize=True)
def test_complement_holds_while_it_does_not(timeline: Timeline) -> None:
    rest = timeline.complement(ORIGIN)
    assert moments(rest) == EVERY - moments(timeline)
    assert rest.complement(ORIGIN) == timeline


@given(timelines, timelines)
@settings(deadline=None, derandomize=True)
def test_de_morgan(one: Timeline, other: Timeline) -> None:
    neither = union([one, other]).complement(ORIGIN)
    assert neither == intersection(one.complement(ORIGIN), other.complement(ORIGIN))


@given(timelines, timelines)
@settings(deadline=None, derandomize=True)
def test_order_and_repetition_change_nothing(one: Timeline, other: Timeline) -> None:
    assert union([one, other, one]) == union([other, one])
    assert intersection(one, other, one) == intersection(other, one)
    assert union([one, one]) == intersection(one, one) == one


@given(st.lists(timelines, min_size=1, max_size=4))
@settings(deadline=None, derandomize=True)
def test_edges_rise_strictly(parts: list[Timeline]) -> None:
    for timeline in (union(parts), intersection(*parts)):
        assert list(timeline.edges) == sorted(set(timeline.edges))


def test_an_interval_begins_with_its_start_and_ends_before_its_end() -> None:
    week = interval(DAYS[1], DAYS[8])
    assert [week.holds(DAYS[day]) for day in (0, 1, 7, 8)] == [False, True, True, False]
    assert week.since == DAYS[1]
    assert interval(DAYS[3], DAYS[3]) == interval(DAYS[3], DAYS[2]) == NEVER
    assert interval(DAYS[3], None).holds(DAYS[11])


def test_the_next_edge_is_after_the_moment() -> None:
    week = interval(DAYS[1], DAYS[8])
    assert week.next_edge(ORIGIN) == DAYS[1]
    assert week.next_edge(DAYS[1]) == DAYS[8]
    assert week.next_edge(DAYS[8]) is None


def test_of_several_values_at_one_moment_the_last_counts() -> None:
    steps = [(DAYS[1], 3), (DAYS[2], 9), (DAYS[2], 4), (DAYS[5], 10)]
    assert while_(steps, lambda value: value < 5) == interval(DAYS[1], DAYS[5])
