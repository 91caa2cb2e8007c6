"""Near misses: the cases are in tests/data/rules/near.yaml."""

from __future__ import annotations

from typing import Any

import pytest

from feedproxy.explain.near import near_miss
from feedproxy.explain.wording import outcome
from feedproxy.rules import Decision, Finding, decide, examine
from tests.compact import cases, moment, record, topic

CASES = cases("near", "now", "record", "topic", "near")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_near_is_kept_out_by_exactly_one_gate(case: dict[str, Any]) -> None:
    decision = decide(topic(case["topic"]), record(case["record"]), moment(case["now"]))
    gate = near_miss(decision)
    said = outcome(whole(gate, decision), decision, against=gate.held) if gate else ""
    assert said == case["near"]


def whole(gate: Finding, decision: Decision) -> Finding:
    """As it was found with all that can be told of it."""
    found = examine(decision)
    left = [*found.include, *found.exclude, *found.where]
    while left[0].condition is not gate.condition:
        left += left.pop(0).children
    return left[0]
