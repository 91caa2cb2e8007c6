"""What a file's model holds -> conditions. What is wrong is collected, not raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from feedproxy.errors import BadTerm, Problem
from feedproxy.rulefiles import model
from feedproxy.rulefiles.comments import hint
from feedproxy.rulefiles.faults import Fault
from feedproxy.rulefiles.habits import habit, joined
from feedproxy.rulefiles.messages import MOST_GUESSES, did_you_mean, quoted
from feedproxy.rulefiles.nodes import DEEPEST, Scalar
from feedproxy.rulefiles.values import as_written
from feedproxy.rules.conditions import (
    NUMBER_FIELDS,
    TEXT_FIELDS,
    AgeTest,
    AllOf,
    AnyOf,
    Condition,
    DateTest,
    Group,
    HasTest,
    NoneOf,
    NumberTest,
    TermTest,
    leaves,
)
from feedproxy.terms import Term, parse_term

_OF_THE_PAPER = ("title", "abstract", "text")
LARGEST = 50_000
"""How many terms and tests a condition may have when its lists are written out."""


TOO_DEEP = f"nested more than {DEEPEST} deep through lists"
TOO_LARGE = f"comes to more than {LARGEST:,} terms when its lists are written out"


@dataclass(slots=True)
class ConditionBuilder:
    """Makes conditions of what was written. `lists` are those of all files; each becomes a
    condition once for each field that it is looked for in.
    """

    lists: Mapping[str, tuple[model.Condition, ...]]
    terms: dict[str, Term | BadTerm]
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    _made: dict[tuple[str, str], AnyOf] = field(default_factory=dict)
    _extents: dict[int, tuple[int, int]] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _depth: int = 0

    def begin(self) -> None:
        """Start with another file. What was made of the lists is kept."""
        self.faults = []
        self.warnings = []
        self._open = []
        self._depth = 0

    def each(self, written: Iterable[model.Condition], name: str = "text") -> tuple[Condition, ...]:
        """A condition for each entry, without those that are wrong.

        Plain terms are looked for in the field `name`.
        """
        made = (self._one(condition, name) for condition in written)
        # Each once; by identity, since comparing lists of lists would take for ever.
        return tuple(
            {
                condition if isinstance(condition, TermTest) else id(condition): condition
                for condition in made
                if condition is not None
            }.values()
        )

    def by_key(self, fields: model.Fields, name: str = "text") -> dict[str, Condition]:
        """A condition for each key that is written."""
        made: dict[str, Condition] = {}
        for key in model.Fields.model_fields:
            if key in fields.model_fields_set:
                condition = self._key(key, fields, name)
                if condition is not None:
                    made[key] = condition
        return made

    def all_of(self, fields: model.Fields, name: str = "text") -> Condition:
        parts = tuple(self.by_key(fields, name).values())
        return parts[0] if len(parts) == 1 else AllOf(parts)

    def extent(self, condition: Condition) -> tuple[int, int]:
        """How many leaves the condition has, and how deep they lie."""
        if not isinstance(condition, Group):
            return 1, 1
        known = self._extents.get(id(condition))
        if known is None:
            parts = [self.extent(child) for child in condition.children]
            known = (
                sum(leaves for leaves, _ in parts),
                1 + max((depth for _, depth in parts), default=0),
            )
            if condition.written:  # a list, which lives on: another's id may be given again
                self._extents[id(condition)] = known
        return known

    def guess(self, word: str, known: Iterable[str], sign: str = "") -> str:
        return did_you_mean(word, known, sign) if len(self.faults) < MOST_GUESSES else ""

    def _one(self, written: model.Condition, name: str) -> Condition | None:
        if isinstance(written, Scalar):
            make = self._list if _is_list(written) else self._term
            return make(written, name)
        self._depth += 1
        condition = self.all_of(written, name)
        self._depth -= 1
        return condition

    def _term(self, written: Scalar, name: str) -> TermTest | None:
        term = self.terms.get(written)
        if term is None:
            plain = str(written)
            term = self.terms[plain] = _parsed(plain)
        if isinstance(term, BadTerm):
            self._report(written, f"{term}{hint(written)}")
            return None
        doubt = habit(written) if name in _OF_THE_PAPER else None
        if doubt := doubt or joined(written):
            self.warnings.append(written.place.problem(doubt))
        return TermTest(name, term, term.written)

    def _list(self, written: Scalar, name: str) -> AnyOf | None:
        wanted = written[1:]
        if wanted not in self.lists:
            guess = self.guess(wanted, self.lists, "$")
            instead = guess or "; if a text is meant, leave out the $, which finds nothing"
            self._report(written, f"no list {quoted(written)} is defined{instead}", wanted)
            return None
        if wanted in self._open:
            circle = [*self._open[self._open.index(wanted) :], wanted]
            path = " -> ".join(f"${name}" for name in circle)
            self._report(written, f"a list contains itself: {path}", *circle)
            return None
        made = self._made.get((wanted, name))
        if made is None:
            if self._depth >= DEEPEST:
                self._report(written, TOO_DEEP, *self._open, wanted)
                return None
            made = self._made[wanted, name] = self._expanded(wanted, name)
        return made if self._fits(written, made) else None

    def _expanded(self, wanted: str, name: str) -> AnyOf:
        self._open.append(wanted)
        self._depth += 1
        children = self.each(self.lists[wanted], name)
        self._depth -= 1
        self._open.pop()
        return AnyOf(children, f"${wanted}")

    def _fits(self, written: Scalar, made: AnyOf) -> bool:
        wanted = written[1:]
        leaves, depth = self.extent(made)
        if self._depth + depth > DEEPEST:
            self._report(written, TOO_DEEP, *self._open, wanted)
        elif leaves > LARGEST:
            self._report(written, TOO_LARGE, *self._open, wanted)
        else:
            return True
        return False

    def _key(self, key: str, fields: model.Fields, name: str) -> Condition | None:
        value = getattr(fields, key)
        if key in TEXT_FIELDS:
            return _any_of(self.each(value, key))
        if key in NUMBER_FIELDS:
            return NumberTest(key, value.min, value.max, _shown(key, value))
        if key == "age":
            return AgeTest(value.min, value.max, _shown(key, value))
        if key == "published":
            return DateTest(value.after, value.before, _shown(key, value))
        if key == "has":
            return _any_of(tuple(HasTest(str(what), f"has: {what}") for what in value))
        return _GROUPS[key](self.each(value, name))

    def _report(self, written: Scalar, message: str, *lists: str) -> None:
        names = tuple(("lists", name) for name in lists)
        self.faults.append(Fault((written.place.problem(message),), names))


def mentions_score(conditions: Iterable[Condition]) -> bool:
    numbers = (test for test in leaves(conditions) if isinstance(test, NumberTest))
    return any(test.name == "score" for test in numbers)


_GROUPS: Mapping[str, Callable[[tuple[Condition, ...]], Condition]] = {
    "any": AnyOf,
    "all": AllOf,
    "none": NoneOf,
}


def _is_list(written: str) -> bool:
    """Whether it names a list. A formula, as in `$f$-divergence`, does not: names hold no `$`."""
    return written.startswith("$") and "$" not in written[1:]


def _any_of(conditions: Sequence[Condition]) -> Condition | None:
    if not conditions:
        return None
    return conditions[0] if len(conditions) == 1 else AnyOf(tuple(conditions))


def _parsed(written: str) -> Term | BadTerm:
    try:
        return parse_term(written)
    except BadTerm as e:
        return e


def _shown(key: str, range_: model.NumberRange | model.AgeRange | model.DayRange) -> str:
    limits = (f"{side}: {as_written(limit)}" for side, limit in range_ if limit is not None)
    return f"{key}: {{{', '.join(limits)}}}"
