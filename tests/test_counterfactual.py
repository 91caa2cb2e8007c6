"""What would change a verdict. The cases are in tests/data/rules/counterfactual.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import reduce
from itertools import combinations, product
from time import process_time
from typing import Any

import pytest

from feedproxy.explain.counterfactual import flips, in_words, ways
from feedproxy.explain.supposing import Change, SupposedFind
from feedproxy.models import Record
from feedproxy.rules import Decision, decide
from feedproxy.text import readable
from tests.compact import cases, moment, record, topic

CASES = cases("counterfactual", "now", "record", "topic", "ways")


def verdict(case: dict[str, Any], **changed: Any) -> Decision:
    return decide(topic(case["topic"]), record(case["record"] | changed), moment(case["now"]))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_tells_the_smallest_changes_the_nearest_first(case: dict[str, Any]) -> None:
    assert [in_words(changes) for changes in ways(verdict(case))] == list(case["ways"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_paper_that_is_really_so_has_the_other_verdict(case: dict[str, Any]) -> None:
    before = verdict(case).included
    for so in case["ways"].values():
        assert verdict(case, **so).included != before


@pytest.mark.parametrize(
    "case", cases("explain", "now", "record", "topic"), ids=lambda c: c["name"]
)
def test_whatever_is_told_flips_the_verdict_and_nothing_of_it_can_be_left_out(
    case: dict[str, Any],
) -> None:
    decision = verdict(case)
    for changes in ways(decision):
        assert flips(decision, changes)
        for fewer in combinations(changes, len(changes) - 1):
            assert not flips(decision, fewer)


@pytest.mark.parametrize(
    "case", [*CASES, *cases("explain", "now", "record", "topic")], ids=lambda c: c["name"]
)
def test_whichever_word_is_told_a_paper_that_has_it_there_has_the_other_verdict(
    case: dict[str, Any],
) -> None:
    decision = verdict(case)
    for changes in ways(decision):
        for paper in having(decision.record, changes):
            assert decide(decision.rule_set, paper, decision.at).included != decision.included


def having(paper: Record, changes: Iterable[Change]) -> Iterator[Record]:
    """The paper with the changes made and their words written, in each way that they may be."""
    for change in changes:
        paper = change.alter(paper)
    for finds in product(*(list(change.finds()) for change in changes if change.terms)):
        if all(each.beside for each in finds):
            yield reduce(written, finds, paper)


def written(paper: Record, found: SupposedFind) -> Record:
    word = readable(found.term.written).strip("=*")
    match found.fields[0]:
        case "author":
            return replace(paper, authors=(*paper.authors, word))
        case "abstract":
            return replace(paper, summary=f"{paper.summary}; {word}")
        case "organization":
            return replace(paper, organization=f"{paper.organization}; {word}")
    assert found.fields[0] == "title"
    return replace(paper, title=f"{paper.title}; {word}")


def test_a_list_of_which_the_first_words_are_barred_is_tried_further() -> None:
    words = [f"w{n} table" for n in range(9)] + ["tide", "sea"]
    case: dict[str, Any] = {
        "now": "2026-12-02",
        "record": {"title": "Nothing of it", "listed": {"hf": "2026-11-01"}},
        "topic": {"include": [{"title": words}], "exclude": ["table"]},
    }
    assert list(map(in_words, ways(verdict(case)))) == ["with `tide` or `sea` in the title"]


def test_of_a_list_that_is_too_long_it_is_said_that_there_are_others() -> None:
    words = ["tide", *(f"w{n} table" for n in range(300))]
    case: dict[str, Any] = {
        "now": "2026-12-02",
        "record": {"title": "Nothing of it", "listed": {"hf": "2026-11-01"}},
        "topic": {"include": [{"title": words}], "exclude": ["table"]},
    }
    assert list(map(in_words, ways(verdict(case)))) == ["with terms such as `tide` in the title"]


@pytest.mark.parametrize(
    ("barred", "said"),
    [(11, "with `tide` in the title"), (12, "with terms such as `tide` in the title")],
)
def test_there_may_be_others_only_if_some_words_were_not_tried(barred: int, said: str) -> None:
    case: dict[str, Any] = {
        "now": "2026-12-02",
        "record": {"title": "Nothing of it", "listed": {"hf": "2026-11-01"}},
        "topic": {
            "include": [{"title": ["tide", *(f"w{n} table" for n in range(barred))]}],
            "exclude": ["table"],
        },
    }
    assert list(map(in_words, ways(verdict(case)))) == [said]


@pytest.mark.parametrize("gate", ["include", "exclude"])
def test_of_many_ways_those_told_are_the_nearest_wherever_the_topic_has_them(gate: str) -> None:
    both = [{"title": f"a{n:02}", "abstract": f"b{n:02}"} for n in range(50)]
    case: dict[str, Any] = {
        "now": "2026-12-02",
        "record": {"title": "Nothing of it", "listed": {"hf": "2026-11-01"}},
        "topic": {gate: [*reversed(both), {"author": "nobody"}]},
    }
    assert list(map(in_words, ways(verdict(case)))) == [
        "with `nobody` among the authors",
        *(f"with `a{n:02}` in the title and with `b{n:02}` in the abstract" for n in range(5)),
    ]


def test_of_many_combinations_the_nearest_is_told_first() -> None:
    fields = ("title", "abstract", "author", "organization", "submitter", "keyword")

    def any_of(word: str, what: str) -> dict[str, Any]:
        return {"any": [*({name: word} for name in fields), {"has": what}]}

    every = [any_of("robot", "video"), any_of("drone", "project"), any_of("walker", "code")]
    case: dict[str, Any] = {
        "now": "2026-12-02",
        "record": {"title": "Nothing of it", "listed": {"hf": "2026-11-01"}},
        "topic": {"include": [{"all": every}]},
    }
    told = list(map(in_words, ways(verdict(case))))
    assert told[0] == "with code and with project and with video"
    assert len(told) == 6


def test_a_topic_of_thousands_of_words_does_not_take_long() -> None:
    words = [f"w{n} table" for n in range(30)]
    lists = [{"title": [f"{word} {n}" for word in words], "author": words} for n in range(40)]
    case: dict[str, Any] = {
        "now": "2026-12-02",
        "record": {"title": "Nothing of it", "listed": {"hf": "2026-11-01"}},
        "topic": {"include": lists, "exclude": ["table"]},
    }
    decision, started = verdict(case), process_time()
    assert ways(decision) == ()
    assert process_time() - started < 2


def test_a_long_list_of_long_lists_stays_short() -> None:
    lists = [{"all": [f"a{n}", f"b{n}", {"any": [f"c{n}", f"d{n}"]}]} for n in range(40)]
    case: dict[str, Any] = {
        "now": "2026-12-02",
        "record": {"title": "Nothing of it"},
        "topic": {"include": lists, "exclude": ["nothing"]},
    }
    found = ways(verdict(case))
    assert len(found) <= 6
    assert all(len(changes) <= 3 for changes in found)
