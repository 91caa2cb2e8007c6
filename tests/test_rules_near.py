"""Near misses: the cases are in tests/data/rules/near.yaml."""

from __future__ import annotations

from typing import Any

import pytest

from feedproxy.near import near_miss
from feedproxy.rules import decide
from feedproxy.wording import told
from tests.compact import cases, moment, record, topic

CASES = cases("near", "now", "record", "topic", "near")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_near_is_kept_out_by_exactly_one_gate(case: dict[str, Any]) -> None:
    now = moment(case["now"])
    gate = near_miss(decide(topic(case["topic"]), record(case["record"]), now))
    assert (told(gate, now) if gate else "") == case["near"]
