"""What holds for every topic and every record, whatever they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.explain import highlights, marked, reasons, sentences
from feedproxy.explain.near import near_miss
from feedproxy.models import Record
from feedproxy.rules import decide, examine
from feedproxy.rules.conditions import NoneOf, RuleSet
from tests.strategies import DAY, conditions, moments, records, topics

quick = settings(deadline=None, derandomize=True, max_examples=40)


@given(topics, records, moments)
@quick
def test_exclusion_always_wins(rule_set: RuleSet, record: Record, now: Any) -> None:
    decision = decide(rule_set, record, now)
    if any(finding.held for finding in examine(decision).exclude):
        assert not decision.included


@given(topics, records, moments)
@quick
def test_included_is_what_the_findings_say(rule_set: RuleSet, record: Record, now: Any) -> None:
    decision = decide(rule_set, record, now)
    found = examine(decision)
    wanted = rule_set.include is None or any(finding.held for finding in found.include)
    spared = not any(finding.held for finding in found.exclude)
    passed = all(finding.held for finding in found.where)
    assert decision.included == (
        decision.shown and decision.listed <= now and wanted and spared and passed
    )


@given(topics, records, moments, st.randoms(use_true_random=False))
@quick
def test_the_order_of_conditions_and_readings_changes_no_verdict(
    rule_set: RuleSet, record: Record, now: Any, random: Any
) -> None:
    def mixed(parts: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample(parts, len(parts)))

    other = replace(
        rule_set,
        sources=mixed(rule_set.sources),
        include=rule_set.include and mixed(rule_set.include),
        exclude=mixed(rule_set.exclude),
        where=mixed(rule_set.where),
    )
    other_record = replace(record, appearances=mixed(record.appearances))
    one, two = decide(rule_set, record, now), decide(other, other_record, now)
    assert (one.included, one.since, one.valid_until, one.score) == (
        two.included,
        two.since,
        two.valid_until,
        two.score,
    )


@given(topics, records, moments, st.floats(0, 1))
@quick
def test_a_decision_holds_until_its_limit(
    rule_set: RuleSet, record: Record, now: Any, part: float
) -> None:
    first = decide(rule_set, record, now)
    span = first.valid_until - now if first.valid_until else 99 * DAY
    later = now + min(part * span, span - timedelta(microseconds=1))
    again = decide(rule_set, first.subject, later)
    assert again == first
    if first.included:
        assert again.since is not None
        assert first.listed <= again.since <= now
        assert reasons(again) == reasons(first)
    assert (near_miss(again) is None) == (near_miss(first) is None)


@given(topics, records, moments)
@quick
def test_a_qualification_that_was_seen_is_never_dated_anew(
    rule_set: RuleSet, record: Record, now: Any
) -> None:
    first, later = decide(rule_set, record, now), decide(rule_set, record, now + 40 * DAY)
    if first.since is not None:
        assert later.since == first.since


@given(topics, records, moments)
@quick
def test_spans_lie_inside_the_text_and_highlights_keep_it_whole(
    rule_set: RuleSet, record: Record, now: Any
) -> None:
    found = highlights(decide(rule_set, record, now))
    for field, text in (("title", record.title), ("abstract", record.summary)):
        marks = found.get((field, 0), ())
        assert all(0 <= mark.start < mark.end <= len(text) for mark in marks)
        assert "".join(segment.text for segment in marked(text, found, field)) == text


@given(topics, records, moments)
@quick
def test_whatever_is_kept_out_is_told_why(rule_set: RuleSet, record: Record, now: Any) -> None:
    decision = decide(rule_set, record, now)
    if decision.listed <= now:
        assert sentences(decision)


@pytest.mark.parametrize("field", ["include", "exclude", "where"])
@given(condition=conditions, record=records, now=moments)
@quick
def test_double_negation_changes_nothing(
    field: str, condition: Any, record: Record, now: Any
) -> None:
    def having(each: Any) -> RuleSet:
        gate: dict[str, Any] = {field: (each,)}
        return RuleSet(topic="t", title="T", sources=("hf",), **gate)

    one = decide(having(condition), record, now)
    two = decide(having(NoneOf((NoneOf((condition,)),))), record, now)
    assert (one.included, one.since) == (two.included, two.since)
