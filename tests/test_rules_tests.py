"""Tests in the rules: the cases are in tests/data/rules/ruletests.yaml."""

from __future__ import annotations

from typing import Any

import pytest

from feedproxy.checking.ruletests import names_record, run_tests
from feedproxy.explain import grounds
from feedproxy.library import Library
from tests.compact import cases, record, topic

CASES = cases("ruletests", "record", "topic", "failed")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_words_alone_are_judged(case: dict[str, Any]) -> None:
    library = Library()
    library.replace([record(case["record"])])
    results = list(run_tests(topic(case["topic"]), library.find))
    assert [result.written for result in results if not result.passed] == case["failed"]
    unknown = [result.written for result in results if result.decision is None]
    assert unknown == case.get("unknown", [])


def test_what_decided_a_test_is_told() -> None:
    rules = {"include": ["spiking"], "where": {"age": {"max": "1d"}}, "exclude": ["survey"]}
    tests = {"match": ["Robots", "A spiking survey"], "reject": ["Spiking nets"]}
    failed = run_tests(topic(rules | tests), lambda *named: None)
    assert [grounds(test.decision) for test in failed if test.decision] == [
        ("nothing that the topic includes is found",),
        ("excluded by `survey` in the title",),
        ("`spiking` in the title", "age"),
    ]


@pytest.mark.parametrize(
    "written",
    [
        "2611.00042v2",
        "arxiv:2611.00042",
        "https://lab.example/p/1",
        "doi:10.1/x",
        "10.1145/99.1",
        "doi: 10.1145/99.1",
        "hep-th/9711200",
        "<https://lab.example/p/1>.",
    ],
)
def test_ids_and_links_name_records(written: str) -> None:
    assert names_record(written)


@pytest.mark.parametrize(
    "written",
    [
        "2026 in review",
        "10 ways to spike",
        "10.7B tokens",
        "Spiking",
        "LoRA: low-rank",
        "3.1416",
        "(2026) in review",
        "arXiv: a library",
        "Comment on arXiv:2611.00042",
        "Reply to 'Spiking' [2611.00042]",
        "KIC-8462852: where is the flux?",
    ],
)
def test_titles_do_not_name_records(written: str) -> None:
    assert not names_record(written)
