"""Any topic and any record, out of a few words that meet often enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from feedproxy.models import Appearance, Reading, Record
from feedproxy.rules.conditions import (
    HAS,
    SORTS,
    AgeTest,
    AllOf,
    AnyOf,
    Condition,
    DateTest,
    HasTest,
    NoneOf,
    NumberTest,
    RuleSet,
    Score,
    TermTest,
)
from feedproxy.terms import parse_term

DAY = timedelta(days=1)
FIRST = datetime(2026, 11, 1, 12, tzinfo=UTC)
SOURCES = ("arxiv", "hf", "hf-weekly")
WORDS = (
    "spiking",
    "neural",
    "network",
    "SNN",
    "survey",
    "robot",
    "robotics",
    "fine-tuning",
    "multimodal",
    "C++",
)
TERMS = (
    *WORDS,
    "spiking neural network",
    "neural network",
    "spiking: neural, network",
    "state-of-the-art network",
    "multimodal survey",
    "neural multimodal network",
    "multi-modal",
    "robot*",
    "spik* network",
    "multi-mod*",
    "neural-: network",
    "neural state-of*",
    "finetuning",
    "=SNN",
    "/sur.ey$/",
    "/^robot/i",
)
COMPOUNDS = ("neural-:", "state-of-the-art", "multi-modal", "mul-timodal", "multi-modal-survey")
FIELDS = ("text", "text", "text", "title", "abstract", "author", "keyword", "source")

moments = st.integers(0, 40 * 24).map(lambda hours: FIRST + timedelta(hours=hours))
texts = st.lists(
    st.sampled_from((*WORDS, "a", "Spiking:", "neural,", "Networks", *COMPOUNDS)),
    max_size=8,
).map(" ".join)
limits = st.one_of(st.none(), st.integers(0, 20).map(float))
spans = st.one_of(st.none(), st.integers(0, 40).map(timedelta))
days = st.one_of(st.none(), st.integers(1, 30).map(lambda day: date(2026, 11, day)))

term_tests = st.builds(
    lambda field, term: TermTest(field, parse_term(term), term),
    st.sampled_from(FIELDS),
    st.sampled_from(TERMS),
)
number_names = st.sampled_from(("upvotes", "comments", "authors", "score"))
leaves = st.one_of(
    term_tests,
    term_tests,
    st.builds(NumberTest, number_names, limits, limits, st.just("")),
    st.builds(AgeTest, spans, spans, st.just("")),
    st.builds(DateTest, days, days, st.just("")),
    st.builds(HasTest, st.sampled_from(HAS), st.just("")),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        *(
            st.builds(group, st.lists(inner, max_size=3).map(tuple))
            for group in (AllOf, AnyOf, NoneOf)
        )
    ),
    max_leaves=6,
)
several = st.lists(conditions, max_size=3).map(tuple)
topics = st.builds(
    RuleSet,
    topic=st.just("t"),
    title=st.just("T"),
    sources=st.lists(st.sampled_from(SOURCES), min_size=1, unique=True).map(tuple),
    include=st.one_of(st.none(), several),
    exclude=several,
    where=several,
    score=st.lists(st.builds(Score, conditions, st.integers(-3, 5).map(float)), max_size=2).map(
        tuple
    ),
    sort=st.sampled_from(SORTS),
)

words = term_tests.filter(lambda test: test.field != "source")
lists = st.lists(words | st.builds(AnyOf, st.lists(words, max_size=3).map(tuple)), max_size=3)
plain_topics = st.builds(
    replace, topics, include=st.none() | lists.map(tuple), exclude=lists.map(tuple)
)
"""Those that ask for words, and are barred by words."""


@st.composite
def _records(draw: st.DrawFn) -> Record:
    listed = draw(st.dictionaries(st.sampled_from(SOURCES), moments, max_size=3))
    readings = [
        Reading(source, draw(st.sampled_from(("upvotes", "comments"))), value, draw(moments))
        for source in listed
        for value in draw(st.lists(st.integers(0, 20), max_size=4))
    ]
    return Record(
        id="https://arxiv.org/abs/2611.00042",
        link="https://arxiv.org/abs/2611.00042",
        title=draw(texts),
        summary=draw(texts),
        authors=tuple(draw(st.lists(texts, max_size=2))),
        tags=tuple(draw(st.lists(texts, max_size=2))),
        code=draw(st.sampled_from(("", "https://code.example/x"))),
        published=min(listed.values(), default=FIRST),
        readings=tuple(sorted(readings, key=lambda reading: reading.seen)),
        appearances=tuple(Appearance(name, at, at) for name, at in sorted(listed.items())),
    )


records = _records()
