"""What is new, by topic, and when a digest of it is due. Pure: no wording, no clock.

An entry is new if the topic's feed holds it at the end of a span and did not at its beginning, by
what was known at each of these moments. So spans that meet tell every entry once, even one that
its site listed late. Each digest also notes what the feed held, as earlier texts, rules and sources
are not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from feedproxy.explain.near import near_miss
from feedproxy.models import Record
from feedproxy.rules import Decision, decide
from feedproxy.rules.conditions import RuleSet
from feedproxy.rules.history import listed
from feedproxy.rules.subjects import Subject
from feedproxy.states import CLOCK_JUMP

JOB = "the digest mail"
"""Its name among the names of sources, which have no spaces."""
PERIODS = {"daily": timedelta(days=1), "weekly": timedelta(weeks=1)}
DUE_AT = time(6)
"""UTC, weekly on Mondays: a day's listing grows until the day is over everywhere."""
LATE = timedelta(days=7)
"""What came to be known so long after it qualified is no news: somebody filled the archive."""
UNSETTLED = CLOCK_JUMP
"""So long before its span ends a mail may miss what others were writing: the next one tells it."""
SOONEST, SELDOM = timedelta(minutes=1), timedelta(hours=1)
"""The limits of the pause between two tries: as long as the mail is overdue, so it doubles."""

NEW_AT_MOST, NEAR_AT_MOST, AT_MOST = 50, 10, 300
"""New entries and near misses of one topic, and each in a whole mail: servers take some 10 MB."""


class Marks(NamedTuple):
    """What is known of one kind of digest to the same recipients."""

    told: datetime | None = None
    """The mails that went out have told everything up to then."""
    begun: datetime | None = None
    """When the mail that was last begun was due; None: it failed and may be begun again."""
    failed: datetime | None = None
    """When a mail last failed."""
    first: datetime | None = None
    """From when on the very first mail was to tell, for those after it: it may not have arrived."""


@dataclass(frozen=True, slots=True)
class Span:
    """After `after` and not after `until`."""

    after: datetime
    until: datetime
    late: timedelta = timedelta(0)
    """How long before `after` an entry may have qualified, if it was not known then."""
    held: frozenset[str] | None = None
    """What the last digests noted, as in `Section.held`; None: none did so at `after`."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One kind of digest, to the same recipients, whose mail may be begun."""

    name: str
    due: datetime
    judged: Marks
    """The marks by which it may be begun, for as long as nobody has moved them."""
    span: Span


@dataclass(frozen=True, slots=True)
class Section:
    """What one topic has to tell: entries in its feed's order, near misses newest first."""

    rule_set: RuleSet
    span: Span
    new: tuple[Decision, ...]
    near: tuple[Decision, ...]
    more_new: int = 0
    """How many there are beyond those told."""
    more_near: int = 0
    held: frozenset[str] = frozenset()
    """The ids, also those of papers that joined them, of what the feed held at the end of the span,
    as far as a later digest may need it."""

    @property
    def count(self) -> int:
        return len(self.new) + self.more_new


@dataclass(frozen=True, slots=True)
class Digest:
    sections: tuple[Section, ...]

    @property
    def count(self) -> int:
        """How many entries are new."""
        return sum(section.count for section in self.sections)

    def noted(self) -> dict[str, datetime]:
        """Up to when this tells of each topic, and of each `topic id` that its feed held then."""
        noted: dict[str, datetime] = {}
        for each in self.sections:
            topic, until = each.rule_set.topic, each.span.until
            noted |= {topic: until} | {f"{topic} {id_}": until for id_ in each.held}
        return noted


def held_of(noted: Iterable[str]) -> dict[str, set[str]]:
    """The ids among `noted`, as in `Digest.noted`, by the topic that held them."""
    found: dict[str, set[str]] = {}
    for each in noted:
        topic, _, id_ = each.partition(" ")
        if id_:
            found.setdefault(topic, set()).add(id_)
    return found


def last_due(often: str, now: datetime) -> datetime:
    """When the digest was last due; `often` is one of `PERIODS`."""
    day = (now - timedelta(hours=DUE_AT.hour)).date()
    if often == "weekly":
        day -= timedelta(days=day.weekday())
    return datetime.combine(day, DUE_AT, UTC)


