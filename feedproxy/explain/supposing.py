"""Supposing that a record were different: changes that make one condition hold, or not hold.

A change is tried on a copy of the record. A missing word is tried as if it stood beside the
field's text, so that other terms may be found in it, too. A regular expression is simply
supposed to be found, and nothing else with it, since a text that it finds cannot be made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Any

from feedproxy.explain.wording import PLACES, dates, number, quantity, span
from feedproxy.models import Appearance, Reading, Record
from feedproxy.rules import Decision, Finding
from feedproxy.rules.conditions import AgeTest, DateTest, HasTest, NumberTest, TermTest
from feedproxy.rules.subjects import Mark, Subject
from feedproxy.terms import Term
from feedproxy.text import Text, readable, split

WRITABLE = ("title", "abstract", "text", "author", "organization", "submitter", "keyword")
"""The fields in which a paper may be supposed to have other words."""
NAMED = 3
"""How many terms of a list are named."""
MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class SupposedFind:
    """A missing term, supposed to be found in one of the record's texts."""

    fields: tuple[str, ...]
    """The names that the text has in the rules."""
    term: Term
    beside: Text | None
    """The words of the term; None if it is a regular expression."""

    def holds(self, name: str, term: Term) -> bool:
        if name not in self.fields:
            return False
        return term == self.term if self.beside is None else term.is_in(self.beside)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a record. `said` completes "it would be in ..." or "it would be out ..."."""

    said: str
    rank: int
    """How likely it is to happen, or to be what the user is after; 0 is the likeliest."""
    alter: Callable[[Record], Record] = field(compare=False, default=lambda record: record)
    terms: tuple[TermTest, ...] = field(compare=False, default=())
    """Any one of these is to be found."""

    def finds(self) -> Iterator[SupposedFind]:
        """Each way in which one of the terms may be found: which one, and in which text."""
        for test in self.terms:
            yield from _finds(test)

    def apart(self) -> Sequence[Change]:
        """The change for each of the terms alone."""
        return [_with_terms([test]) for test in self.terms] or [self]

    def only(self, parts: Iterable[Change], *, such_as: bool) -> Change:
        """The change with only these of its `apart` parts; `such_as` if there may be others."""
        terms = [test for part in parts for test in part.terms]
        return self if len(self.terms) < 2 else _with_terms(terms, such_as=such_as)

    def in_title(self) -> Change:
        """The change with its words in the title alone, if the abstract would do as well."""
        if not self.terms or self.terms[0].field != "text":
            return self
        return _with_terms([replace(test, field="title") for test in self.terms])


class Supposed(Subject):
    """The `known` record with more finds; only for `decide`, which does not ask where they are."""

    __slots__ = ("_finds", "_known")

    def __init__(self, known: Subject, finds: Sequence[SupposedFind]) -> None:
        """A word in the abstract takes one, which `has` then finds."""
        if not known.record.summary and any("abstract" in find.fields for find in finds):
            known = known.followed_by(replace(known.record, summary=";"))
        super().__init__(known.record)
        self._known = known
        self._finds = finds

    def has(self, name: str, term: Term) -> bool:
        return self._known.has(name, term) or any(find.holds(name, term) for find in self._finds)


def flip(decision: Decision, finding: Finding) -> Change | None:
    """The change that makes the condition hold if it does not, and not hold if it does.

    None if there is none that could be told, or if its date would be out of range.
    """
    try:
        return _flip(decision, finding)
    except OverflowError:
        return None


def _flip(decision: Decision, finding: Finding) -> Change | None:
    match finding.condition:
        case TermTest():
            return _without(finding) if finding.held else with_one_of([finding.condition])
        case NumberTest() as test:
            return _number(decision, test, finding)
        case AgeTest() as test:
            return _age(decision, test, finding)
        case DateTest() as test:
            return _date(decision, test, held=finding.held)
        case HasTest() as test:
            value = "" if finding.held else "https://supposed.invalid/"
            word = "without" if finding.held else "with"
            return Change(
                f"{word} {test.what}", 3, lambda record: _with(record, test.attribute, value)
            )
    return None


def with_appearance(decision: Decision) -> Change:
    """That the first of the topic's sources showed it on the day it was published."""
    sources = decision.rule_set.sources

    def alter(record: Record) -> Record:
        seen = Appearance(sources[0], record.published, record.published)
        return replace(record, appearances=(*record.appearances, seen))

    return Change(f"if {' or '.join(sources)} showed it", 2, alter)


def with_one_of(tests: Iterable[TermTest]) -> Change | None:
    """That one of these terms, all of the same field, is found."""
    tests = tuple(tests)
    return _with_terms(tests) if tests[0].field in WRITABLE else None


def _with_terms(tests: Sequence[TermTest], *, such_as: bool = False) -> Change:
    *first, last = [f"`{test.term}`" for test in tests[:NAMED]]
    named = f"{', '.join(first)} or {last}" if first else last
    like = "terms such as " if such_as or len(tests) > NAMED else ""
    return Change(f"with {like}{named} {PLACES[tests[0].field]}", 4, terms=tuple(tests))


def _finds(test: TermTest) -> Iterator[SupposedFind]:
    term, beside = test.term, None
    if term.regex is None:
        beside = split(f"; {readable(term.written.removeprefix('=')).replace('*', '')}")
    for name in ("title", "abstract") if test.field == "text" else (test.field,):
        fields = (name, "text") if name in ("title", "abstract") else (name,)
        yield SupposedFind(fields, term, beside)


