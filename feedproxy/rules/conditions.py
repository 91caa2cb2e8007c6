"""What a topic asks of a record, as data that an index can read. Nothing is judged here.

The tests are the leaves; `AllOf`, `AnyOf` and `NoneOf` hold other conditions. `written` is
the user's own wording, for reasons and error messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from feedproxy.errors import Problem
from feedproxy.models import Source
from feedproxy.terms import Term

TEXT_FIELDS = (
    "title",
    "abstract",
    "text",
    "author",
    "organization",
    "submitter",
    "keyword",
    "source",
    "link",
    "id",
)
"""`text` is title or abstract; each other field is one of the record's own."""

NUMBER_FIELDS = ("upvotes", "comments", "stars", "authors", "score")
HAS = ("code", "project", "video", "abstract", "thumbnail")
SORTS = ("newest", "upvotes", "score", "published", "title")
TOPIC_NAME = r"[a-z0-9][a-z0-9-]{0,63}"
"""A pattern for a topic's name, in rules, URLs and commands."""


@dataclass(frozen=True, slots=True)
class TermTest:
    """`term` is found in `field`."""

    field: str
    term: Term
    written: str


@dataclass(frozen=True, slots=True)
class NumberTest:
    """The number has reached `min` and is not above `max`; both included."""

    name: str
    min: float | None
    max: float | None
    written: str


@dataclass(frozen=True, slots=True)
class AgeTest:
    """How long ago the record was listed."""

    min: timedelta | None
    max: timedelta | None
    written: str


@dataclass(frozen=True, slots=True)
class DateTest:
    """The day it was listed lies after `after` and before `before`; both excluded."""

    after: date | None
    before: date | None
    written: str


@dataclass(frozen=True, slots=True)
class HasTest:
    """The record has one of `HAS`."""

    what: str
    written: str

    @property
    def attribute(self) -> str:
        """The record's attribute that holds it."""
        return "summary" if self.what == "abstract" else self.what


@dataclass(frozen=True, slots=True)
class AllOf:
    children: tuple[Condition, ...]
    written: str = ""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`written` is the name of the list that it was, such as `$spiking`, if it was one."""

    children: tuple[Condition, ...]
    written: str = ""


@dataclass(frozen=True, slots=True)
class NoneOf:
    children: tuple[Condition, ...]
    written: str = ""


Test = TermTest | NumberTest | AgeTest | DateTest | HasTest
Group = AllOf | AnyOf | NoneOf
Condition = Test | Group


@dataclass(frozen=True, slots=True)
class Score:
    condition: Condition
    add: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A topic: *include any of these, exclude all of those, where all of this holds.*"""

    topic: str
    title: str
    sources: tuple[str, ...]
    description: str = ""
    include: tuple[Condition, ...] | None = None
    """None includes everything."""
    exclude: tuple[Condition, ...] = ()
    where: tuple[Condition, ...] = ()
    score: tuple[Score, ...] = ()
    sort: str = "newest"
    limit: int = 100
    match: tuple[str, ...] = ()
    """The rules' own tests: ids, links or titles that must be taken."""
    reject: tuple[str, ...] = ()
    """Likewise, what must not be taken."""
    ids: str = "global"
    renamed: tuple[str, ...] = ()
    digest: str = ""

    def former(self, served: Mapping[str, RuleSet]) -> RuleSet | None:
        """What is served under the topic's name, or else under a former one."""
        names = (self.topic, *self.renamed)
        return next((served[name] for name in names if name in served), None)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        scored = (entry.condition for entry in self.score)
        return (*(self.include or ()), *self.exclude, *self.where, *scored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything that the rules folder says, by the last good version of each file."""

    topics: Mapping[str, RuleSet] = field(default_factory=lambda: MappingProxyType({}))
    sources: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}))
    """Those defined in the files, and the built-in ones."""
    problems: tuple[Problem, ...] = ()
    """Why files were refused; their last good versions stay in force."""
    warnings: tuple[Problem, ...] = ()

    def new_name(self, topic: str) -> str | None:
        """What the topic with this former name is called now; None: it is no former name."""
        if topic in self.topics:
            return None
        return next((name for name, each in self.topics.items() if topic in each.renamed), None)


def leaves(conditions: Iterable[Condition]) -> Iterator[Test]:
    """All tests in the conditions, in order; those of a list once, however often it is used."""
    seen: set[int] = set()
    left = [*conditions][::-1]
    while left:
        condition = left.pop()
        if not isinstance(condition, Group):
            yield condition
        elif id(condition) not in seen:
            seen.add(id(condition))
            left += reversed(condition.children)


def asks_for(kind: type[Test], conditions: Iterable[Condition]) -> bool:
    return any(isinstance(test, kind) for test in leaves(conditions))


def term_tests(rule_set: RuleSet) -> list[TermTest]:
    """The term tests of the rules, each once, in their order."""
    tests = leaves(rule_set.conditions)
    return list(dict.fromkeys(test for test in tests if isinstance(test, TermTest)))


def extent(rule_set: RuleSet) -> int:
    """How many terms and tests the rules have when their lists are written out."""
    known: dict[int, int] = {}
    return sum(_extent(condition, known) for condition in rule_set.conditions)


def _extent(condition: Condition, known: dict[int, int]) -> int:
    if not isinstance(condition, Group):
        return 1
    if id(condition) not in known:
        known[id(condition)] = sum(_extent(child, known) for child in condition.children)
    return known[id(condition)]
