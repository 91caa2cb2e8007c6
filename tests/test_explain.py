"""Wording: the cases are in tests/data/rules/explain.yaml; highlights and trees are here."""

from __future__ import annotations

from typing import Any

import pytest

from feedproxy.explain import (
    Highlight,
    Node,
    Segment,
    highlights,
    marked,
    reasons,
    sentences,
    tree,
)
from feedproxy.rules import Decision, decide
from tests.compact import cases, moment, record, topic

CASES = cases("explain", "now", "record", "topic", "sentences", "reasons")
NOW = "2026-11-20"


def verdict(case: dict[str, Any]) -> Decision:
    return decide(topic(case["topic"]), record(case["record"]), moment(case["now"]))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_says_why_and_why_not(case: dict[str, Any]) -> None:
    decision = verdict(case)
    assert list(sentences(decision)) == case["sentences"]
    assert list(reasons(decision)) == case["reasons"]
    assert tree(decision).detail == "; ".join(case["sentences"])


def test_reasons_stay_while_votes_and_age_move() -> None:
    rules = {"include": ["spiking"], "where": {"upvotes": {"min": "3"}, "age": {"max": "90d"}}}
    votes = {"2026-11-02": "4", "2026-11-20": "50"}
    paper = {
        "title": "Spiking",
        "listed": {"hf": "2026-11-01"},
        "readings": {"hf": {"upvotes": votes}},
    }
    told = {
        reasons(verdict({"topic": rules, "record": paper, "now": day}))
        for day in ("2026-11-03", "2026-11-21", "2026-12-24")
    }
    assert told == {("spiking", "3 upvotes")}


def test_the_tree_shows_every_condition() -> None:
    decision = verdict(
        {
            "now": NOW,
            "record": {"title": "Spiking survey", "numbers": {"upvotes": "3"}},
            "topic": {
                "topic": "snn",
                "lists": {"snn": ["spiking", "SNN"]},
                "include": ["$snn"],
                "exclude": [{"title": "survey"}],
                "where": {"upvotes": {"min": "2"}, "age": {"max": "30d"}},
                "score": [{"title": "spiking", "add": "5"}, {"title": "robot", "add": "-3"}],
            },
        }
    )
    assert outline(tree(decision)) == [
        "- snn",
        " + include any of",
        "  + $snn",
        "   + `spiking`",
        "   - `SNN`",
        " - exclude all of",
        "  + title: `survey`",
        " + where all of",
        "  + upvotes: 2 at least",
        "  + age: 30 days at most",
        " + score",
        "  + title: `spiking`",
        "  - title: `robot`",
    ]
    scored = tree(decision).children[-1]
    assert scored.detail == "5"
    assert [node.detail for node in scored.children] == [
        "add 5: `spiking` in the title",
        "add -3: `robot` not in the title",
    ]


def test_the_tree_asks_for_no_number_that_keeps_it_out() -> None:
    rules = {
        "exclude": [{"upvotes": {"min": "3"}}, {"upvotes": {"min": "9"}}],
        "where": {"none": [{"upvotes": {"max": "3"}}, {"none": [{"upvotes": {"min": "2"}}]}]},
    }
    numbers = {"title": "Spiking", "numbers": {"upvotes": "3"}}
    exclude, where = tree(verdict({"now": NOW, "record": numbers, "topic": rules})).children[1:]
    assert [node.detail for node in exclude.children] == ["3 upvotes (3 or more)", "3 upvotes"]
    most, least = where.children[0].children
    assert most.detail == "3 upvotes (3 or less)"
    assert least.children[0].detail == "3 upvotes, 2 needed"


def outline(node: Node, depth: int = 0) -> list[str]:
    line = f"{' ' * depth}{'+' if node.held else '-'} {node.label}"
    return [line, *(line for child in node.children for line in outline(child, depth + 1))]


def test_highlights_name_the_term_and_the_gate() -> None:
    decision = verdict(
        {
            "now": NOW,
            "record": {
                "title": "A survey of spiking networks",
                "authors": ("Ada Quill", "Bram Tors"),
            },
            "topic": {
                "include": ["spiking network", {"none": ["robot"]}, {"author": "tors"}],
                "exclude": [{"title": "survey"}],
            },
        }
    )
    found = highlights(decision)
    title = marked(decision.record.title, found, "title")
    assert title == (
        Segment("A "),
        Segment("survey", "survey", "exclude"),
        Segment(" of "),
        Segment("spiking networks", "spiking network", "include"),
    )
    assert [segment.marked for segment in title] == [False, True, False, True]
    assert ("author", 0) not in found
    assert found["author", 1] == [Highlight(5, 9, "tors", "include")]


@pytest.mark.parametrize(
    ("gate", "shown"),
    [
        ("include", ("include", "exclude", "include")),
        ("where", ("where", "exclude", "where")),
        ("exclude", ("exclude", "include", "exclude")),
    ],
)
def test_what_may_not_be_found_is_shown_as_the_opposite(
    gate: str, shown: tuple[str, str, str]
) -> None:
    """In what includes it excludes, in what excludes it saves; a `none` in a `none` turns back."""
    condition = {"any": ["video", {"none": ["benchmark", {"none": ["survey"]}]}]}
    rules = {gate: condition if gate == "where" else [condition]}
    paper = {"title": "A video benchmark survey"}
    decision = verdict({"now": NOW, "record": paper, "topic": rules})
    assert highlights(decision)["title", 0] == [
        Highlight(2, 7, "video", shown[0]),
        Highlight(8, 17, "benchmark", shown[1]),
        Highlight(18, 24, "survey", shown[2]),
    ]


def test_overlapping_highlights_are_one_piece_and_exclusion_shows() -> None:
    found = [
        Highlight(4, 9, "b", "include"),
        Highlight(0, 6, "a", "include"),
        Highlight(5, 7, "a", "score"),
        Highlight(8, 11, "c", "exclude"),
        Highlight(11, 12, "d", "include"),
    ]
    assert marked("0123456789abcd", {("title", 0): found}, "title") == (
        Segment("0123456789a", "a, b, c", "exclude"),
        Segment("b", "d", "include"),
        Segment("cd"),
    )


def test_a_text_without_finds_is_one_plain_piece() -> None:
    assert marked("plain", {}, "title") == (Segment("plain"),)
    assert marked("", {}, "title") == ()
