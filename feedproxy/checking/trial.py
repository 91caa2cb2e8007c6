"""An edit of the rules, tried on the records in memory: nothing is saved, and nothing fetched.

A text of 64 kB can ask for hours of work. So the work is estimated beforehand, as how often
a term is looked for in a record: a trial judges as many of the newest records as that allows,
and only a few trials run at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from threading import BoundedSemaphore
from typing import NamedTuple

from feedproxy.checking import failures
from feedproxy.clock import Clock
from feedproxy.errors import Problem, TooManyTrials
from feedproxy.explain.near import near_miss
from feedproxy.explain.wording import label
from feedproxy.index import all_needed
from feedproxy.index.finds import Finds, Holders, LookedUp, may_take
from feedproxy.models import Record
from feedproxy.rulefiles.drafts import NAME
from feedproxy.rulefiles.places import Places
from feedproxy.rules import Decision
from feedproxy.rules.conditions import RuleSet, extent, term_tests
from feedproxy.rules.decisions import in_order
from feedproxy.rules.subjects import Subject
from feedproxy.view import View

LONGEST = 64 * 1024
"""The most bytes of a text."""
TOO_LONG = f"longer than {LONGEST // 1024} kB: try one topic at a time"
AT_ONCE = 2
"""Trials that run in one process."""
LOOKS = 600_000
"""How often a trial may look for a term in a record; a regular expression counts REGEX times."""
REGEX = 10
RECORDS = 20_000
LEAST = 100
"""If a trial could judge only fewer records than this, it is refused."""
TESTS = 100
"""How many of the rules' own tests are run at most."""
SHOWN = 20
"""How many records of each part are shown with their reasons."""


@dataclass(frozen=True, slots=True)
class Part:
    """How many records there are, and how the edited topic decides on the first of them."""

    count: int
    first: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a topic would be, and how that differs from what is served."""

    rule_set: RuleSet
    is_new: bool
    """Whether nothing is served yet under this name or a former one."""
    file: str
    """The rules file that defines what is served; empty if none does."""
    included: Part
    """In the feed's order."""
    enters: Part
    leaves: Part
    """Both the newest first."""
    near: int
    judged: int
    """How many records of its sources were judged."""
    older: int
    """How many records of any source were too old to be judged."""
    unmatched: tuple[Unmatched, ...]


class Unmatched(NamedTuple):
    """A term that none of the records has, whatever their source."""

    said: str
    line: int | None
    """Where it stands in the text; None if it is in a list of another file."""


@dataclass(frozen=True, slots=True)
class Trial:
    text: str
    topics: tuple[str, ...] = ()
    """All that the text defines."""
    problems: tuple[Problem, ...] = ()
    """Why a file with this text would be refused."""
    warnings: tuple[Problem, ...] = ()
    """What may not be meant so; terms that match nothing are in `outcome`."""
    outcome: Outcome | None = None
    """None if the text cannot be read, or asks for too much."""