def may_begin(marks: Marks, due: datetime, now: datetime) -> bool:
    """Whether the mail that was due at `due` was not begun yet, or failed long enough ago."""
    if marks.begun and due <= marks.begun <= now + CLOCK_JUMP:
        return False
    if marks.failed is None or not due <= marks.failed <= now:
        return True
    return now >= marks.failed + min(max(marks.failed - due, SOONEST), SELDOM)


def span(
    often: str, told: datetime | None, now: datetime, held: frozenset[str] | None = None
) -> Span:
    """From the end of the last mail, which noted `held`; a whole day or week for the first one, or
    if the clock was ahead when the last one was sent.
    """
    if told is None or told > now + CLOCK_JUMP:
        return replace(last(often, now), held=held)
    return Span(told, max(told, now), LATE, held)


def span_of(often: str, marks: Marks, now: datetime) -> Span:
    """What the mail covers: until one went out, from where the first one was to begin."""
    found = span(often, marks.told, now)
    if marks.told is None and marks.first is not None:
        return replace(found, after=min(marks.first, found.after))
    return found


def last(often: str, now: datetime) -> Span:
    """The last day or week."""
    return Span(now - PERIODS[often], now)


def section(
    rule_set: RuleSet, feed: Iterable[Decision], subjects: Iterable[Subject], span: Span
) -> Section:
    """`feed` is what the topic chooses now, `subjects` are all records."""
    begin, next_begin = span.after - span.late, span.until - LATE
    recent = _since(min(begin, next_begin), feed)
    there = [decision for decision in recent if _held(decision, span.until)]
    new = tuple(each for each in _since(begin, there) if not _was_held(each, span))
    held = frozenset(id_ for each in _since(next_begin, there) for id_ in _ids(each.record))
    return Section(rule_set, span, new, tuple(_near(rule_set, subjects, span)), held=held)


def bounded(sections: Iterable[Section]) -> Digest:
    """As much as one mail can hold; the rest is only counted."""
    kept, new, near = [], AT_MOST, AT_MOST
    for each in sections:
        told, missed = each.new[: min(new, NEW_AT_MOST)], each.near[: min(near, NEAR_AT_MOST)]
        new, near = new - len(told), near - len(missed)
        more, more_near = len(each.new) - len(told), len(each.near) - len(missed)
        kept.append(replace(each, new=told, near=missed, more_new=more, more_near=more_near))
    return Digest(tuple(kept))


def _since(moment: datetime, feed: Iterable[Decision]) -> list[Decision]:
    """The decisions on what qualified after `moment`."""
    return [each for each in feed if each.since is not None and each.since > moment]


def _was_held(decision: Decision, span: Span) -> bool:
    """Whether the feed held it when the span began or, by what digests noted, ever before.

    By the rules of now it may have, and by those of then not: an edit makes no news. But what
    matches only since it was rewritten is news.
    """
    if span.held is None:
        return _held(decision, span.after)
    if not span.held.isdisjoint(_ids(decision.record)):
        return True
    settled, rewritten = span.after - UNSETTLED, decision.record.updated
    return (rewritten is None or rewritten <= settled) and _held(decision, settled)


def _ids(record: Record) -> tuple[str, ...]:
    """The ids under which digests may have noted it: it may have joined with others since."""
    return record.id, *record.aliases


def _held(decision: Decision, at: datetime) -> bool:
    """Whether the feed held it at `at`, by what was known then."""
    known = _as_known(decision.record, at)
    return known is not None and decide(decision.rule_set, known, at).included


def _as_known(record: Record, at: datetime) -> Record | None:
    """The record as of `at`: with the appearances and numbers of then, but the texts of now."""
    appearances = tuple(each for each in record.appearances if each.first_seen <= at)
    readings = tuple(each for each in record.readings if each.seen <= at)
    if not appearances:
        return None
    return replace(record, appearances=appearances, readings=readings, numbers={})


def _near(rule_set: RuleSet, subjects: Iterable[Subject], span: Span) -> Iterator[Decision]:
    recent = [each for each in subjects if _came(each.record, rule_set, span)]
    recent.sort(key=lambda each: (each.record.published, each.record.id), reverse=True)
    decisions = (decide(rule_set, each, span.until) for each in recent)
    return filter(near_miss, decisions)


def _came(record: Record, rule_set: RuleSet, span: Span) -> bool:
    """Whether the topic's sources first showed it within the span, and listed it not too late."""
    seen = [each.first_seen for each in record.appearances if each.source in rule_set.sources]
    if not seen or not span.after < min(seen) <= span.until:
        return False
    day = listed(record, rule_set.sources)
    return day is not None and day > span.after - span.late