def _without(finding: Finding) -> Change | None:
    """That the term, which is found, is not there."""
    test, fields = finding.condition, list(dict.fromkeys(mark.field for mark in finding.marks))
    if not isinstance(test, TermTest) or not set(fields) <= set(WRITABLE):
        return None
    where = " and ".join(PLACES[name] for name in fields)

    def alter(record: Record) -> Record:
        for mark in sorted(finding.marks, key=lambda mark: mark.start, reverse=True):
            record = _cut(record, mark)
        return record

    return Change(f"without `{test.term}` {where}", 1, alter)


_NAMES = {"abstract": "summary", "author": "authors", "keyword": "tags"}
"""Fields for which the record has another name."""


def _cut(record: Record, mark: Mark) -> Record:
    """Puts a semicolon in its place, so that cutting makes no new phrase."""
    name = _NAMES.get(mark.field, mark.field)
    value = getattr(record, name)
    texts = [value] if isinstance(value, str) else list(value)
    text = texts[mark.place]
    texts[mark.place] = f"{text[: mark.start]}; {text[mark.end :]}"
    return _with(record, name, texts[0] if isinstance(value, str) else tuple(texts))


def _with(record: Record, name: str, value: str | tuple[str, ...]) -> Record:
    changed: dict[str, Any] = {name: value}
    return replace(record, **changed)


def _number(decision: Decision, test: NumberTest, finding: Finding) -> Change | None:
    have, wanted = finding.have, _wanted(test, finding)
    if wanted < (1 if test.name == "authors" else 0):
        return None
    if finding.held and test.max is None and test.name != "authors":
        return _never_reached(test.name, wanted)
    if have is None:
        said = f"with {quantity(wanted, test.name)} (how many it has is not known)"
    elif wanted > have:
        said = f"with {_more(wanted - have, test.name)}"
    else:
        said = f"with {quantity(wanted, test.name)} instead of {number(have)}"
    return Change(said, 0, lambda record: _with_number(record, decision, test.name, wanted))


def _wanted(test: NumberTest, finding: Finding) -> int:
    """The nearest number with which the test turns out otherwise."""
    have, least, most = finding.have, test.min, test.max
    if finding.held:
        return ceil(least or 0) - 1 if most is None else int(most) + 1
    too_few = least is not None and (have is None or have < least)
    return ceil(least or 0) if too_few else int(most or 0)


def _never_reached(name: str, most: int) -> Change:
    """That the number was never above `most`: having reached more once counts for ever."""
    said = f"if it had never had more than {quantity(most, name)}"
    return Change(said, 0, lambda record: _with_at_most(record, name, most))


def _more(by: float, name: str) -> str:
    count, _, noun = quantity(by, name).partition(" ")
    return f"{count} more {noun}"


def _with_number(record: Record, decision: Decision, name: str, value: int) -> Record:
    known = {each.source for each in record.readings if each.name == name}
    added = tuple(Reading(source, name, value, decision.at) for source in sorted(known))
    return replace(
        record, numbers={**record.numbers, name: value}, readings=(*record.readings, *added)
    )


def _with_at_most(record: Record, name: str, most: int) -> Record:
    numbers = {
        key: min(value, most) if key == name else value for key, value in record.numbers.items()
    }
    readings = tuple(
        replace(each, value=min(each.value, most)) if each.name == name else each
        for each in record.readings
    )
    return replace(record, numbers=numbers, readings=readings)


def _age(decision: Decision, test: AgeTest, finding: Finding) -> Change | None:
    """A record gets old enough by itself; to be younger it must have been listed later."""
    at, listed = decision.at, decision.listed
    young, old = test.min or timedelta(), test.max
    if finding.held and old is None:
        said = f"if it had been listed less than {span(young)} ago"
        return _listed(decision, said, at - young + MOMENT)
    if not finding.held and old is not None and at - listed > old:
        return _listed(decision, f"if it had been listed at most {span(old)} ago", at - old)
    age = old if finding.held and old is not None else young
    moment = at - age - (MOMENT if finding.held else timedelta())
    said = f"with time: it is {span(age)} old on {listed + age:%Y-%m-%d}"
    return _listed(decision, said, moment)


def _date(decision: Decision, test: DateTest, *, held: bool) -> Change | None:
    day, one = decision.listed.date(), timedelta(days=1)
    if held and test.after is not None:
        return _listed(decision, f"if it had been listed by {test.after}", _noon(test.after))
    if held and test.before is not None:
        return _listed(decision, f"if it had been listed from {test.before} on", _noon(test.before))
    early = test.after is not None and day <= test.after
    bound = test.after + one if early and test.after else (test.before or day) - one
    return _listed(decision, f"if it had been listed {dates(test)}", _noon(bound))


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _listed(decision: Decision, said: str, moment: datetime) -> Change:
    """That each of the topic's sources that shows it had listed it at `moment`."""
    sources = decision.rule_set.sources

    def alter(record: Record) -> Record:
        appearances = tuple(
            replace(each, listed=moment) if each.source in sources else each
            for each in record.appearances
        )
        published = record.published if appearances else moment
        return replace(record, appearances=appearances, published=published)

    return Change(said, 2, alter)
