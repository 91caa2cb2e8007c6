"""What would change a verdict. The cases are in tests/data/rules/counterfactual.yaml."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from feedproxy.counterfactual import supposed, told, ways
from feedproxy.rules import Decision, decide
from tests.compact import cases, moment, record, topic

CASES = cases("counterfactual", "now", "record", "topic", "ways")


def verdict(case: dict[str, Any], **changed: Any) -> Decision:
    return decide(topic(case["topic"]), record(case["record"] | changed), moment(case["now"]))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_tells_the_smallest_changes_the_nearest_first(case: dict[str, Any]) -> None:
    assert [told(changes) for changes in ways(verdict(case))] == list(case["ways"])


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
        assert supposed(decision, changes).included != decision.included
        for fewer in combinations(changes, len(changes) - 1):
            assert supposed(decision, fewer).included == decision.included


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
