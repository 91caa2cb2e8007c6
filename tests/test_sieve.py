"""What many terms together tell of a record is what each of them by itself would tell."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import pytest
from hypothesis import given, settings

from feedproxy.explain.near import near_miss
from feedproxy.index.sieve import MANY_TERMS, Sieve
from feedproxy.models import Record
from feedproxy.rules import decide
from feedproxy.rules.conditions import RuleSet
from feedproxy.rules.subjects import Subject
from tests.clocks import NOON
from tests.strategies import moments, records, topics
from tests.test_library import EVERYTHING, POPULAR
from tests.test_library import record as paper


@settings(deadline=None, derandomize=True, max_examples=400)
@given(topics, records, moments)
def test_it_decides_as_the_rules_do(rule_set: RuleSet, record: Record, now: datetime) -> None:
    prepared = Subject(record)
    expected = decide(rule_set, prepared, now)
    for many in (0, MANY_TERMS):
        sieve = Sieve(rule_set, partial(decide, now=now), many)
        assert sieve.decision(prepared) == expected
        included, nearly = sieve.included(prepared), sieve.nearly(prepared)
        assert (included == expected) if included else not expected.included
        assert (nearly and near_miss(nearly)) == near_miss(expected)
        if nearly:
            assert (nearly.record, nearly.verdict) == (record, expected.verdict)


@pytest.mark.parametrize("rule_set", [POPULAR, EVERYTHING], ids=lambda each: each.topic)
def test_a_topic_without_terms_is_asked_of_every_record(rule_set: RuleSet) -> None:
    sieve = Sieve(rule_set, partial(decide, now=NOON), 0)
    assert sieve.included(Subject(paper(1, 20)))


def test_what_is_kept_remembers_nothing() -> None:
    prepared = Subject(paper(1, 20))
    found = Sieve(POPULAR, partial(decide, now=NOON), 0).included(prepared)
    assert found
    assert found.subject is prepared