class Trials:
    def __init__(self, view: View, clock: Clock) -> None:
        self._view = view
        self._clock = clock
        self._slots = BoundedSemaphore(AT_ONCE)
        self._current: tuple[tuple[Subject, ...], Finds] = ((), Finds(()))

    def text(self, topic: str) -> str:
        """The topic's YAML as it is in force. Raises UnknownTopic."""
        self._view.rule_set(topic)
        return self._view.folder.excerpt(topic)

    def run(self, text: str, topic: str = "") -> Trial:
        """Tries `topic` of the text, or its first topic if it has none of that name.

        Raises TooManyTrials.
        """
        if len(text.encode(errors="replace")) > LONGEST:
            return _refused(text, TOO_LONG)
        if not self._slots.acquire(blocking=False):
            raise TooManyTrials
        try:
            return self._run(text, topic)
        finally:
            self._slots.release()

    def _run(self, text: str, topic: str) -> Trial:
        served = self._view.current_rules().topics
        draft = self._view.folder.draft(text)
        if draft.problems:
            return Trial(text, problems=draft.problems)
        if not draft.topics:
            return _refused(text, "no topic is defined here: write topics:, and under it a name")
        rule_set = draft.topics.get(topic) or next(iter(draft.topics.values()))
        if too_much := _too_much(rule_set):
            return _refused(text, too_much)
        library, places = self._view.library, draft.places()
        return Trial(
            text,
            tuple(draft.topics),
            tuple(failures({rule_set.topic: rule_set}, library.find, places)),
            draft.warnings,
            self._outcome(rule_set, rule_set.former(served), places),
        )

    def _outcome(self, rule_set: RuleSet, before: RuleSet | None, places: Places) -> Outcome:
        library, now, finds = self._view.library, self._clock.now(), self._current_finds()
        count = min(len(finds.subjects), LOOKS // _weight(rule_set))
        subjects, held = finds.subjects[:count], finds.held(term_tests(rule_set), count)
        served = library.chosen(before, now).decisions if before else ()
        if rule_set == before and count == len(library):  # its pages remember the same verdicts
            taken, near = served, len(library.left_out(rule_set, now).near)
        else:
            taken, near = self._judged(rule_set, subjects, held, now)

        def part(records: Sequence[Record]) -> Part:
            closely = (library.decide(rule_set, Subject(each), now) for each in records[:SHOWN])
            return Part(len(records), tuple(closely))

        return Outcome(
            rule_set=rule_set,
            is_new=before is None,
            file=self._view.folder.file_of(before.topic) if before else "",
            included=part([each.record for each in taken]),
            enters=part(_only(subjects, taken, served)),
            leaves=part(_only(subjects, served, taken)),
            near=near,
            judged=finds.count_shown(rule_set.sources, count),
            older=len(library) - count,
            unmatched=tuple(_unmatched(rule_set, held, places)) if subjects else (),
        )

    def _judged(
        self, rule_set: RuleSet, subjects: Iterable[Subject], held: Holders, now: datetime
    ) -> tuple[tuple[Decision, ...], int]:
        """Those that are included, in the feed's order, and how many are near misses."""
        decisions = [
            self._view.library.decide(rule_set, LookedUp(each, at, held), now)
            for at, each in _candidates(rule_set, subjects, held)
        ]
        included = (each for each in decisions if each.included)
        near = sum(near_miss(each) is not None for each in decisions)
        return tuple(in_order(included, rule_set.sort)), near

    def _current_finds(self) -> Finds:
        """The newest records, the newest first; the same object while no record changes."""
        subjects = self._view.library.subjects()
        known, finds = self._current
        if subjects != known:
            finds = Finds(nlargest(RECORDS, subjects, key=lambda each: each.record.published))
            self._current = subjects, finds
        return finds


def _refused(text: str, message: str) -> Trial:
    return Trial(text, problems=(Problem(NAME, 1, 1, message),))


def _too_much(rule_set: RuleSet) -> str:
    """Why the topic asks for too much to be tried; empty if it does not."""
    if LOOKS // _weight(rule_set) < LEAST:
        return f"the topic comes to {extent(rule_set):,} terms and tests: too many to be tried here"
    if (tests := len(rule_set.match) + len(rule_set.reject)) > TESTS:
        return f"the topic has {tests:,} tests of its own: more than {TESTS} are not run here"
    return ""


def _weight(rule_set: RuleSet) -> int:
    """How often a term is looked for in one record, REGEX times for a regular expression."""
    regexes = sum(test.term.regex is not None for test in term_tests(rule_set))
    return 1 + extent(rule_set) + regexes * REGEX


def _candidates(
    rule_set: RuleSet, judged: Iterable[Subject], held: Holders
) -> Iterator[tuple[int, Subject]]:
    """The records that may be included or near misses, with their numbers."""
    bits = may_take(all_needed(rule_set), held)
    for at, each in enumerate(judged):
        if bits is None or bits >> at & 1:
            yield at, each


def _only(
    judged: Iterable[Subject], these: Iterable[Decision], those: Iterable[Decision]
) -> list[Record]:
    """The records of `these` that are not in `those`."""
    ids = {each.record.id for each in these} - {each.record.id for each in those}
    if not ids:
        return []
    return [each.record for each in judged if each.record.id in ids]


def _unmatched(rule_set: RuleSet, held: Holders, places: Places) -> Iterator[Unmatched]:
    for test in term_tests(rule_set):
        if not held[test.field, test.term.written]:
            here = places.has(test.written)
            line = places.find(rule_set.topic, test.field, test.written).line if here else None
            yield Unmatched(label(test), line)
