"""When something held: sets of moments that are combined like conditions.

A Timeline is a union of half-open intervals [start, end), the last of which may have no
end. All of them lie within [origin, infinity), where origin is the moment at which a record
was listed; `always(origin)` is the whole of it. Records are not known here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Timeline:
    """It holds from the first of `edges` up to the second, from the third on, and so on.

    The edges are in strictly ascending order.
    """

    edges: tuple[datetime, ...] = ()

    def holds(self, at: datetime) -> bool:
        if len(self.edges) == 1:
            return at >= self.edges[0]
        return bisect_right(self.edges, at) % 2 == 1

    @property
    def since(self) -> datetime | None:
        """When it first held."""
        return self.edges[0] if self.edges else None

    def next_edge(self, after: datetime) -> datetime | None:
        """The next moment after `after` at which it begins or ends to hold."""
        if not self.edges or self.edges[-1] <= after:  # as a rule
            return None
        place = bisect_right(self.edges, after)
        return self.edges[place]

    def complement(self, origin: datetime) -> Timeline:
        """The rest of [origin, infinity); no edge may lie before `origin`."""
        if self.edges and self.edges[0] == origin:
            return Timeline(self.edges[1:])
        return Timeline((origin, *self.edges))


NEVER = Timeline()


def always(origin: datetime) -> Timeline:
    return Timeline((origin,))


def interval(start: datetime, end: datetime | None) -> Timeline:
    """[start, end), empty if `end` is not after `start`; an `end` of None means for ever."""
    if end is None:
        return always(start)
    return Timeline((start, end)) if start < end else NEVER


def union(timelines: Iterable[Timeline]) -> Timeline:
    """While any of them holds."""
    objects = {id(timeline): timeline for timeline in timelines if timeline.edges}
    if len(objects) < 2:  # as a rule, and hashing moments takes long
        return next(iter(objects.values()), NEVER)
    distinct = set(objects.values())
    return next(iter(distinct)) if len(distinct) < 2 else _overlap(distinct, 1)


def intersection(first: Timeline, *others: Timeline) -> Timeline:
    """While all of them hold."""
    timelines = {id(timeline): timeline for timeline in (first, *others)}
    if len(timelines) == 1:  # as a rule
        return first
    if not all(timeline.edges for timeline in timelines.values()):
        return NEVER
    if all(len(timeline.edges) == 1 for timeline in timelines.values()):
        return max(timelines.values(), key=lambda timeline: timeline.edges)
    return _overlap(timelines.values(), len(timelines))


def while_(steps: Sequence[tuple[datetime, V]], test: Callable[[V], bool]) -> Timeline:
    """While the value passes `test`; `steps` are (from when on, value), in order of time.

    Of several values at one moment the last counts.
    """
    edges: list[datetime] = []
    for at, value in dict(steps).items():
        if test(value) != (len(edges) % 2 == 1):
            edges.append(at)
    return Timeline(tuple(edges))


def _overlap(timelines: Iterable[Timeline], needed: int) -> Timeline:
    """While at least `needed` of them hold."""
    changes = sorted(
        (edge, -1 if place % 2 else 1)
        for timeline in timelines
        for place, edge in enumerate(timeline.edges)
    )
    holding = 0
    steps = [(edge, holding := holding + change) for edge, change in changes]
    return while_(steps, lambda count: count >= needed)
