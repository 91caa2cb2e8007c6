"""Decisions explained: reasons, sentences, the whole tree, texts with what was found in them.

`reasons` go into feeds and so never change with votes or age; `sentences` and `tree` say how
things stand at the decision's moment, for pages and commands. A *gate* is one of the four
parts of a topic that decide: include, exclude, where and score.

    wording                     one condition, and its outcome, in words
    near, leftout               what was nearly taken, and what was left out
    supposing, counterfactual   what would change the verdict
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from feedproxy.explain.near import has_words, lacks
from feedproxy.explain.wording import SPOILT, at_least, label, number, outcome
from feedproxy.rules import Decision, Finding, Findings, examine
from feedproxy.rules.conditions import AllOf, AnyOf, HasTest, NoneOf, NumberTest, TermTest
from feedproxy.rules.subjects import Mark


@dataclass(frozen=True, slots=True)
class Node:
    """One line of a `why` page, and the lines below it."""

    label: str
    held: bool
    detail: str = ""
    since: datetime | None = None
    children: tuple[Node, ...] = ()
    is_term: bool = False
    """Whether it is a single term that is looked for."""
    points: str = ""
    """The sum of a score, or what an entry of it adds if it holds, such as `add 2`; `detail` says
    so, too.
    """


class Highlight(NamedTuple):
    """`what`, a term of `gate`, was found at [start, end) of a text."""

    start: int
    end: int
    what: str
    gate: str


class Segment(NamedTuple):
    """A piece of a text; `what` and `gate` are empty where nothing was found."""

    text: str
    what: str = ""
    gate: str = ""

    @property
    def marked(self) -> bool:
        return bool(self.gate)


Highlights = Mapping[tuple[str, int], Sequence[Highlight]]
"""By field and the number of its text: `("author", 2)` is the third author."""
Segments = tuple[Segment, ...]
"""A whole text in pieces."""


def reasons(decision: Decision) -> tuple[str, ...]:
    """Why it is here, such as `spiking neural network`, `$spiking: SNN`, `10 upvotes`.

    Of several alternatives, only those that brought it in, so that one that comes to hold
    later does not change the entry.
    """
    found = examine(decision, whole=False)
    deciding = (*_first(found.include, decision.since), *found.where)
    phrases = (reason for each in deciding for reason in _reasons(each, decision.since))
    return tuple(dict.fromkeys(phrases))


def sentences(decision: Decision) -> tuple[str, ...]:
    """Since when and why it is included, or each gate that keeps it out, and by how much."""
    if not decision.included:
        return grounds(decision)
    return (f"included since {decision.since:%Y-%m-%d}", *grounds(decision))


def grounds(decision: Decision) -> tuple[str, ...]:
    """`sentences` without the date, for a test in the rules, which has no particular moment."""
    found = examine(decision)
    if not decision.included:
        return tuple(_faults(decision, found))
    held = (finding for finding in found.include if finding.held)
    return tuple(outcome(finding, decision) for finding in (*held, *found.where))


def tree(decision: Decision) -> Node:
    """Every condition that was judged, and what it contributed."""
    found, rule_set = examine(decision), decision.rule_set
    gates = [_include(decision, found)]
    if found.exclude:
        spared = not any(finding.held for finding in found.exclude)
        nodes = _nodes(decision, found.exclude, against=True)
        gates.append(Node("exclude all of", spared, children=nodes))
    if found.where:
        passed = all(finding.held for finding in found.where)
        gates.append(Node("where all of", passed, children=_nodes(decision, found.where)))
    if found.score:
        adds = [f"add {number(entry.add)}" for entry in rule_set.score]
        parts = zip(_nodes(decision, found.score), adds, strict=True)
        scored = tuple(
            replace(node, detail=f"{add}: {node.detail}", points=add, is_term=False)
            for node, add in parts
        )
        points = number(decision.score)
        gates.append(Node("score", True, points, children=scored, points=points))
    said = "; ".join(sentences(decision))
    return Node(decision.topic, decision.included, said, decision.since, tuple(gates))


def highlights(decision: Decision) -> Highlights:
    """What was found, by the texts of the record."""
    places: dict[tuple[str, int], list[Highlight]] = {}
    for gate, findings in examine(decision)._asdict().items():
        against = "include" if gate == "exclude" else "exclude"
        for finding in findings:
            for mark, highlight in _marks(finding, gate, against):
                places.setdefault((mark.field, mark.place), []).append(highlight)
    return places


def marked(text: str, found: Highlights, field: str, place: int = 0) -> Segments:
    """All of `text` in pieces. Finds that overlap become one piece, an exclusion if any is one."""
    segments, end = [], 0
    for mark in _merged(found.get((field, place), ())):
        segments.append(Segment(text[end : mark.start]))
        segments.append(Segment(text[mark.start : mark.end], mark.what, mark.gate))
        end = mark.end
    segments.append(Segment(text[end:]))
    return tuple(segment for segment in segments if segment.text)


def _first(findings: Iterable[Finding], moment: datetime | None) -> list[Finding]:
    """The findings that held by `moment` and still do; if there are none, all that hold."""
    held = [finding for finding in findings if finding.held]
    early = [each for each in held if each.since and moment and each.since <= moment]
    return early or held


def _reasons(finding: Finding, moment: datetime | None, *, listed: bool = False) -> Iterator[str]:
    """One phrase for each word that decided; of nested `$lists` only the outermost is named."""
    if not finding.held:
        return
    match condition := finding.condition:
        case TermTest():
            term = str(condition.term)
            yield term if listed or condition.field == "text" else f"{condition.field}: {term}"
        case NumberTest(min=least) if least is not None:
            yield at_least(least, condition.name)
        case HasTest():
            yield condition.what
        case AllOf():
            parts = (", ".join(_reasons(part, moment, listed=listed)) for part in finding.children)
            yield from filter(None, [" and ".join(filter(None, parts))])
        case AnyOf():
            name = f"{condition.written}: " if condition.written and not listed else ""
            for part in _first(finding.children, moment):
                for reason in _reasons(part, moment, listed=listed or bool(name)):
                    yield name + reason


def _faults(decision: Decision, found: Findings) -> Iterator[str]:
    if not decision.shown:
        yield f"not shown by {' or '.join(decision.rule_set.sources)}"
    if decision.rule_set.include is not None and not decision.asked_for:
        missing = _missing(found.include)
        for each in missing:
            yield outcome(each, decision, against=each.held) + (SPOILT if each.held else "")
        if not missing:
            yield "nothing that the topic includes is found"
    for finding in found.exclude:
        if finding.held:
            yield f"excluded by {outcome(finding, decision, against=True)}"
    for finding in found.where:
        if not finding.held:
            yield outcome(finding, decision)


def _missing(include: Sequence[Finding]) -> Sequence[Finding]:
    """The numbers that alone keep a branch from holding; else, of the branches whose words are
    found, the one with the fewest failed parts, if there is any.
    """
    numbers = min(filter(None, map(lacks, include)), key=len, default=())
    return numbers or sorted(filter(has_words, include), key=_failed)[:1]


def _failed(finding: Finding) -> int:
    return sum(not part.held for part in finding.children)


def _include(decision: Decision, found: Findings) -> Node:
    if decision.rule_set.include is None:
        return Node("include everything", held=True)
    return Node("include any of", decision.asked_for, children=_nodes(decision, found.include))


def _nodes(
    decision: Decision, findings: Iterable[Finding], *, against: bool = False
) -> tuple[Node, ...]:
    return tuple(
        Node(
            label(finding.condition),
            finding.held,
            outcome(finding, decision, against=against),
            finding.since,
            _nodes(
                decision,
                finding.children,
                against=against != isinstance(finding.condition, NoneOf),
            ),
            isinstance(finding.condition, TermTest),
        )
        for finding in findings
    )


def _marks(finding: Finding, gate: str, against: str) -> Iterator[tuple[Mark, Highlight]]:
    """Below a `none` the gate is `against`: in `exclude`, what a `none` finds speaks for it."""
    condition = finding.condition
    if isinstance(condition, TermTest):
        for mark in finding.marks:
            yield mark, Highlight(mark.start, mark.end, condition.term.written, gate)
    if isinstance(condition, NoneOf):
        gate, against = against, gate
    for child in finding.children:
        yield from _marks(child, gate, against)


def _merged(found: Iterable[Highlight]) -> list[Highlight]:
    merged: list[Highlight] = []
    for mark in sorted(found):
        if not merged or mark.start >= merged[-1].end:
            merged.append(mark)
            continue
        last = merged[-1]
        what = last.what if mark.what in last.what.split(", ") else f"{last.what}, {mark.what}"
        gate = "exclude" if "exclude" in (last.gate, mark.gate) else last.gate
        merged[-1] = Highlight(last.start, max(last.end, mark.end), what, gate)
    return merged
