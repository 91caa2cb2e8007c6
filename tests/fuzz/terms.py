"""Terms against texts: what `find` finds is the truth, and whatever is quicker may not differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from hypothesis import strategies as st

from feedproxy.errors import BadTerm
from feedproxy.index import Index
from feedproxy.index.concordance import Concordance
from feedproxy.models import Record
from feedproxy.rules import decide
from feedproxy.rules.conditions import RuleSet, TermTest
from feedproxy.rules.subjects import Subject
from feedproxy.terms import Term, parse_term
from feedproxy.text import readable
from tests.clocks import NOON

PAPER = Record(id="p", link="https://f.example/p", title="", published=NOON)
WORDS = """
a the of state states art multi modal multimodal LLM LLMs SNN GPT GPT-4o C++ C# B-cell bias biases
café cafe 3D x S^2 re al real 's model's 中文 日本 é ﬁne fine tuning e.g. v1.0 - -- — : , . ( ) /
$x^2$ ° ™ π don’t robot robotics
""".split()
JOINTS = ("-", "-", " ", " ", " ", "/", " - ", ": ", ", ", "-, ", "")
SHAPES = ("{}", "{}", "{}", "{}*", "={}", "/{}/i")

chunks = st.lists(
    st.tuples(st.sampled_from(WORDS), st.sampled_from(JOINTS)), min_size=1, max_size=4
).map(lambda parts: "".join(word + joint for word, joint in parts).strip())
texts = st.lists(chunks, max_size=5).map(" ".join)
written = st.tuples(st.sampled_from(SHAPES), chunks).map(lambda drawn: drawn[0].format(drawn[1]))
drawn = st.tuples(st.lists(written, min_size=1, max_size=8), texts, texts)


def found(drawn: tuple[Sequence[str], str, str]) -> int:
    """How many of the terms the title or the abstract has."""
    given, title, summary = drawn
    paper = Subject(replace(PAPER, title=readable(title), summary=readable(summary)))
    concordance = Concordance()
    concordance.add([paper])
    topics = {each.topic: each for each in map(_topic, _terms(given))}
    index = Index(topics.values())
    candidates = index.candidates(paper)
    told = index.judge(paper, lambda rule_set, each: decide(rule_set, each, NOON))
    wanted = {name for name, each in topics.items() if _finds(each, paper)}
    assert wanted <= candidates
    assert wanted <= told.keys()
    for name in wanted:
        possible = concordance.candidates(topics[name])
        assert possible is None or possible == ["p"]
    for name in topics:
        index.drop(name)
    assert not index.candidates(paper)
    return len(wanted)


def _terms(given: Sequence[str]) -> Iterator[Term]:
    for each in given:
        with suppress(BadTerm):
            yield parse_term(each)


def _topic(term: Term) -> RuleSet:
    test = TermTest("text", term, term.written)
    return RuleSet(topic=term.written, title="", sources=("s",), include=(test,))


def _finds(rule_set: RuleSet, paper: Subject) -> bool:
    [test] = rule_set.include or ()
    assert isinstance(test, TermTest)
    texts = paper.texts("text")
    for text in texts:
        assert test.term.is_in(text) == bool(test.term.find(text))
    return any(test.term.find(text) for text in texts)
