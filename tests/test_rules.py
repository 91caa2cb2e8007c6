"""Verdicts, moments, scores and sorts: the cases are in tests/data/rules/decide-*.yaml."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from feedproxy.rules import Decision, decide, examine, history
from feedproxy.rules.conditions import SORTS
from feedproxy.rules.decisions import in_order
from feedproxy.rules.subjects import Subject
from tests.compact import cases, moment, record, topic

CASES = cases("decide", "now", "record", "topic", "included")
SORTED = cases("sorts", "now", "records", "topic", "sort", "order")
MOMENTS = cases("decide-moments", "now", "included")


def verdict(case: dict[str, Any]) -> Decision:
    return decide(topic(case["topic"]), record(case["record"]), moment(case["now"]))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_decides(case: dict[str, Any]) -> None:
    decision = verdict(case)
    assert decision.included is (case["included"] == "yes")
    if "score" in case:
        assert decision.score == float(case["score"])


@pytest.mark.parametrize("case", MOMENTS, ids=lambda case: case["name"])
def test_dates_and_limits_the_decision(case: dict[str, Any]) -> None:
    decision = verdict(case)
    assert decision.since == (moment(case["since"]) if "since" in case else None)
    assert decision.valid_until == (moment(case["until"]) if "until" in case else None)


@pytest.mark.parametrize("case", MOMENTS, ids=lambda case: case["name"])
def test_a_decision_is_the_same_until_its_limit(case: dict[str, Any]) -> None:
    first = verdict(case)
    last = moment("2030-01-01")
    if first.valid_until is not None:
        last = first.valid_until - timedelta(microseconds=1)
    again = decide(first.rule_set, first.subject, last)
    assert again.verdict == replace(first.verdict, valid_until=again.valid_until)
    assert examine(again).include == examine(first).include


def test_every_condition_is_looked_at_even_where_the_first_decides() -> None:
    rule_set = topic(
        {
            "include": ["spiking", "robot", "agent"],
            "exclude": ["agent", "survey"],
            "where": {"has": "code"},
        }
    )
    found = examine(
        decide(rule_set, record({"title": "Spiking agents: a survey"}), moment("2026-11-20"))
    )
    assert [each.held for each in found.include] == [True, False, True]
    assert [each.held for each in found.exclude] == [True, True]
    assert [each.held for each in found.where] == [False]


def test_marks_say_field_place_and_span() -> None:
    rule_set = topic({"include": ["spiking", {"author": "tors"}]})
    paper = record(
        {
            "title": "On spiking",
            "summary": "Spiking, spiking.",
            "authors": ("Ada Quill", "Bram Tors"),
        }
    )
    words, author = examine(decide(rule_set, paper, moment("2026-11-20"))).include
    assert words.marks == (("title", 0, 3, 10), ("abstract", 0, 0, 7), ("abstract", 0, 9, 16))
    assert author.marks == (("author", 1, 5, 9),)


@pytest.mark.parametrize(
    ("limits", "once"),
    [
        ({"min": "10"}, 12),
        ({"min": "10", "max": "11"}, 12),
        ({"min": "9"}, None),
        ({"min": "13"}, None),
        ({"max": "10"}, None),
        ({"min": "20", "max": "30"}, None),
    ],
)
def test_a_number_is_told_as_it_is_and_as_it_once_counted(
    limits: dict[str, str], once: int | None
) -> None:
    paper = record(
        {
            "listed": {"hf": "2026-11-01"},
            "readings": {"hf": {"upvotes": {"2026-11-02": "12", "2026-11-03": "9"}}},
        }
    )
    decision = decide(topic({"where": {"upvotes": limits}}), paper, moment("2026-11-20"))
    found = examine(decision).where[0]
    assert (found.have, found.once) == (9, once)


def test_the_highest_value_is_that_up_to_the_moment() -> None:
    paper = record(SORTED[0]["records"][1])
    days = ("2026-10-31", "2026-11-01", "2026-11-05", "2026-11-07")
    votes = [history.highest(paper, ("hf",), "upvotes", moment(day)) for day in days]
    assert votes == [None, 0, 9, 9]


def test_the_latest_value_is_the_highest_of_what_the_sources_show_at_the_moment() -> None:
    shown = {
        "hf": {"upvotes": {"2026-11-01": "50", "2026-11-03": "3"}},
        "lab": {"upvotes": {"2026-11-04": "7"}},
        "other": {"upvotes": {"2026-11-02": "90"}},
    }
    listed = dict.fromkeys(shown, "2026-11-01")
    paper = record({"listed": listed, "readings": shown})
    days = ("2026-10-31", "2026-11-02", "2026-11-03", "2026-11-04")
    votes = [history.latest(paper, ("hf", "lab"), "upvotes", moment(day)) for day in days]
    assert votes == [None, 50, 3, 7]


def test_no_value_is_known_before_the_listing() -> None:
    seen = {"2026-11-01": "1", "2026-11-02": "20", "2026-11-03": "3"}
    paper = record({"listed": {"hf": "2026-11-05"}, "readings": {"hf": {"upvotes": seen}}})
    days = ("2026-11-04", "2026-11-05")
    votes = [history.highest(paper, ("hf",), "upvotes", moment(day)) for day in days]
    assert votes == [None, 20]


def test_a_record_and_its_subject_are_judged_alike() -> None:
    paper = record({"title": "Spiking"})
    rule_set = topic({"include": ["spiking"]})
    now = moment("2026-11-20")
    kept = Subject(paper)
    by_record, by_subject = decide(rule_set, paper, now), decide(rule_set, kept, now)
    assert by_record.verdict == by_subject.verdict
    assert decide(rule_set, kept, now) == by_subject


@pytest.mark.parametrize("case", SORTED, ids=lambda case: case["sort"])
def test_sorts_whatever_the_order_of_the_records(case: dict[str, Any]) -> None:
    asking, now = topic(case["topic"]), moment(case["now"])
    decisions = [decide(asking, record(written), now) for written in case["records"]]
    for seed in range(10):
        random.Random(seed).shuffle(decisions)
        assert [each.record.id for each in in_order(decisions, case["sort"])] == case["order"]


def test_every_sort_has_its_case() -> None:
    assert {case["sort"] for case in SORTED} == set(SORTS)
